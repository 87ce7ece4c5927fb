"""What a script does by now and did not when it was rehearsed, where no row of a planned table says so: sequences that it sets, work
that it leaves to COMMIT, rows that nobody counts."""

import contextlib
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying  # noqa: E402

BOTH = ("locked-rows", "decoded")
SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "5"}

# The incident's: a sign-up that heals a unique violation.
SIGN_UP = """
CREATE SEQUENCE uid;
CREATE TABLE users (id bigint PRIMARY KEY DEFAULT nextval('uid'), email text UNIQUE);
INSERT INTO users (email) SELECT 'u' || g FROM generate_series(1, 20) g;
CREATE FUNCTION sign_up(e text) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE made bigint; BEGIN
  INSERT INTO users (email) VALUES (e) RETURNING id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  PERFORM {heal};
  INSERT INTO users (email) VALUES (e) RETURNING id INTO made;
  RETURN made;
END $$;
"""
BY_HAND = "INSERT INTO users (id, email) VALUES (21, 'x')"


class SetSequenceTest(applying.ApplyCase):
    settings = SETTINGS
    statements = SIGN_UP.format(heal="setval('uid', 91111101)")

    def test_code_that_sets_a_sequence_needs_the_word_for_it_before_it_runs(self):
        self.make_plan(script="SELECT sign_up('new');\n")
        before = self.look()
        outcome = self.apply("--execute")
        said = self.assert_refused(outcome, before)
        self.assertEqual(self.reasons(outcome), {"sets-sequences"})
        self.assertIn("function public.sign_up(text)", said["reasons"][0]["message"])
        self.assertEqual(self.sql("SELECT last_value FROM uid"), [(20,)])

    def test_a_sequence_that_is_set_though_it_was_only_drawn_from_is_refused(self):
        self.make_plan(script="SELECT sign_up('new');\n")
        self.sql(BY_HAND)
        before = self.look()
        for proof in BOTH:
            with self.subTest(proof=proof):
                self.sql("SELECT setval('uid', 20)")
                outcome = self.apply("--execute", "--allow-sequence-moves", proof=proof)
                self.assert_refused(outcome, before)
                self.assertIn(("public.uid", "sequence"), self.differences(outcome), str(outcome))

    def test_where_it_is_not_set_nothing_differs(self):
        self.make_plan(script="SELECT sign_up('new');\n")
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves"))

    def test_code_that_is_out_of_reach_needs_no_word(self):
        self.make_plan(script="INSERT INTO users (email) VALUES ('new');\nDELETE FROM users WHERE id = 3;\n")
        self.assert_applied(self.apply("--execute"))


class HealedToTheHighestTest(applying.ApplyCase):
    settings = SETTINGS
    statements = SIGN_UP.format(heal="setval('uid', (SELECT max(id) FROM users))")

    def test_a_sequence_that_is_set_to_what_is_there_is_refused_too(self):
        self.make_plan(script="SELECT sign_up('new');\n")
        self.sql(BY_HAND)
        before = self.look()
        outcome = self.apply("--execute", "--allow-sequence-moves")
        self.assert_refused(outcome, before)
        self.assertIn(("public.uid", "sequence"), self.differences(outcome), str(outcome))


# A function that writes, for a cursor to run; and a deferred trigger that defers the next one, which deletes what is hot.
LEFT_TO_COMMIT = """
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 20);
CREATE TABLE other (id int PRIMARY KEY, v text);
INSERT INTO other SELECT g, 'o' FROM generate_series(1, 5) g;
CREATE FUNCTION purge(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM other WHERE id = i; RETURN i; END $$;
CREATE TABLE queue (id int PRIMARY KEY, v text);
INSERT INTO queue SELECT g, 'a' FROM generate_series(1, 10) g;
CREATE TABLE log (id int PRIMARY KEY, hot boolean);
INSERT INTO log SELECT g, false FROM generate_series(1, 10) g;
CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  SET CONSTRAINTS ALL DEFERRED; UPDATE queue SET v = 'touched' WHERE id = 10; RETURN NULL; END $$;
CREATE FUNCTION second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM log WHERE hot; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER first AFTER DELETE ON queue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION first();
CREATE CONSTRAINT TRIGGER second AFTER UPDATE ON queue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION second();
"""


