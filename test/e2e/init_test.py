"""init: the contract that it proposes for databases of many shapes, and that the other commands take it."""

import pathlib
import sys
import tomllib
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

ABOVE = "4503599627370496..9007199254740991"


class InitTest(case.Case):
    def propose(self, statements, name="shop", analyzed=False):
        """The proposal as text, and parsed; audit takes it for the database that it was made of."""
        url = self.database(statements + (";ANALYZE" if analyzed else ""), name=name)
        path = self.home.work / f"{name}.toml"
        outcome = self.home.run("init", "--on", url, "--out", path)
        self.assertEqual(outcome.exit, 0, str(outcome))
        text = path.read_text()
        audit = self.home.run("audit", "--contract", path, "--on", url)
        self.assertIn(audit.exit, (0, 1), str(audit))
        return text, tomllib.loads(text)["tables"]

    def test_the_incidents_database_gets_the_contract_that_would_have_saved_it(self):
        text, tables = self.propose(shop.DATABASE)
        users = tables["users"]
        self.assertEqual((users["id"], users["population"]), ("id", "auth_source"))
        self.assertEqual(users["populations"], {
            "telegram": {"ids": "1..4503599627370495"},
            "oauth": {"ids": "..-1", "minted_by": "-web_user_id_seq"},
            "test": {"ids": ABOVE, "disposable": True}})
        for words in ("3 tables hang on users", "subscriptions", "ON DELETE CASCADE", "100 rows, ids 1..100", "-91111111..-1",
                      '# [probes."oauth arrives"]', "-nextval('web_user_id_seq')", "a space above 2^52"):
            self.assertIn(words, text)

    def test_a_sequence_that_was_carried_off_is_found_and_audit_says_so(self):
        text, tables = self.propose(shop.DATABASE + "DELETE FROM users WHERE id < -20; SELECT setval('web_user_id_seq', 91111109);"
                                    "CREATE SEQUENCE invoice_no; SELECT setval('invoice_no', 5000);"
                                    "CREATE FUNCTION sign_up() RETURNS bigint LANGUAGE sql AS $$ SELECT -nextval('web_user_id_seq') $$;")
        self.assertEqual(tables["users"]["populations"]["oauth"]["minted_by"], "-web_user_id_seq")
        self.assertIn("stands at 91,111,109, far beyond these ids", " ".join(text.replace("#", "").split()))
        audit = self.home.run("audit", "--contract", self.home.work / "shop.toml", "--on", self.server.url("shop"), "--format", "json")
        self.assertIn("sequence-far-ahead", {finding["rule"] for finding in audit.json["findings"]})

    def test_plan_takes_what_it_proposes(self):
        url = self.database(shop.DATABASE)
        outcome = self.home.run("init", env={"PGHOST": self.server.sockets, "PGDATABASE": "shop", "PGUSER": "postgres"})
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn("pgrehearse.toml written", outcome.out)
        report = self.plan(self.home.script(shop.RANGE_DELETE), source=url, expect=cli.BREAKS)
        self.assertIn("protected-deleted", case.rules_of(report))

    def test_the_probes_that_it_suggests_run(self):
        url = self.database(shop.DATABASE)
        text = self.home.run("init", "--on", url, "--out", "-").out
        probe = tomllib.loads(text[text.index("# [probes"):].replace("# [", "[").replace("# sql", "sql").split("\n\n")[0])["probes"]
        self.server.execute(probe["oauth arrives"]["sql"], "shop")
        self.assertEqual(self.server.execute("SELECT min(id) FROM users", "shop"), [(-91111112,)])

    def test_a_file_is_never_overwritten(self):
        url = self.database(shop.DATABASE)
        path = self.home.contract("# mine\n")
        self.assert_fails(self.home.run("init", "--on", url), 1, "pgrehearse.toml exists", "--out")
        link = self.home.work / "dangling.toml"
        link.symlink_to(self.home.work / "nowhere.toml")
        self.assert_fails(self.home.run("init", "--on", url, "--out", link), 1, "exists")
        self.assertEqual(path.read_text(), "# mine\n")
        self.assertEqual(self.home.run("init", "--on", url, "--out", "-").exit, 0)

    def test_where_nothing_fits_it_says_what_it_looks_for_and_writes_nothing(self):
        for name, statements in (("empty", "SELECT"), ("plain", "CREATE TABLE logs (id bigint PRIMARY KEY, line text, type text);"
                                                        "INSERT INTO logs SELECT g, 'line', 'type ' || g % 3 FROM generate_series(1, 9) g"),
                                 ("uuids", "CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), source text);"
                                           "INSERT INTO users (source) VALUES ('web'), ('test')")):
            with self.subTest(name=name):
                url = self.database(statements, name=name)
                self.assert_fails(self.home.run("init", "--on", url), 1, "populations", "nothing was written", "docs/formats/contract.md")
                self.assertFalse((self.home.work / "pgrehearse.toml").exists())

    def test_a_serial_column_a_flag_and_an_enum(self):
        _, tables = self.propose("CREATE TABLE accounts (id bigserial PRIMARY KEY, is_test boolean NOT NULL, mail text NOT NULL);"
                                 "INSERT INTO accounts (is_test, mail) SELECT g % 10 = 0, 'x' FROM generate_series(1, 100) g;"
                                 "CREATE TABLE orders (id bigserial PRIMARY KEY, account_id bigint REFERENCES accounts)", "flag")
        self.assertEqual(tables["accounts"]["population"], "is_test")
        self.assertEqual(tables["accounts"]["populations"]["t"], {"ids": ABOVE, "disposable": True})
        self.assertEqual(tables["accounts"]["populations"]["f"], {"ids": "1..4503599627370495", "minted_by": "accounts_id_seq"})
        _, tables = self.propose("CREATE TYPE origin AS ENUM ('web', 'shop', 'qa'); CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, origin origin);"
                                 "INSERT INTO customers (origin) SELECT (ARRAY['web', 'shop', 'qa']::origin[])[1 + g % 3] FROM generate_series(1, 99) g;", "enum", True)
        self.assertEqual({name: "disposable" in values for name, values in tables["customers"]["populations"].items()},
                         {"web": False, "shop": False, "qa": True})
        self.assertIn("overlaps", tables["customers"]["populations"]["web"] | tables["customers"]["populations"]["shop"])

    def test_a_table_that_hangs_on_a_better_one_is_not_proposed_beside_it(self):
        _, tables = self.propose(shop.DATABASE + "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint REFERENCES users, source text);"
                                 "CREATE TABLE lines (id bigint REFERENCES orders); INSERT INTO orders (source) VALUES ('web'), ('test');"
                                 "CREATE TABLE devices (id bigserial PRIMARY KEY, source text); INSERT INTO devices (source) VALUES ('web'), ('qa')")
        self.assertEqual(set(tables), {"users", "devices"})

    def test_ids_of_32_bits_get_a_space_that_fits_them(self):
        _, tables = self.propose("CREATE TABLE users (id serial PRIMARY KEY, source text);"
                                 "INSERT INTO users (source) SELECT CASE WHEN g > 90 THEN 'demo' ELSE 'web' END FROM generate_series(1, 100) g")
        low, high = map(int, tables["users"]["populations"]["demo"]["ids"].split(".."))
        self.assertTrue(100 < low < high == 2**31 - 1)
        self.assertEqual(tables["users"]["populations"]["web"]["ids"], f"1..{low - 1}")

    def test_test_ids_that_are_out_of_the_way_stay_where_they_are(self):
        _, tables = self.propose("CREATE TABLE users (id bigint PRIMARY KEY, source text);"
                                 "INSERT INTO users SELECT g, 'web' FROM generate_series(1, 50) g; INSERT INTO users VALUES (-5, 'test'), (-9, 'test')")
        self.assertEqual(tables["users"]["populations"]["test"]["ids"], "..-1")

    def test_test_ids_beyond_what_a_double_tells_apart_stay_in_their_space(self):
        _, tables = self.propose("CREATE TABLE users (id bigint PRIMARY KEY, source text);"
                                 "INSERT INTO users SELECT g, 'web' FROM generate_series(1, 50) g; INSERT INTO users VALUES (9007199254740993, 'test')")
        self.assertEqual(tables["users"]["populations"]["test"]["ids"], "4503599627370496..")

    def test_names_and_values_that_need_quotes(self):
        text, tables = self.propose("""CREATE SCHEMA "Großes Haus"; CREATE TABLE "Großes Haus"."Gä""ste" ("Nr" bigserial PRIMARY KEY, "Source" text NOT NULL, "it's" int NOT NULL);
            INSERT INTO "Großes Haus"."Gä""ste" ("Source", "it's") VALUES ('o''brien', 1), ('', 1), (E'new\nline\\033[2J', 1), ('test # "quoted" \\', 1), ('a.b', 1);""")
        (name, table), = tables.items()
        self.assertEqual(name, '"Großes Haus"."Gä""ste"')
        self.assertEqual(set(table["populations"]), {"o'brien", "", "new\nline\033[2J", 'test # "quoted" \\', "a.b"})
        self.assertNotIn("\033", text)

    def test_tables_that_may_not_be_read_are_named(self):
        self.server.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
        self.database(shop.DATABASE + "CREATE TABLE secrets (id bigint PRIMARY KEY, source text); GRANT SELECT ON users, web_user_id_seq TO guest;")
        outcome = self.home.run("init", "--on", self.server.url("shop", "guest"), "--out", "-")
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn("may not read", outcome.out)
        self.assertIn("secrets", outcome.out)
        self.server.execute("REVOKE ALL ON users, web_user_id_seq FROM guest", "shop")

    def test_nothing_is_written_to_the_database(self):
        url = self.database(shop.DATABASE)
        self.server.execute("CHECKPOINT")
        next_xid = "SELECT (pg_control_checkpoint()).next_xid"
        before = self.server.execute(next_xid)
        self.assertEqual(self.home.run("init", "--on", url).exit, 0)
        self.server.execute("CHECKPOINT")
        self.assertEqual(self.server.execute(next_xid), before)

    def test_a_server_that_is_not_there(self):
        self.assert_fails(self.home.run("init", "--on", "postgresql://x@127.0.0.1:1/db?connect_timeout=3"), cli.FAILED, "127.0.0.1")


if __name__ == "__main__":
    unittest.main()
