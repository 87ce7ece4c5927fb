"""apply when something else goes on around it: files that are swapped, processes that die, settings that end sessions."""

import json
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
        self.assert_applied(self.apply("--execute", "--without-undo", to=worker, proof="decoded"))
        self.assertEqual(self.sql("SELECT gid FROM pg_prepared_xacts"), [])

    def test_what_could_not_be_done_is_told_in_json_too(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        outcome = self.apply("--execute", to=self.server.url("nowhere"))
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIs(outcome.json["applied"], False)
        self.assertIn("nowhere", outcome.json["message"])
        self.assertIn("check the database's name", outcome.json["remedy"])
        self.assertIn("nowhere", outcome.err)

    def test_captured_leaves_its_own_triggers_out(self):
        self.make_plan(script="SELECT tidy();\n", anew=True)
        self.assert_applied(self.apply("--execute", proof="captured"))

# What rows are called is made anew by every run, and other rows refer to it.
NAMES = """
CREATE TABLE acc (id bigserial PRIMARY KEY, owner text, label text);
INSERT INTO acc (owner) SELECT 'old ' || g FROM generate_series(1, 20) g;
CREATE TABLE card (pid text PRIMARY KEY, acc bigint REFERENCES acc);
CREATE TABLE badge (pid text PRIMARY KEY, acc bigint);
CREATE TABLE person (pid text PRIMARY KEY, prio int);
INSERT INTO person VALUES ('p1', 1), ('p2', 2);
CREATE TABLE trail (id bigserial PRIMARY KEY, what text, row_id bigint, image jsonb, at timestamptz DEFAULT now());
ALTER SEQUENCE trail_id_seq RESTART 7000;
CREATE FUNCTION trail() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO trail (what, row_id, image) VALUES (TG_OP, NEW.id, to_jsonb(NEW)); RETURN NULL; END $$;
CREATE TRIGGER trailed AFTER INSERT ON acc FOR EACH ROW EXECUTE FUNCTION trail();
CREATE TABLE inv (who uuid);
INSERT INTO inv VALUES ('11111111-1111-4111-8111-111111111111');
CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
CREATE TABLE admin (user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), what text);
CREATE TABLE shares (person uuid REFERENCES people, what text);
CREATE TABLE heap (place int);
INSERT INTO heap SELECT g FROM generate_series(1, 3) g;
"""
# What the wiki's audit trigger writes down.
HISTORY = """
CREATE TABLE stock (id int PRIMARY KEY, name text, updated timestamptz DEFAULT '2026-01-01', touched timestamp);
INSERT INTO stock (id, name) SELECT g, 'thing ' || g FROM generate_series(1, 8) g;
CREATE TABLE history (event_id bigserial PRIMARY KEY, at timestamptz NOT NULL, backend int, transaction_id bigint, application text, query text,
  client inet, client_port int, row_data jsonb, words text, composed text, stays int);
CREATE FUNCTION history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.updated := now(); NEW.touched := clock_timestamp();
  INSERT INTO history (at, backend, transaction_id, application, query, client, client_port, row_data, words, composed, stays)
  VALUES (clock_timestamp(), pg_backend_pid(), txid_current(), current_setting('application_name'), current_query(), inet_client_addr(),
    inet_client_port(), jsonb_build_object('old', to_jsonb(OLD), 'new', to_jsonb(NEW), 'tx', txid_current()), row_to_json(NEW)::text, NEW::text,
    (SELECT prio FROM person WHERE pid = 'p1'));
  RETURN NEW; END $$;
CREATE TRIGGER historic BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION history();
"""
OTHERS = "INSERT INTO acc (owner) SELECT 'web' FROM generate_series(1, 3)"  # who drew what the rehearsal drew

LINK = "INSERT INTO acc (owner) VALUES ('alice');\nSELECT pg_sleep(1);\nINSERT INTO card SELECT 'c1', max(id) FROM acc;\n"
SWAP = """INSERT INTO acc (owner, label) VALUES ('new', 'gold'), ('new', 'iron');
INSERT INTO card SELECT p.pid, a.id FROM person p JOIN acc a ON a.label = CASE p.prio WHEN 1 THEN 'gold' ELSE 'iron' END;
"""
FIRST = """INSERT INTO acc (owner) VALUES ('alice');
INSERT INTO card SELECT 'c1', min(id) FROM acc WHERE id > 20;
INSERT INTO badge SELECT 'c1', min(id) FROM acc WHERE id > 20;
"""
ADMIN = "INSERT INTO admin SELECT who, 'all' FROM inv;\n"

# Many equal rows; parents and children; numbers thrown away; equal parents, whose children come in another order; rows
# in any order; references that no key says; UUIDs.
SAME = """INSERT INTO acc (owner) SELECT 'same' FROM generate_series(1, 50);
INSERT INTO acc (owner) VALUES ('a');
INSERT INTO card VALUES ('x', currval('acc_id_seq'));
WITH made AS (INSERT INTO acc (owner) VALUES ('b') RETURNING id) INSERT INTO card SELECT 'y', id FROM made;
SELECT nextval('acc_id_seq') FROM generate_series(1, 4);
INSERT INTO acc (owner) SELECT 'equal' FROM generate_series(1, 4);
INSERT INTO card SELECT 'c' || row_number() OVER (ORDER BY id DESC), id FROM acc WHERE owner = 'equal';
INSERT INTO acc (owner) SELECT 'o' || place FROM heap;
INSERT INTO card SELECT owner, id FROM acc WHERE owner LIKE 'o_';
INSERT INTO badge SELECT owner, id FROM acc WHERE owner LIKE 'o_';
INSERT INTO badge SELECT 'number 3', 3;
INSERT INTO people (name) VALUES ('a'), ('b'), ('b');
INSERT INTO shares SELECT id, name FROM people;
INSERT INTO admin (what) VALUES ('all');
"""


class MadeAnewTest(applying.ApplyCase):
    """Drawn numbers and random UUIDs are other ones in every run, but not any other ones."""

    statements = shop.DATABASE + NAMES + HISTORY

    def execute(self):
        return self.apply("--execute", "--allow-sequence-moves", "--again")

    def refused(self, table, kind="result"):
        before = self.look()
        outcome = self.execute()
        self.assert_refused(outcome, before)
        self.assertIn((table, kind), self.differences(outcome), str(outcome))
        return outcome

    def test_another_writers_row_is_not_ours(self):
        self.make_plan(script=LINK)
        before = self.look()
        process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--proof", self.proof,
                                  "--execute", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        HazardTest.wait_for_sleep(self)
        self.sql("SET session_replication_role = replica; INSERT INTO acc (owner) VALUES ('mallory')")
        said, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, applying.REFUSED, said)
        self.assertIn("public.card", {difference["table"] for difference in json.loads(said)["differences"]})
        self.sql("DELETE FROM acc WHERE owner = 'mallory'")
        self.assertEqual(self.look(), before)

    def test_two_that_changed_places_are_not_the_same(self):
        self.make_plan(script=SWAP)
        self.assert_applied(self.execute())
        self.sql("DELETE FROM card; DELETE FROM acc WHERE owner = 'new'; UPDATE person SET prio = 3 - prio")
        self.refused("public.card")

    def test_a_row_that_has_by_now_the_number_that_ours_had_is_not_ours(self):
        self.make_plan(script=FIRST)
        self.sql(OTHERS)
        outcome = self.refused("public.card")
        self.assertIn(("public.badge", "result"), self.differences(outcome), str(outcome))

    def test_what_was_made_anew_is_the_same_whatever_it_is_called(self):
        self.make_plan(script=SAME)
        self.sql(OTHERS + "; DELETE FROM heap; INSERT INTO heap SELECT g FROM generate_series(3, 1, -1) g")
        self.assert_applied(self.execute())

    def test_an_audit_trigger_writes_down_its_own_session_and_time(self):
        self.make_plan(script="UPDATE stock SET name = name || '!' WHERE id < 6;\n")
        self.sql("INSERT INTO history (at) VALUES (now()); UPDATE person SET prio = 2 WHERE pid = 'p1'")
        before = self.look()
        outcome = self.apply("--execute", "--allow-sequence-moves", "--show-rows")
        said = self.assert_refused(outcome, before)
        found = {difference["table"]: difference for difference in said["differences"]}
        self.assertEqual(found["public.history"].get("columns"), ["stays"], str(outcome))
        self.assertEqual({(value["planned"], value["found"]) for value in found["public.history"]["values"]}, {("1", "2")})
        self.assertNotIn("values", json.dumps(self.apply("--execute", "--allow-sequence-moves").json))
        self.sql("UPDATE person SET prio = 1 WHERE pid = 'p1'")
        self.assert_applied(self.apply("--execute", "--allow-sequence-moves"))

    def test_a_uuid_that_stands_elsewhere_is_not_random(self):
        self.make_plan(script=ADMIN)
        self.sql("UPDATE inv SET who = '22222222-2222-4222-8222-222222222222'")
        self.refused("public.admin", "unplanned")


if __name__ == "__main__":
    unittest.main()
