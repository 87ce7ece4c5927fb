"""What is wrong with a contract is said with its line, before anything is run."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

QUOTED = """
CREATE SCHEMA "Großes Haus";
CREATE TABLE "Großes Haus"."Gäste" ("Nr" int PRIMARY KEY, "Art" text);
INSERT INTO "Großes Haus"."Gäste" SELECT g, CASE WHEN g > 5 THEN 'test' ELSE 'echt' END FROM generate_series(1, 9) g;
"""


class ContractTest(case.SharedCase):
    statements = shop.DATABASE + QUOTED

    def refuse(self, contract, *fragments):
        path = self.home.contract(contract)
        outcome = self.home.plan(self.home.script(shop.CONTRACT_DELETE), "--contract", path, source=self.source)
        self.assert_fails(outcome, cli.USAGE, *fragments)
        self.assertFalse((self.home.work / "out.plan").exists())

    def line_of(self, contract, text):
        return contract[:contract.index(text)].count("\n") + 1

    def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(self):
        contract = shop.CONTRACT.replace('population = "auth_source"', 'poplation = "auth_source"')
        self.refuse(contract, f"pgrehearse.toml:{self.line_of(contract, 'poplation')}:", "poplation", "population")

    def test_a_syntax_error_is_named_with_its_line(self):
        self.refuse(shop.CONTRACT + "\n[budget\nrows = 3\n", "pgrehearse.toml:")

    def test_overlapping_id_spaces_are_an_error_with_a_line(self):
        self.refuse(shop.CONTRACT.replace('ids = "4503599627370496.."', 'ids = "100.."'), "pgrehearse.toml:", "overlap")

    def test_a_table_that_does_not_exist_is_an_error_with_its_line(self):
        contract = shop.CONTRACT.replace("tables.users", "tables.people")
        self.refuse(contract, "pgrehearse.toml:1:", "people")

    def test_a_table_whose_name_wants_quotes_is_written_with_them(self):
        self.refuse('[tables."Gäste"]\nid = "Nr"\npopulation = "Art"\n', "pgrehearse.toml:1:", "Gäste does not exist",
                    "write [tables.'\"Großes Haus\".\"Gäste\"']")

    def test_a_column_that_does_not_exist_is_an_error_with_its_line(self):
        contract = shop.CONTRACT.replace('"auth_source"', '"auth_sauce"', 1)
        self.refuse(contract, f"pgrehearse.toml:{self.line_of(contract, 'auth_sauce')}:", "auth_sauce")

    def test_a_mint_that_is_no_sequence_is_an_error(self):
        self.refuse(shop.CONTRACT.replace("-web_user_id_seq", "-no_such_seq"), "pgrehearse.toml:", "no_such_seq")

    def test_a_contract_that_is_not_there_is_an_error(self):
        outcome = self.home.plan(self.home.script("SELECT 1"), "--contract", "nowhere.toml", source=self.source)
        self.assert_fails(outcome, cli.USAGE, "nowhere.toml")

    def test_the_contract_in_the_working_directory_is_found_and_names_the_database(self):
        self.home.contract('[database]\nurl = "env:SHOP_URL"\n\n' + shop.CONTRACT)
        script = self.home.script(shop.RANGE_DELETE)
        report = self.plan(script, env={"SHOP_URL": self.source}, expect=cli.BREAKS)
        self.assertIn("protected-deleted", case.rules_of(report))

    def test_no_other_database_is_taken_for_one_that_an_unset_variable_names(self):
        script = self.home.script("SELECT 1", "out.sql")
        self.plan(script, source=self.source)
        self.home.contract('[database]\nurl = "env:SHOP_URL"\n\n' + shop.CONTRACT)
        other = {"PGHOST": self.server.sockets, "PGUSER": "postgres", "PGDATABASE": "shop"}
        for command, option in ((["plan", script], "--from"), (["forecast", script, "--each", "oauth signup=1"], "--from"),
                                (["apply", "out.plan"], "--to"), (["audit"], "--on"), (["backup", "daily"], "--on")):
            with self.subTest(command=command):
                self.assert_fails(self.home.run(*command, env=other), cli.USAGE, "env:SHOP_URL, and SHOP_URL is not set",
                                  "nothing was run", option)

    def test_without_a_contract_effects_are_reported_and_nothing_is_judged_that_needs_populations(self):
        report = self.plan(self.home.script(shop.RANGE_DELETE), source=self.source, expect=cli.KEEPS)
        self.assertIsNone(report["contract"])
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 11))

    def test_a_table_outside_the_search_path_is_named_with_its_schema(self):
        contract = self.home.contract("""[tables.'"Großes Haus"."Gäste"']
id = "Nr"
population = "Art"
[tables.'"Großes Haus"."Gäste"'.populations.test]
disposable = true
""")
        report = self.plan(self.home.script('DELETE FROM "Großes Haus"."Gäste" WHERE "Nr" > 4'), "--contract", contract, source=self.source,
                           expect=cli.BREAKS)
        entry, = report["effects"]
        self.assertEqual(entry["table"], "Großes Haus.Gäste")
        self.assertEqual({p["name"]: (p["protected"], p["deleted"]) for p in entry["populations"]}, {"test": (False, 4), "echt": (True, 1)})


if __name__ == "__main__":
    unittest.main()
