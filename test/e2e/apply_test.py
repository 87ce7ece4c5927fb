"""apply: production does exactly what was rehearsed, or nothing."""

import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, cli, shop  # noqa: E402

CLEAN_UP = "DELETE FROM users WHERE auth_source = 'test';\n"


class ApplyTest(applying.ApplyCase):
    statements = shop.DATABASE

    def test_without_execute_nothing_is_run_and_the_proof_is_named(self):
        self.make_plan(script=CLEAN_UP)
        before = self.look()
        outcome = self.apply()
        self.assertEqual(outcome.exit, 0, str(outcome))
        said = outcome.json
        self.assertEqual((said["applied"], said["executed"], said["apply"], said["proof"]),
                         (False, False, None, "locked-rows"))
        self.assertEqual(self.look(), before)

    def test_what_was_rehearsed_happens_cascades_included(self):
        self.make_plan(script=CLEAN_UP)
        said = self.assert_applied(self.apply("--execute"))
        self.assertEqual(said["rows"], {"inserted": 0, "updated": 0, "deleted": 4})
        self.assertTrue(said["apply"])
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source = 'test'"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(130,)])

    def refuses(self, change, table, kind, ids=None, script=CLEAN_UP):
        self.make_plan(script=script)
        self.sql(change)
        before = self.look()
        outcome = self.apply("--execute")
        self.assert_refused(outcome, before)
        self.assertIn((table, kind), self.differences(outcome), str(outcome))
        if ids is not None:
            self.assertEqual(self.differences(outcome)[(table, kind)], ids)

    def test_a_row_that_the_script_also_matches_now_is_refused_by_its_id(self):
        self.refuses("INSERT INTO users (id, auth_source) VALUES (4503599627370999, 'test')", "public.users", "unplanned",
                     ["4503599627370999"])

    def test_what_the_script_would_do_to_unplanned_rows_is_said(self):
        self.make_plan(script="UPDATE users SET plan = 'pro' WHERE id < 0;\nDELETE FROM users WHERE auth_source = 'test';\n"
                              "INSERT INTO chat_sessions (user_id, title) SELECT id, 'hi' FROM users WHERE id = -99;\n")
        self.sql("INSERT INTO users (id, auth_source) VALUES (4503599627370999, 'test'), (-99, 'oauth')")
        said = self.assert_refused(self.apply("--execute"), self.look())
        self.assertEqual({d["table"]: d["message"] for d in said["differences"] if d["kind"] == "unplanned"},
                         {"public.users": "the script deletes and updates rows that the plan does not know",
                          "public.chat_sessions": "the script inserts rows that the plan does not know"})

    def test_a_row_that_it_no_longer_matches_is_refused(self):
        self.refuses("UPDATE users SET auth_source = 'telegram' WHERE id = 4503599627370500", "public.users", "changed",
                     ["4503599627370500"])

    def test_a_planned_row_that_is_gone_is_refused(self):
        self.refuses("DELETE FROM users WHERE id = 4503599627370501", "public.users", "missing", ["4503599627370501"])

    def test_a_column_that_changed_is_refused_though_the_same_rows_go(self):
        self.refuses("UPDATE users SET name = 'renamed' WHERE id = 4503599627370500", "public.users", "changed",
                     ["4503599627370500"])

    def test_a_new_cascade_child_is_refused(self):
        self.refuses("INSERT INTO chat_sessions (user_id, title) VALUES (4503599627370501, 'hello')", "public.chat_sessions",
                     "unplanned")

    def test_a_trigger_made_since_is_refused(self):
        self.refuses("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN old; END $$;"
                     "CREATE TRIGGER t BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION f()",
                     "trigger public.users.t", "definition")

    def test_a_foreign_key_altered_since_is_refused(self):
        self.refuses("ALTER TABLE chat_sessions DROP CONSTRAINT chat_sessions_user_id_fkey,"
                     " ADD CONSTRAINT chat_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users",
                     "constraint public.chat_sessions.chat_sessions_user_id_fkey", "definition")

    def test_an_unrelated_change_does_not_stand_in_the_way(self):
        self.make_plan(script=CLEAN_UP)
        self.sql("UPDATE users SET name = 'somebody else' WHERE id = 7; CREATE TABLE unrelated (x int)")
        self.assert_applied(self.apply("--execute"))

    def test_a_failing_script_in_production_alone_is_a_difference(self):
        self.make_plan(script=CLEAN_UP + "INSERT INTO web_messages (session_id, body) VALUES (1, 'x');\n")
        self.sql("DELETE FROM web_messages; DELETE FROM chat_sessions WHERE id = 1")
        before = self.look()
        self.assert_refused(self.apply("--execute"), before)

    def test_a_script_that_fails_only_at_its_end_is_a_difference(self):
        self.sql("CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (60);"
                 "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers DEFERRABLE INITIALLY DEFERRED)")
        self.make_plan(script="INSERT INTO orders VALUES (1, 60);\n")
        self.sql("DELETE FROM customers")
        before = self.look()
        outcome = self.apply("--execute")
        said = self.assert_refused(outcome, before)
        self.assertEqual([d["kind"] for d in said["differences"]], ["result"], str(outcome))
        self.assertIn("orders_customer_fkey", said["differences"][0]["message"])

    def test_rows_changed_twice_or_not_at_all_or_in_vain_are_no_difference(self):
        script = """BEGIN;
          UPDATE users SET name = name || '!' WHERE id < 5;
          UPDATE users SET name = name || '?' WHERE id = 4;
          UPDATE users SET plan = plan WHERE id BETWEEN 20 AND 30;
          INSERT INTO users (id, auth_source) VALUES (555, 'telegram');
          DELETE FROM users WHERE id = 555;
          SAVEPOINT s; DELETE FROM users WHERE id = 50; ROLLBACK TO s;
          DELETE FROM users WHERE id = 60; INSERT INTO users (id, auth_source, name) VALUES (60, 'telegram', 'again');
        COMMIT;"""
        self.make_plan(script=script)
        self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.sql("SELECT name FROM users WHERE id IN (4, 60) ORDER BY id"), [("tg 4!?",), ("again",)])

    def test_generated_keys_may_differ_and_nothing_else(self):
        script = ("INSERT INTO chat_sessions (user_id, title) SELECT id, 'welcome' FROM users WHERE id BETWEEN 1 AND 3;\n"
                  "INSERT INTO web_messages (session_id, body) SELECT id, 'hi' FROM chat_sessions WHERE title = 'welcome';\n")
        self.make_plan(script=script)
        self.sql("SELECT nextval('chat_sessions_id_seq'), nextval('web_messages_id_seq') FROM generate_series(1, 7)")
        self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.sql("SELECT count(*) FROM web_messages m JOIN chat_sessions s ON s.id = m.session_id"
                                  " WHERE s.title = 'welcome'"), [(3,)])

    def test_numbers_of_one_sequence_may_differ_where_the_script_sets_another(self):
        script = ("INSERT INTO chat_sessions (user_id, title) SELECT id, 'welcome' FROM users WHERE id BETWEEN 1 AND 3;\n"
                  "SELECT setval('web_user_id_seq', 92000000);\n")
        self.make_plan(script=script, expect=cli.BREAKS)
        self.sql("SELECT nextval('chat_sessions_id_seq') FROM generate_series(1, 7)")
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves"))

    def test_rows_are_found_by_keys_of_types_that_an_extension_brought(self):
        self.sql("CREATE EXTENSION ltree; CREATE TABLE tree (path ltree PRIMARY KEY, what text);"
                 "INSERT INTO tree VALUES ('a.b', 'x'), ('a.c', 'y')")
        before = self.look()
        self.make_plan(script="DELETE FROM tree WHERE what = 'x'; UPDATE tree SET what = 'z' WHERE what = 'y';\n")
        said = self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.home.run("undo", said["apply"], "--execute").exit, 0)
        self.assertEqual(self.look(), before)

    def test_a_row_deleted_and_inserted_again_may_get_another_random_default(self):
        self.sql("CREATE TABLE tickets (id int PRIMARY KEY, token uuid DEFAULT gen_random_uuid(), copy uuid);"
                 "INSERT INTO tickets SELECT g FROM generate_series(1, 3) g")
        self.make_plan(script="DELETE FROM tickets WHERE id < 3; INSERT INTO tickets VALUES (1), (2);\n")
        self.assert_applied(self.apply("--execute"))
        self.make_plan(script="UPDATE tickets SET token = (SELECT token FROM tickets WHERE id = 3) WHERE id = 1;\n")
        self.sql("UPDATE tickets SET token = gen_random_uuid() WHERE id = 3")
        outcome = self.apply("--execute")
        self.assert_refused(outcome, self.look())
        self.assertEqual(self.differences(outcome), {("public.tickets", "result"): ["1"]})

    def test_a_writer_in_the_middle_is_refused(self):
        """Somebody commits a matching row while the script sleeps between the locks and its DELETE."""
        self.make_plan(script="SELECT pg_sleep(1.5);\n" + CLEAN_UP)
        thread = threading.Thread(target=lambda: (time.sleep(0.9), self.sql(
            "INSERT INTO users (id, auth_source, name) VALUES (4503599627370777, 'test', 'late')")))
        thread.start()
        outcome = self.apply("--execute")
        thread.join()
        self.assertEqual(outcome.exit, 1, str(outcome))
        self.assertEqual(self.differences(outcome), {("public.users", "unplanned"): ["4503599627370777"]})
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source = 'test'"), [(4,)])

    def test_locks_that_cannot_be_had_are_given_up_and_their_holder_is_named(self):
        self.make_plan(script=CLEAN_UP)
        holder = self.server.connect("shop")
        self.addCleanup(holder.close)
        cursor = holder.cursor()
        cursor.execute("SET application_name = 'the night job'; BEGIN; SELECT * FROM users WHERE auth_source = 'test' FOR UPDATE")
        before = self.look()
        outcome = self.apply("--execute", "--lock-timeout", "1s")
        said = self.assert_refused(outcome, before, applying.COULD_NOT)
        self.assertIn("a row of public.users is held by process", " ".join(said["notes"]))
        self.assertIn("the night job", " ".join(said["notes"]))
        self.assertIn("script.sql:1: the locks could not be had within 1.0 s; nothing was changed", said["message"])
        self.assertIn("--lock-timeout", said["remedy"])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                                  " WHERE a.application_name = 'pgrehearse'"), [(0,)])

    def test_a_statement_that_takes_too_long_is_given_up_and_what_to_do_is_said(self):
        self.make_plan(script="SELECT pg_sleep(1);\n" + CLEAN_UP)
        before = self.look()
        limit = ["--execute", "--statement-timeout", "200ms"]
        said = self.assert_refused(self.apply(*limit), before, applying.COULD_NOT)
        self.assertRegex(said["message"], "^.*script.sql:1: .*; nothing was changed$")
        self.assertIn("--statement-timeout", said["remedy"])
        words = " ".join(self.home.run("apply", self.home.work / "out.plan", "--to", self.url, *limit).out.split())
        self.assertIn("nothing was changed", words)
        self.assertIn("→ apply again", words)

    def give_up(self, script):
        self.make_plan(script=script)
        holder = self.server.connect("shop")
        self.addCleanup(holder.close)
        holder.cursor().execute("SET application_name = 'the night job'; BEGIN; SELECT * FROM users WHERE auth_source = 'test' FOR UPDATE")
        before = self.look()
        said = self.assert_refused(self.apply("--execute", "--lock-timeout", "300ms"), before, applying.COULD_NOT)
        self.assertIn("the locks could not be had", said["message"])
        self.assertIn("the night job", " ".join(said["notes"]))
        self.assertIn("nothing was changed", said["message"])

    def test_a_script_that_switches_timeouts_off_does_not_wait_for_ever(self):
        self.give_up("SET lock_timeout = 0; SET statement_timeout = 0;\n" + CLEAN_UP)

    def test_a_function_that_switches_timeouts_off_does_not_wait_for_ever(self):
        self.sql("CREATE FUNCTION patient() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL lock_timeout = 0;"
                 f" {CLEAN_UP} END $$")
        self.give_up("SELECT patient();\n")

    def test_a_time_that_is_none_is_said_with_its_option(self):
        for option, text in [("--lock-timeout", "soon"), ("--lock-timeout", "0"), ("--statement-timeout", "30d"), ("--max-age", "3x")]:
            self.assert_fails(self.home.run("apply", "any.plan", "--to", self.url, option, text), cli.USAGE, option, text)

    def test_a_script_may_shorten_its_timeouts(self):
        self.make_plan(script="SET lock_timeout = '700ms';\nDO $$ BEGIN ASSERT current_setting('lock_timeout') = '700ms'; END $$;\n" + CLEAN_UP)
        self.assert_applied(self.apply("--execute"))

    def test_a_script_that_locks_everybody_out_needs_a_proof_that_needs_nobody_else(self):
        self.make_plan(script="BEGIN; LOCK TABLE users; DELETE FROM users WHERE auth_source = 'test'; COMMIT;\n")
        before = self.look()
        for execute in [[], ["--execute"]]:
            outcome = self.apply(*execute)
            said = self.assert_refused(outcome, before)
            self.assertIn(("public.users", "unproven"), self.differences(outcome))
            self.assertIsNone(said["apply"])
        words = " ".join(self.home.run("apply", self.home.work / "out.plan", "--to", self.url).out.split())
        self.assertIn("--proof captured", words)
        self.assertNotIn("--proof decoded", words)
        self.assert_applied(self.apply("--execute", proof="captured"))


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

    def test_indexes_that_are_built_anew(self):
        for statement in ["REINDEX TABLE users", "CLUSTER users USING users_pkey"]:
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

    def as_clerk(self, *arguments):
        return self.apply(*arguments, to=self.server.url("shop", "clerk"))

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


