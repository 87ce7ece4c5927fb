"""The rules of the verdict, each provoked and each left in peace (docs/rules.md)."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

EXTRA = """
CREATE TABLE notes (user_id bigint REFERENCES users, body text);
INSERT INTO notes SELECT id, 'n' FROM users WHERE id BETWEEN 1 AND 30;
CREATE TABLE events (id bigint, kind text, user_id bigint REFERENCES users, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a');
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
INSERT INTO events SELECT g, 'a', g FROM generate_series(1, 10) g;
CREATE TABLE audit (id serial PRIMARY KEY, what text);
"""


class RulesTest(case.SharedCase):
    statements = shop.DATABASE + EXTRA

    def rules(self, script, contract=shop.CONTRACT):
        outcome = self.home.plan(self.home.script(script), "--contract", self.home.contract(contract), source=self.source)
        self.assertIn(outcome.exit, (cli.KEEPS, cli.BREAKS), str(outcome))
        rules = case.rules_of(outcome.json)
        self.assertEqual(outcome.exit, cli.BREAKS if rules else cli.KEEPS, str(outcome))
        return rules

    def test_a_setval_is_found_whatever_else_the_script_says(self):
        skipping = "INSERT INTO users VALUES (1, 'telegram') ON CONFLICT DO NOTHING;\n"
        many = "INSERT INTO audit (what) SELECT 'x' FROM generate_series(1, 900);\n"
        jump = "SELECT setval('web_user_id_seq', 91111900);\n"
        for before in ("", skipping, many, "BEGIN; ROLLBACK;\n"):
            with self.subTest(before=before):
                self.assertIn("sequence-jump", self.rules(before + jump))

    def test_a_sequence_may_move_as_far_as_rows_were_inserted(self):
        self.assertEqual(self.rules("INSERT INTO users (id, auth_source) SELECT -nextval('web_user_id_seq'), 'oauth' "
                                    "FROM generate_series(1, 50);"), set())
        self.assertEqual(self.rules("INSERT INTO audit (what) VALUES ('x'), ('y');"), set())

    def test_a_sequence_is_taken_for_set_where_something_may_have_set_it(self):
        burnt = "DO $$ BEGIN PERFORM nextval('audit_id_seq') FROM generate_series(1, 5); END $$;\n"
        users, audit = "public.web_user_id_seq", "public.audit_id_seq"
        for setting, expected in (("SELECT setval('web_user_id_seq', 300)", {users}),
                                  ("ALTER SEQUENCE web_user_id_seq RESTART WITH 300", {users}),
                                  ("SELECT setval(c.oid, 300) FROM pg_class c WHERE relname = 'web_user_id_seq'", {users, audit}),
                                  ("DO $$ BEGIN PERFORM setval('web_user_id_seq', 300); END $$", {users, audit}),
                                  ("PREPARE p AS SELECT setval('web_user_id_seq', 300); EXECUTE p", {users, audit})):
            with self.subTest(setting=setting):
                outcome = self.home.plan(self.home.script(setting + ";\n" + burnt), source=self.source)
                self.assertEqual({move["name"] for move in outcome.json["sequences"] if move["set"]}, expected, str(outcome))

    def test_a_sequence_that_moves_back_is_found(self):
        self.assertIn("sequence-back", self.rules("SELECT setval('web_user_id_seq', 5);"))

    def test_upserts_are_found_in_the_script_in_functions_and_when_prepared(self):
        upsert = "INSERT INTO users VALUES (7, 'telegram', 'pro') ON CONFLICT (id) DO UPDATE SET plan = excluded.plan"
        for script in (upsert, f"DO $$ BEGIN {upsert}; END $$", f"PREPARE p AS {upsert}; EXECUTE p"):
            with self.subTest(script=script):
                self.assertEqual(self.rules(script + ";\n"), {"protected-upserted"})

    def test_an_upsert_that_only_inserts_is_left_in_peace(self):
        self.assertEqual(self.rules("INSERT INTO users VALUES (4503599627370900, 'test') "
                                    "ON CONFLICT (id) DO UPDATE SET plan = excluded.plan;"), set())

    def test_rows_that_only_moved_or_changed_are_not_called_deleted(self):
        for script in ("UPDATE notes SET body = 'm'", "UPDATE events SET kind = 'b' WHERE id < 4"):
            with self.subTest(script=script):
                self.assertEqual(self.rules(script + ";\n"), set())

    def test_deleting_rows_that_hang_on_protected_ones_is_found(self):
        self.assertEqual(self.rules("DELETE FROM notes WHERE user_id = 3;"), {"protected-deleted"})
        self.assertEqual(self.rules("DELETE FROM events WHERE id = 2;"), {"protected-deleted"})

    def test_a_misspelt_population_may_not_use_anothers_id_space(self):
        self.assertEqual(self.rules("INSERT INTO users VALUES (4503599627370999, 'tset');"), {"outside-id-space"})

    def test_a_population_or_an_id_that_changes_is_found(self):
        self.assertIn("population-rewritten", self.rules("UPDATE users SET auth_source = 'oauth' WHERE id = 50;"))
        self.assertIn("identity-rewritten", self.rules("UPDATE users SET id = 90000 WHERE id = 50;"))

    def test_truncate_drop_and_rewrite_of_a_contract_table_are_found(self):
        self.assertIn("truncate", self.rules("TRUNCATE users CASCADE;"))
        self.assertIn("drop", self.rules("DROP TABLE users CASCADE;"))
        self.assertIn("rewrite", self.rules("ALTER TABLE users ALTER plan TYPE varchar(40) USING plan || '';"))

    def test_a_script_that_runs_but_once_is_still_asked_whether_it_deletes_the_probe(self):
        script = "CREATE TABLE kept AS SELECT * FROM users WHERE id < -91111111;\n" \
                 "DELETE FROM users WHERE id BETWEEN -91111130 AND -91111112;\n"
        self.assertIn("probe-in-deleted-range", self.rules(script))

    def test_a_disposable_row_that_a_probe_makes_may_be_deleted(self):
        probe = "[probes.\"test user\"]\nsql = \"INSERT INTO users (id, auth_source) VALUES (4503599627371000, 'test')\"\n"
        contract = shop.CONTRACT.split("[probes")[0] + probe
        self.assertEqual(self.rules(shop.CONTRACT_DELETE, contract), set())

    def test_more_rows_than_the_budget_are_found(self):
        self.assertIn("over-budget", self.rules("INSERT INTO audit (what) SELECT 'x' FROM generate_series(1, 1001);"))


if __name__ == "__main__":
    unittest.main()
