"""apply: production does exactly what was rehearsed, or nothing."""

import pathlib
import sys
import threading
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, cli, shop  # noqa: E402

CLEAN_UP = shop.CONTRACT_DELETE


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
        words = " ".join(self.home.run("apply", self.home.work / "out.plan", "--to", self.url, *limit).out.replace("┃", "").split())
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


if __name__ == "__main__":
    unittest.main()