class LeftToCommitTest(applying.ApplyCase):
    settings = SETTINGS
    statements = LEFT_TO_COMMIT

    def refused_by_both(self, script, alteration, table):
        self.make_plan(script=script)
        self.sql(alteration)
        before = self.look()
        for proof in BOTH:
            with self.subTest(proof=proof):
                outcome = self.apply("--execute", proof=proof)
                self.assert_refused(outcome, before)
                self.assertIn((table, "unplanned"), self.differences(outcome), str(outcome))

    def test_what_a_held_cursor_does_is_proven(self):
        self.refused_by_both("DELETE FROM users WHERE id = 3;\nDECLARE c CURSOR WITH HOLD FOR SELECT purge(id) FROM other WHERE v = 'x';\n",
                             "INSERT INTO other VALUES (77, 'x')", "public.other")

    def test_what_a_held_cursor_does_as_it_did_is_no_difference(self):
        for proof in BOTH:
            with self.subTest(proof=proof):
                self.sql("DELETE FROM other; INSERT INTO other SELECT g, 'o' FROM generate_series(1, 5) g")
                self.make_plan(script="DECLARE c CURSOR WITH HOLD FOR SELECT purge(id) FROM other;\nFETCH 2 FROM c;\n")
                self.assert_applied(self.apply("--execute", proof=proof))
                self.assertEqual(self.sql("SELECT count(*) FROM other"), [(0,)])

    def test_what_a_trigger_does_that_another_one_defers_is_proven(self):
        self.refused_by_both("DELETE FROM queue WHERE id = 1;\n", "UPDATE log SET hot = true WHERE id = 4", "public.log")

    def test_what_it_does_as_it_did_is_no_difference(self):
        self.sql("UPDATE log SET hot = true WHERE id = 4")
        self.make_plan(script="DELETE FROM queue WHERE id = 1;\n")
        self.assert_applied(self.apply("--execute"))
        self.assertEqual(self.sql("SELECT count(*) FROM log"), [(9,)])


    def test_what_waits_for_the_end_of_one_transaction_is_told_of(self):
        script = "DELETE FROM queue WHERE id = 1;\nUPDATE log SET hot = true WHERE id = 4;\n"
        self.make_plan(script=script)
        before = self.look()
        outcome = self.apply("--execute")
        said = self.assert_refused(outcome, before)
        self.assertIn('"first" of public.queue, "second" of public.queue', "".join(said["notes"]))
        self.make_plan(script=f"BEGIN;\n{script}COMMIT;\n")
        outcome = self.apply("--execute")
        self.assert_applied(outcome)
        self.assertEqual(outcome.json["notes"], [])


# Rows that go without being counted; and two tables that are called the same where names are joined by a dot.
NOT_COUNTED = """
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 20);
CREATE TABLE flags (name text);
CREATE FUNCTION quietly() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM users WHERE id = 99) THEN SET track_counts = off; DELETE FROM users WHERE id = 99; RESET track_counts; END IF; END $$;
CREATE FUNCTION out_of_reach() RETURNS void LANGUAGE sql SET track_counts = off AS 'DELETE FROM public.users';
CREATE SCHEMA c;
CREATE SCHEMA "c.a";
CREATE TABLE c."a.b" (id int PRIMARY KEY);
CREATE TABLE "c.a".b (id int PRIMARY KEY);
INSERT INTO c."a.b" SELECT generate_series(1, 5);
INSERT INTO "c.a".b SELECT generate_series(1, 5);
CREATE FUNCTION flagged() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM flags) THEN DELETE FROM "c.a".b WHERE id = 2; END IF; END $$;
"""


class NotCountedTest(applying.ApplyCase):
    statements = NOT_COUNTED

    def refused_unproven(self, name, *arguments):
        before = self.look()
        outcome = self.apply(*arguments)
        self.assert_refused(outcome, before)
        self.assertIn((name, "unproven"), self.differences(outcome), str(outcome))

    def test_code_that_switches_counting_off_is_refused_before_it_runs(self):
        self.make_plan(script="DELETE FROM users WHERE id = 4;\nSELECT quietly();\n")
        self.sql("INSERT INTO users VALUES (99)")
        self.refused_unproven("function public.quietly()")
        self.refused_unproven("function public.quietly()", "--execute")

    def test_code_that_does_so_out_of_reach_is_no_difference(self):
        self.make_plan(script="DELETE FROM users WHERE id = 4;\n")
        self.assert_applied(self.apply("--execute"))

    def test_tables_of_the_same_name_are_not_told_apart(self):
        for script in ('DELETE FROM c."a.b" WHERE id = 2;\nSELECT flagged();\n', "DELETE FROM users WHERE id = 4;\nSELECT flagged();\n"):
            with self.subTest(script=script):
                self.sql("DELETE FROM flags")
                self.make_plan(script=script)
                self.sql("INSERT INTO flags VALUES ('on')")
                self.refused_unproven("c.a.b", "--execute")


