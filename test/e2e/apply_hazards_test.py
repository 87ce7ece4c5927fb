"""apply when something else goes on around it: files that are swapped, processes that die, settings that end sessions."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, shop  # noqa: E402

CLEAN_UP = "DELETE FROM users WHERE auth_source = 'test';\n"


class HazardTest(applying.ApplyCase):
    statements = shop.DATABASE

    def start_apply(self, *arguments, env=None):
        process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--proof", self.proof,
                                  "--execute", *arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        return process

    def wait_for_sleep(self):
        """Until the script is in its pg_sleep."""
        deadline = time.monotonic() + 20
        while not self.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = 'pgrehearse'"):
            self.assertLess(time.monotonic(), deadline, "the script never slept")
            time.sleep(0.02)

    def work_places(self):
        return [path for path in (self.home.path / "state" / "work").iterdir() if path.is_dir()]

    def test_a_plan_that_takes_the_name_of_the_one_at_work_is_not_kept_for_undo(self):
        self.make_plan(script=CLEAN_UP)
        other = (self.home.work / "out.plan").read_bytes()
        self.make_plan(script="SELECT pg_sleep(1);\nDELETE FROM users WHERE id = 4503599627370500;\n")
        before = self.look()
        process = self.start_apply()
        self.wait_for_sleep()
        (self.home.work / "new").write_bytes(other)
        os.replace(self.home.work / "new", self.home.work / "out.plan")
        self.assertEqual(process.wait(30), applying.APPLIED)
        self.assertNotEqual(self.look(), before)
        identity = self.home.run("applies", "--format", "json").json["applies"][0]["apply"]
        self.assertEqual(self.home.run("undo", identity, "--execute").exit, 0)
        self.assertEqual(self.look(), before)

    def test_what_a_killed_apply_left_is_gone_with_the_next_one(self):
        self.make_plan(script="SELECT pg_sleep(3);\n" + CLEAN_UP)
        temporary = self.home.work / "tmp"
        temporary.mkdir()
        process = self.start_apply(env={"TMPDIR": temporary})
        self.wait_for_sleep()
        self.assertEqual(len(self.work_places()), 1)
        self.assertEqual(list(temporary.iterdir()), [], "rows of production outside of the state")
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual(self.apply().exit, 0)
        self.assertEqual(self.work_places(), [])


# tidy() deletes the test users and, where cfg says so, does one thing more that is no row of a table that was planned.
TIDY = """
CREATE TABLE cfg (act text NOT NULL);
INSERT INTO cfg VALUES ('nothing');
CREATE TABLE far (id int PRIMARY KEY);
INSERT INTO far VALUES (77);
CREATE VIEW seen AS SELECT 1 AS one;
CREATE TABLE old_events (id int);
CREATE SEQUENCE other;
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$
DECLARE what text := (SELECT act FROM cfg);
BEGIN
  DELETE FROM users WHERE auth_source = 'test';
  IF what = 'drop table' THEN DROP TABLE old_events;
  ELSIF what = 'drop view' THEN DROP VIEW seen;
  ELSIF what = 'truncate' THEN TRUNCATE far;
  ELSIF what = 'grant' THEN GRANT ALL ON far TO PUBLIC;
  ELSIF what = 'create' THEN CREATE TABLE new_events (id int);
  ELSIF what = 'alter' THEN ALTER TABLE far ADD COLUMN more int;
  ELSIF what = 'function' THEN CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1';
  ELSIF what = 'role' THEN ALTER ROLE postgres SET work_mem = '5MB';
  ELSIF what = 'large object' THEN PERFORM lo_create(0);
  ELSIF what = 'setval' THEN PERFORM setval('other', 999);
  ELSIF what = 'notify' THEN NOTIFY gone;
  ELSIF what = 'temporary' THEN CREATE TEMP TABLE passing (id int); DROP TABLE passing;
  END IF;
END $$;
CREATE ROLE worker LOGIN REPLICATION;
CREATE ROLE keeper;
GRANT keeper TO worker;
GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO keeper, worker;
"""

KINDS = {"drop table": "catalog", "drop view": "catalog", "grant": "catalog", "create": "catalog", "alter": "catalog",
         "function": "catalog", "role": "catalog", "truncate": "catalog", "large object": "large-objects", "setval": "sequence"}
DEFINITIONS = "SELECT relname, relkind, relacl::text, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


class BesideRowsTest(applying.ApplyCase):
    """A function decides by data what it does: what is no row of a planned table is seen as well, by every proof."""

    statements = shop.DATABASE + TIDY
    settings = {"wal_level": "logical", "max_prepared_transactions": "4"}

    def test_what_is_no_row_is_refused(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        for act, kind in KINDS.items():
            self.sql(f"UPDATE cfg SET act = '{act}'")
            before, definitions = self.look(), self.sql(DEFINITIONS)
            for proof in ("locked-rows", "decoded", "captured"):
                with self.subTest(act=act, proof=proof):
                    self.sql("SELECT setval('other', 1, false)")  # which no rollback takes back
                    outcome = self.apply("--execute", proof=proof)
                    said = self.assert_refused(outcome, before)
                    self.assertIn(kind, {difference["kind"] for difference in said["differences"]}, str(outcome))
                    self.assertEqual(self.sql(DEFINITIONS), definitions)

    def test_a_temporary_table_is_no_difference(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        self.sql("UPDATE cfg SET act = 'temporary'")
        self.assert_applied(self.apply("--execute"))

    def test_a_role_that_the_script_takes_on_does_not_keep_what_was_prepared(self):
        worker = self.server.url("shop", "worker")
        self.make_plan("--role", "worker", script="SET ROLE keeper;\nDELETE FROM users WHERE auth_source = 'test';\n", anew=True)
        self.assert_applied(self.apply("--execute", to=worker, proof="decoded"))
        self.assertEqual(self.sql("SELECT gid FROM pg_prepared_xacts"), [])

    def test_what_could_not_be_done_is_told_in_json_too(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        self.sql("UPDATE cfg SET act = 'notify'")
        outcome = self.apply("--execute", proof="decoded")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIs(outcome.json["applied"], False)
        self.assertTrue(outcome.json["apply"])
        self.assertIn("NOTIFY", outcome.json["message"])
        self.assertIn("NOTIFY", outcome.err)

    def test_captured_leaves_its_own_triggers_out(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        self.assert_applied(self.apply("--execute", proof="captured"))


if __name__ == "__main__":
    unittest.main()
