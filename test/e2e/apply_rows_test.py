"""apply of a program's plan, which has no SQL: its rows are written."""

import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, shop  # noqa: E402


class ExecTest(applying.ApplyCase):
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

    def test_a_key_that_is_spelt_otherwise_is_not_taken_by_the_row_that_has_it(self):
        self.sql("CREATE EXTENSION citext; CREATE TABLE people (email citext PRIMARY KEY, name text);"
                 "INSERT INTO people VALUES ('Ann@x.org', 'a'), ('bob@x.org', 'b');")
        self.make_plan("--exec", "psql -qc 'UPDATE people SET email = lower(email)' -c \"INSERT INTO people VALUES ('Eve@x.org')\"")
        self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.sql("SELECT email::text FROM people ORDER BY 1"), [("Eve@x.org",), ("ann@x.org",), ("bob@x.org",)])

    def test_a_key_that_others_took_in_another_spelling_is_taken(self):
        self.sql("CREATE EXTENSION citext; CREATE TABLE people (email citext PRIMARY KEY, name text);")
        self.make_plan("--exec", "psql -qc \"INSERT INTO people VALUES ('Eve@x.org')\"")
        self.sql("INSERT INTO people VALUES ('EVE@x.org', 'another')")
        outcome = self.apply("--execute")
        self.assert_refused(outcome, self.look())
        self.assertEqual(self.differences(outcome), {("public.people", "taken"): ["Eve@x.org"]})

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