class AlteredWhileItStartsTest(applying.ApplyCase):
    """A column that nobody had looked at would go with its rows, and no undo knows what was in it."""

    proof = "decoded"
    settings = SETTINGS
    statements = "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (3); CREATE TABLE busy (id int)"

    def test_a_column_that_is_added_before_the_transaction_begins_is_seen(self):
        self.make_plan(script="DELETE FROM users WHERE id = 3;\n")
        with contextlib.closing(self.server.connect("shop")) as writer:
            writer.autocommit = False
            writer.cursor().execute("INSERT INTO busy VALUES (1)")  # for which a slot has to wait
            process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--proof", "decoded",
                                      "--execute", "--lock-timeout", "10s", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.communicate)
            deadline = time.monotonic() + 20
            while not self.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%create_logical_replication_slot%'"
                               " AND application_name = 'pgrehearse' AND state = 'active'"):
                self.assertLess(time.monotonic(), deadline, "no slot was made")
                time.sleep(0.02)
            self.sql("ALTER TABLE users ADD COLUMN note text; UPDATE users SET note = 'precious'")
            before = self.sql("SELECT * FROM users")
            writer.rollback()
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, applying.REFUSED, said)
        self.assertIn("column public.users.note", {difference["table"] for difference in json.loads(said)["differences"]})
        self.assertEqual(self.sql("SELECT * FROM users"), before)


class ClockTest(applying.ApplyCase):
    statements = """CREATE TABLE users (id int PRIMARY KEY, purge_after timestamptz, local timestamp, unix bigint, millis numeric, token uuid, due date);
INSERT INTO users SELECT generate_series(1, 20)"""

    def test_what_is_counted_from_the_clock_is_no_difference(self):
        self.make_plan(script="UPDATE users SET purge_after = now() + interval '30 days', local = now() - interval '10 minutes',"
                              " unix = extract(epoch FROM now())::bigint, millis = extract(epoch FROM now()) * 1000 WHERE id < 9;\n"
                              "UPDATE users SET unix = extract(epoch FROM now() + interval '1 hour')::bigint WHERE id = 9;\n")
        time.sleep(2.5)  # until no window holds the other run's values
        self.assert_applied(self.apply("--execute"))

    def before_midnight(self, script):
        """Plans in a time zone where midnight is near, so that it can be waited for. Returns the moment."""
        for margin in (8, 30, 60):
            midnight = -int(-(time.time() + margin) // 60) * 60
            minutes = midnight // 60 % 1440
            sign, minutes = ("+", minutes) if minutes <= 720 else ("-", 1440 - minutes)
            self.sql(f"ALTER DATABASE shop SET timezone = 'X{sign}{minutes // 60:02}:{minutes % 60:02}'")
            self.make_plan(script=script)
            if time.time() < midnight - 1:
                return midnight
        self.fail("no plan in a minute")

    def test_dates_that_are_counted_from_today_are_the_same_on_the_next_day(self):
        midnight = self.before_midnight("UPDATE users SET due = CURRENT_DATE + 30 WHERE id = 3;\n")
        time.sleep(midnight + 1 - time.time())
        self.assert_applied(self.apply("--execute"))

    def test_a_random_value_is_said_to_be_unprovable_before_it_runs(self):
        planned = self.make_plan(script="UPDATE users SET token = gen_random_uuid() WHERE id = 3;\n")
        self.assertIn("says gen_random_uuid", " ".join(planned["notes"]))
        self.assertIn("says gen_random_uuid", " ".join(self.home.run("show", self.home.work / "out.plan").out.split()))
        outcome = self.apply()
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn("says gen_random_uuid", " ".join(outcome.json["notes"]))


if __name__ == "__main__":
    unittest.main()