class ExecTest(applying.ApplyCase):
    """Plans of programs have no SQL: their rows are applied."""

    statements = shop.DATABASE

    def test_rows_are_applied_and_proven(self):
        self.make_plan("--exec", 'psql -qc "DELETE FROM users WHERE auth_source = \'test\'; UPDATE users SET name = \'n\' WHERE id = 1"')
        self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(130,)])
        self.assertEqual(self.sql("SELECT name FROM users WHERE id = 1"), [("n",)])

    def test_a_row_that_changed_since_is_refused(self):
        self.make_plan("--exec", 'psql -qc "DELETE FROM users WHERE auth_source = \'test\'"')
        self.sql("UPDATE users SET name = 'x' WHERE id = 4503599627370500")
        before = self.look()
        self.assert_refused(self.apply("--execute"), before)

    def test_which_triggers_do_not_fire_is_in_the_plan_and_said_before(self):
        self.sql("CREATE TABLE trail (id int); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN INSERT INTO trail VALUES (OLD.id); RETURN OLD; END $$;"
                 "CREATE TRIGGER noted AFTER DELETE ON web_messages FOR EACH ROW EXECUTE FUNCTION note()")
        said = self.make_plan("--exec", 'psql -qc "DELETE FROM web_messages WHERE id = 1"')
        self.assertEqual(said["application"], {"as": "rows", "silent_triggers": ["noted of public.web_messages"]})
        self.assertIn("noted of public.web_messages", " ".join(self.home.run("show", self.home.work / "out.plan").out.split()))
        for execute in [[], ["--execute"]]:
            self.assertIn("triggers do not fire, because what they did is among the rows: noted of public.web_messages",
                          " ".join(self.apply(*execute).json["notes"]))
        self.assertEqual(self.sql("SELECT id FROM trail"), [(1,)])

    def test_a_trigger_that_would_fire_is_a_reason_with_what_to_do(self):
        self.sql("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;"
                 "CREATE TRIGGER noted AFTER DELETE ON web_messages FOR EACH ROW EXECUTE FUNCTION note();"
                 "ALTER TABLE web_messages ENABLE ALWAYS TRIGGER noted")
        self.make_plan("--exec", 'psql -qc "DELETE FROM web_messages WHERE id = 1"')
        before = self.look()
        outcome = self.apply("--execute")
        self.assertEqual(self.reasons(outcome), {"cannot-be-written"}, str(outcome))
        self.assertIn("ENABLE TRIGGER noted", self.assert_refused(outcome, before)["reasons"][0]["remedy"])

    def make_welcome(self):
        """A program that changes a row and inserts three, whose numbers it draws."""
        self.make_plan("--exec", "psql -q -c \"UPDATE users SET name = 'n' WHERE id = 1\" -c \"INSERT INTO chat_sessions (user_id, title)"
                                 " SELECT 1, 'welcome' FROM generate_series(1, 3)\"")
        return self.standing()

    def standing(self):
        return self.server.execute("SELECT last_value FROM chat_sessions_id_seq", "shop")[0][0]

    def test_a_sequence_goes_on_to_where_the_program_left_it(self):
        stood = self.make_welcome()
        self.assertEqual(self.reasons(self.apply("--execute")), {"sets-sequences"})
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves"))
        self.assertEqual(self.standing(), stood + 3)
        self.sql("INSERT INTO chat_sessions (user_id, title) VALUES (1, 'next')")

    def test_a_sequence_that_others_drew_from_meanwhile_is_not_set_back(self):
        stood = self.make_welcome()
        holder = self.server.connect("shop")
        self.addCleanup(holder.close)
        holder.cursor().execute("BEGIN; UPDATE users SET name = name WHERE id = 1")
        process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--proof", "locked-rows", "--execute",
                                  "--allow-sequence-moves", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        while not self.sql("SELECT 1 FROM pg_locks WHERE NOT granted"):
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        self.sql("SELECT nextval('chat_sessions_id_seq') FROM generate_series(1, 8)")
        holder.cursor().execute("COMMIT")
        self.assertEqual(process.wait(30), applying.APPLIED)
        self.assertEqual(self.standing(), stood + 8)

    def test_numbers_that_others_took_are_refused_with_the_rows_that_have_them(self):
        stood = self.make_welcome()
        self.sql("INSERT INTO chat_sessions (user_id, title) SELECT 2, 'sign-up' FROM generate_series(1, 2)")
        before = self.look()
        for execute in [[], ["--execute"]]:
            outcome = self.apply("--allow-sequence-moves", *execute)
            said = self.assert_refused(outcome, before)
            self.assertEqual(self.differences(outcome), {("public.chat_sessions", "taken"): [str(stood + 1), str(stood + 2)]})
            self.assertEqual(self.standing(), stood + 2)
            self.assertIn("nothing was", said["message"])

    def test_what_was_drawn_before_a_refusal_is_said(self):
        stood = self.make_welcome()
        self.sql("CREATE UNIQUE INDEX u ON chat_sessions (lower(title)) WHERE title = 'welcome'")
        before = self.look()
        outcome = self.apply("--allow-sequence-moves", "--execute")
        said = self.assert_refused(outcome, before)
        self.assertEqual({kind for _, kind in self.differences(outcome)}, {"result"})
        self.assertIn(f"public.chat_sessions_id_seq up to {stood + 3}", said["message"])


if __name__ == "__main__":
    unittest.main()
