"""The stronger proofs: by the transaction's own log, and by triggers."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, shop  # noqa: E402

# Rows changed twice, in vain, in passing and in a savepoint that is rolled back; generated ids; a partition; a table
# without a key; an heir by its parent's name.
SCRIPT = """BEGIN;
UPDATE users SET name = name || '!' WHERE id < 5;
UPDATE users SET name = name || '?' WHERE id = 4;
UPDATE users SET plan = plan WHERE id BETWEEN 20 AND 30;
INSERT INTO users (id, auth_source) VALUES (555, 'telegram');
DELETE FROM users WHERE id = 555;
SAVEPOINT s; DELETE FROM users WHERE id = 50; ROLLBACK TO s;
DELETE FROM users WHERE auth_source = 'test';
INSERT INTO chat_sessions (user_id, title) VALUES (1, 'welcome');
UPDATE parts SET k = k + 10 WHERE k < 5;
DELETE FROM parts WHERE k = 7;
DELETE FROM diary WHERE n = 3;
INSERT INTO diary VALUES (now(), 99);
UPDATE animals SET name = 'cat' WHERE id IN (1, 12);
DELETE FROM animals WHERE id IN (2, 13);
COMMIT;
"""

EXTRA = """
CREATE TABLE parts (k int, t text) PARTITION BY RANGE (k);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (100);
INSERT INTO parts SELECT g, 'p' FROM generate_series(0, 9) g;
CREATE TABLE diary (at timestamptz, n int);
INSERT INTO diary SELECT '2026-01-01', g % 5 FROM generate_series(1, 20) g;
CREATE TABLE animals (id int PRIMARY KEY, name text);
CREATE TABLE birds (wings int) INHERITS (animals);
INSERT INTO animals SELECT g, 'a' FROM generate_series(1, 3) g;
INSERT INTO birds SELECT g, 'b', 2 FROM generate_series(11, 13) g;
"""


class Proofs:
    statements = shop.DATABASE + EXTRA

    def test_what_was_rehearsed_is_applied_and_nothing_stays_behind(self):
        self.make_plan(script=SCRIPT)
        said = self.assert_applied(self.apply("--execute"))
        self.assertEqual(said["proof"], self.proof)
        self.assertEqual(self.sql("SELECT name FROM users WHERE id = 4"), [("tg 4!?",)])
        self.assertEqual(self.sql("SELECT count(*) FROM parts_high"), [(5,)])
        self.assertEqual(self.sql("SELECT count(*) FROM diary"), [(17,)])
        self.assertEqual(self.sql("SELECT id, name FROM birds ORDER BY id"), [(11, "b"), (12, "cat")])
        self.nothing_stays()

    def test_a_row_more_is_refused_and_nothing_stays_behind(self):
        self.make_plan(script=SCRIPT)
        self.sql("INSERT INTO users (id, auth_source) VALUES (4503599627370999, 'test'); INSERT INTO diary VALUES ('2026-02-02', 3)")
        before = self.look()
        outcome = self.apply("--execute")
        self.assert_refused(outcome, before)
        self.assertEqual(self.differences(outcome)[("public.users", "unplanned")], ["4503599627370999"])
        self.assertIn(("public.diary", "unplanned"), self.differences(outcome))
        self.nothing_stays()

    def nothing_stays(self):
        self.assertEqual(self.sql("SELECT count(*) FROM pg_prepared_xacts"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_replication_slots"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgrehearse%'"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'pgrehearse%'"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'pgrehearse%'"), [(0,)])


class DecodedTest(Proofs, applying.ApplyCase):
    proof = "decoded"
    settings = {"wal_level": "logical", "max_prepared_transactions": "5"}

    def test_it_is_what_is_chosen_where_it_can_be_had(self):
        self.make_plan(script="DELETE FROM users WHERE auth_source = 'test';\n")
        outcome = self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json")
        self.assertEqual((outcome.exit, outcome.json["proof"]), (0, "decoded"), str(outcome))

    def test_temporary_tables_cannot_be_prepared_and_another_proof_is_chosen(self):
        self.make_plan(script="CREATE TEMP TABLE gone AS SELECT id FROM users WHERE auth_source = 'test';\n"
                              "DELETE FROM users WHERE id IN (SELECT id FROM gone);\n")
        before = self.look()
        outcome = self.apply("--execute")
        self.assertIn("temporary tables", self.assert_refused(outcome, before)["reasons"][0]["message"])
        self.assertEqual(self.reasons(outcome), {"proof-not-offered"})
        outcome = self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--execute")
        self.assertEqual(self.assert_applied(outcome)["proof"], "locked-rows")

    def test_a_notification_cannot_be_prepared_and_another_proof_is_chosen_before_anything_runs(self):
        self.make_plan(script="NOTIFY gone;\nDELETE FROM users WHERE auth_source = 'test';\n")
        said = self.assert_applied(self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--execute"))
        self.assertEqual((said["proof"], said["notes"]), ("locked-rows", []))
        self.assertIn("notifies", said["proof_note"])

    def test_what_turns_out_not_to_be_preparable_is_proven_otherwise_or_refused(self):
        self.sql("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS"
                 " $$ BEGIN CREATE TEMP TABLE x (i int); DELETE FROM users WHERE auth_source = 'test'; END $$")
        self.make_plan(script="SELECT f();\n")
        before = self.look()
        outcome = self.apply("--execute")
        said = self.assert_refused(outcome, before)
        self.assertEqual(self.reasons(outcome), {"cannot-be-prepared"})
        self.assertIn("temporary objects", said["reasons"][0]["message"])
        self.assertIn("--proof locked-rows", said["reasons"][0]["remedy"])
        self.nothing_stays()
        said = self.assert_applied(self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--execute"))
        self.assertEqual(said["proof"], "locked-rows")
        self.assertIn("temporary objects", said["proof_note"])
        self.assertIn("the script ran twice", " ".join(said["notes"]))
        self.nothing_stays()


class CapturedTest(Proofs, applying.ApplyCase):
    proof = "captured"


if __name__ == "__main__":
    unittest.main()
