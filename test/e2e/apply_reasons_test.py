"""apply: what is refused before anything runs, and what its role needs."""

import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, cli, shop  # noqa: E402

CLEAN_UP = shop.CONTRACT_DELETE


class ReasonsTest(applying.ApplyCase):
    """What is refused before anything runs."""

    statements = shop.DATABASE

    def refused(self, rule, *arguments, expect=cli.KEEPS, script=CLEAN_UP):
        self.make_plan(script=script, expect=expect)
        return self.refused_now(rule, *arguments)

    def refused_now(self, rule, *arguments, **options):
        before = self.look()
        outcome = self.apply("--execute", *arguments, **options)
        said = self.assert_refused(outcome, before)
        self.assertIn(rule, self.reasons(outcome), str(outcome))
        self.assertIsNone(said["apply"])
        return outcome

    def test_scripts_that_cannot_be_one_transaction(self):
        self.refused("not-one-transaction", script=CLEAN_UP + "VACUUM users;\n")
        self.refused("not-one-transaction", script="BEGIN; DELETE FROM web_messages; ROLLBACK;\n" + CLEAN_UP)
        self.refused("not-one-transaction", script="DO $$ BEGIN DELETE FROM web_messages WHERE id = 1; COMMIT; END $$;\n")

    def test_programs_and_files_of_the_server(self):
        self.refused("acts-outside", script="COPY (SELECT 1) TO PROGRAM 'cat > /dev/null';\n" + CLEAN_UP)

    def test_truncate_and_definitions(self):
        self.refused("truncates", script="TRUNCATE web_messages;\n")
        self.refused("changes-catalog", script="DROP TABLE web_messages;\n")

    def test_materialized_views_that_are_refreshed(self):
        self.sql("CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS users FROM users;"
                 "CREATE UNIQUE INDEX ON counted (users)")
        for script in ["REFRESH MATERIALIZED VIEW counted;\n" + CLEAN_UP,
                       CLEAN_UP + "REFRESH MATERIALIZED VIEW CONCURRENTLY counted;\n"]:
            self.assertIn("public.counted", self.refused("refreshes-views", script=script).json["reasons"][0]["message"])
        self.sql("CREATE FUNCTION count_again() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN REFRESH MATERIALIZED VIEW counted; RETURN NULL; END $$;"
                 "CREATE TRIGGER again AFTER DELETE ON users EXECUTE FUNCTION count_again()")
        self.assertIn("--exec", self.refused("refreshes-views").json["reasons"][0]["remedy"])
        self.make_plan("--exec", f'psql -qc "{CLEAN_UP.strip()}"')
        self.assertIn("refresh it afterwards", " ".join(self.assert_applied(self.apply("--execute"))["notes"]))

    def test_what_leaves_the_catalogs_otherwise_and_stands_in_no_plan(self):
        for statement in ["REINDEX TABLE users", "COMMENT ON TABLE users IS 'clean'", "ALTER TABLE users REPLICA IDENTITY FULL"]:
            self.refused("changes-catalog", script=f"{CLEAN_UP}{statement};\n")

    def test_sequences_that_are_set_need_the_word_for_it(self):
        script = "SELECT setval('web_user_id_seq', 92000000);\n"
        self.refused("sets-sequences", script=script, expect=cli.BREAKS)
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves"))
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(92000000,)])

    def test_a_sequence_that_the_script_alters_is_not_waited_for(self):
        script = ("ALTER SEQUENCE chat_sessions_id_seq RESTART WITH 7000;\n"
                  "INSERT INTO chat_sessions (user_id, title) VALUES (1, 'restarted');\n")
        self.make_plan(script=script, expect=cli.BREAKS)
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves", "--accept-findings"))
        self.assertEqual(self.sql("SELECT id FROM chat_sessions WHERE title = 'restarted'"), [(7000,)])

    def test_a_plan_that_breaks_the_contract_needs_the_word_for_it(self):
        contract = self.home.contract(shop.CONTRACT)
        self.make_plan("--contract", contract, script=shop.RANGE_DELETE, expect=cli.BREAKS)
        self.refused_now("contract-broken")
        self.assert_applied(self.apply("--execute", "--accept-findings"))

    def test_a_contract_or_a_script_that_changed(self):
        contract = self.home.contract(shop.CONTRACT)
        self.make_plan("--contract", contract, script=CLEAN_UP)
        contract.write_text(shop.CONTRACT + "\n# a word more\n")
        self.refused_now("contract-changed")
        contract.write_text(shop.CONTRACT)
        self.home.script(CLEAN_UP + "-- a word more\n")
        self.refused_now("script-changed")

    def test_a_trigger_that_would_fire_in_an_undo_is_named_with_what_to_do(self):
        self.sql("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
                 "CREATE TRIGGER always AFTER INSERT ON web_messages FOR EACH ROW EXECUTE FUNCTION f();"
                 "ALTER TABLE web_messages ENABLE ALWAYS TRIGGER always")
        outcome = self.refused("cannot-be-undone", script="DELETE FROM web_messages WHERE id = 1;\n")
        self.assertIn("ALTER TABLE public.web_messages ENABLE TRIGGER always", outcome.json["reasons"][0]["remedy"])

    def test_a_plan_that_is_applied_already(self):
        welcome = "INSERT INTO chat_sessions (user_id, title) VALUES (1, 'welcome');\n"
        self.make_plan(script=welcome)
        first = self.assert_applied(self.apply("--execute"))["apply"]
        before = self.look()
        for execute in [[], ["--execute"]]:
            said = self.assert_refused(self.apply(*execute), before)
            self.assertEqual([reason["rule"] for reason in said["reasons"]], ["already-applied"])
            self.assertIn(first, said["reasons"][0]["message"])
        self.assert_applied(self.apply("--execute", "--again"))
        self.assertEqual(self.sql("SELECT count(*) FROM chat_sessions WHERE title = 'welcome'"), [(2,)])

    def test_of_several_applies_of_one_plan_at_once_one_is_let_in(self):
        self.make_plan(script="INSERT INTO chat_sessions (user_id, title) VALUES (1, 'welcome');\n")
        several = [self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--execute",
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
        self.assertEqual(sorted(process.wait(60) for process in several),
                         [applying.APPLIED, applying.REFUSED, applying.REFUSED])
        self.assertEqual(self.sql("SELECT count(*) FROM chat_sessions WHERE title = 'welcome'"), [(1,)])

    def test_an_old_plan(self):
        self.make_plan(script=CLEAN_UP, anew=True)
        time.sleep(2)  # an age is told in whole seconds
        self.refused_now("plan-too-old", "--max-age", "1s")

    def test_another_database_of_the_same_server(self):
        self.make_plan(script=CLEAN_UP)
        self.server.create_database("other", "template")
        self.addCleanup(self.server.drop_database, "other")
        self.refused_now("wrong-target", to=self.server.url("other"))

    def test_a_plan_file_that_was_cut_or_altered(self):
        self.make_plan(script=CLEAN_UP)
        plan = self.home.work / "out.plan"
        whole = plan.read_bytes()
        before = self.look()
        for damaged in (whole[:-10], whole[:len(whole) // 2], whole.replace(b"'test'", b"'oaut'"), b"", b"PGRPLAN1" * 40):
            plan.write_bytes(damaged)
            self.assert_fails(self.apply("--execute"), 3, "out.plan")
        self.assertEqual(self.look(), before)


class RoleTest(applying.ApplyCase):
    statements = shop.DATABASE

    def as_clerk(self, *arguments, **options):
        return self.apply(*arguments, to=self.server.url("shop", "clerk"), **options)

    def test_the_least_role_is_enough_and_what_it_lacks_is_said_before(self):
        self.sql("CREATE ROLE clerk LOGIN")
        self.addCleanup(self.server.execute, "DROP ROLE clerk")
        self.addCleanup(self.sql, "DROP OWNED BY clerk")
        tables = "users, subscriptions, chat_sessions, web_messages"
        self.sql(f"GRANT SELECT, DELETE ON {tables} TO clerk")
        self.make_plan("--role", "clerk", script=CLEAN_UP)
        before = self.look()
        self.sql("REVOKE DELETE ON users FROM clerk; REVOKE SELECT ON users FROM clerk")
        for execute in [[], ["--execute"]]:
            outcome = self.as_clerk(*execute)
            said = self.assert_refused(outcome, before)
            self.assertEqual(self.reasons(outcome), {"lacks-privileges"})
            self.assertEqual(said["reasons"][0]["remedy"],
                             "GRANT DELETE, SELECT ON public.users TO clerk;")
        self.sql(f"GRANT SELECT, DELETE ON users TO clerk")
        outcome = self.as_clerk()
        said = self.assert_refused(outcome, before)
        self.assertEqual(self.reasons(outcome), {"cannot-be-undone"})
        self.assertIn("INSERT", said["reasons"][0]["message"])
        self.assertIn("GRANT INSERT ON public.users TO clerk;", said["reasons"][0]["remedy"])
        said = self.assert_applied(self.as_clerk("--execute", "--without-undo"))
        self.assertIn("could not undo", " ".join(said["notes"]))

    def test_what_the_proof_by_triggers_needs_is_said_before(self):
        self.sql("CREATE ROLE clerk LOGIN; GRANT SELECT, DELETE ON subscriptions TO clerk; REVOKE TEMPORARY ON DATABASE shop FROM public")
        self.addCleanup(self.server.execute, "DROP ROLE clerk")
        self.addCleanup(self.sql, "DROP OWNED BY clerk; GRANT TEMPORARY ON DATABASE shop TO public")
        before = self.look()
        self.make_plan("--role", "clerk", script="DELETE FROM subscriptions WHERE id = 1;\n")
        for execute in [[], ["--execute"]]:
            outcome = self.as_clerk("--without-undo", *execute, proof="captured")
            temporary, ownership = self.assert_refused(outcome, before)["reasons"]
            self.assertEqual({temporary["rule"], ownership["rule"]}, {"lacks-privileges"})
            self.assertEqual(temporary["remedy"], "GRANT TEMPORARY ON DATABASE shop TO clerk;")
            self.assertIn("triggers on public.subscriptions", ownership["message"])
        self.sql(temporary["remedy"])
        self.sql("ALTER TABLE subscriptions OWNER TO clerk")
        self.addCleanup(self.sql, "ALTER TABLE subscriptions OWNER TO CURRENT_USER")
        self.assert_applied(self.as_clerk("--without-undo", "--execute", proof="captured"))

    def test_the_grants_are_all_that_an_undo_needs_parents_among_them(self):
        self.sql("CREATE ROLE clerk LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON subscriptions TO clerk;"
                 "GRANT SET ON PARAMETER session_replication_role TO clerk")
        self.addCleanup(self.server.execute, "DROP ROLE clerk")
        self.addCleanup(self.sql, "DROP OWNED BY clerk; REVOKE SET ON PARAMETER session_replication_role FROM clerk")
        before = self.look()
        self.make_plan("--role", "clerk", script="DELETE FROM subscriptions WHERE id = 1;\n")
        (reason,) = self.assert_refused(self.as_clerk("--execute"), before)["reasons"]
        self.assertEqual(reason["rule"], "cannot-be-undone")
        grants, _, rest = reason["remedy"].partition("; or, ")
        self.assertEqual(grants, "GRANT SELECT, UPDATE ON public.users TO clerk")
        self.assertIn("--without-undo", rest)
        self.sql(grants)
        said = self.assert_applied(self.as_clerk("--execute"))
        self.assertEqual(self.home.run("undo", said["apply"], "--execute").exit, 0)
        self.assertEqual(self.look(), before)

    def test_settings_are_those_of_the_role_that_it_was_rehearsed_as(self):
        self.sql("CREATE ROLE clerk; CREATE ROLE operator LOGIN; GRANT clerk TO operator")
        self.addCleanup(self.server.execute, "DROP ROLE clerk, operator")
        self.addCleanup(self.sql, "DROP OWNED BY clerk, operator")
        self.sql("CREATE SCHEMA app; CREATE TABLE app.users (id bigint PRIMARY KEY, auth_source text);"
                 "INSERT INTO app.users SELECT id, auth_source FROM public.users;"
                 "GRANT USAGE ON SCHEMA app TO clerk; GRANT ALL ON app.users, public.users TO clerk;"
                 "ALTER ROLE clerk SET search_path = app, public; ALTER ROLE clerk SET lock_timeout = '1ms';"
                 "ALTER ROLE operator IN DATABASE shop SET search_path = nowhere; ALTER ROLE operator SET app.tenant = 'theirs';"
                 "ALTER DATABASE shop SET app.tenant = 'everybody'")
        self.make_plan("--role", "clerk", script="DO $$ BEGIN ASSERT current_setting('app.tenant') = 'everybody'; END $$;\n"
                                                 "DELETE FROM users WHERE id < 3;\n")
        for user in ("operator", "postgres"):
            before = self.look()
            said = self.assert_applied(self.apply("--execute", to=self.server.url("shop", user)))
            self.assertEqual(self.sql("SELECT count(*) FROM app.users WHERE id < 3"), [(0,)])
            self.assertEqual(self.home.run("undo", said["apply"], "--execute").exit, 0)
            self.assertEqual(self.look(), before)


if __name__ == "__main__":
    unittest.main()
