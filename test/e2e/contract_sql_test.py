"""contract sql: the migration it prints, run on real databases, with others at work in them meanwhile."""

import pathlib
import sys
import threading
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

# The minter of the incident, and a test row on its way.
MINTER = """
CREATE FUNCTION sign_up(person text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE minted bigint;
BEGIN
  LOOP
    minted := -nextval('web_user_id_seq');
    BEGIN
      INSERT INTO users (id, auth_source, name) VALUES (minted, 'oauth', person);
      RETURN minted;
    EXCEPTION WHEN unique_violation THEN
      PERFORM setval('web_user_id_seq', GREATEST((SELECT -MIN(id) FROM users), currval('web_user_id_seq')));
    END;
  END LOOP;
END $$;
"""
NO_COLUMN = """
CREATE SEQUENCE web_user_id_seq;
CREATE TABLE users (id bigint PRIMARY KEY, name text);
INSERT INTO users SELECT g, 'tg' FROM generate_series(1, 3000) g;
INSERT INTO users SELECT -nextval('web_user_id_seq'), 'web' FROM generate_series(1, 20) g;
INSERT INTO users VALUES (4503599627370496, 'QA');
"""
PARTITIONS = """
CREATE SEQUENCE web_user_id_seq;
CREATE TABLE users (id bigint PRIMARY KEY, auth_source varchar(20)) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF users FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE high PARTITION OF users FOR VALUES FROM (0) TO (MAXVALUE) PARTITION BY HASH (id);
CREATE TABLE high_0 PARTITION OF high FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE high_1 PARTITION OF high FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO users SELECT g, CASE WHEN g > 10 THEN 'telegram' END FROM generate_series(1, 100) g;
INSERT INTO users SELECT -nextval('web_user_id_seq'), 'oauth' FROM generate_series(1, 20);
"""


class ContractSqlCase(case.Case):
    def write(self, url, contract=shop.CONTRACT, name="migration.sql", **options):
        """The migration as a file."""
        path = self.home.contract(contract)
        target = self.home.work / name
        target.unlink(missing_ok=True)
        outcome = self.home.run("contract", "sql", "--contract", path, "--on", url, "--out", target, major=self.major, **options)
        self.assertEqual((outcome.exit, outcome.out), (0, ""), str(outcome))
        lint = self.home.run("lint", "--contract", path, target)
        self.assertEqual(lint.exit, 0, str(lint))
        return target

    def psql(self, path, user="postgres"):
        result = self.server.psql(path, "shop", user)
        self.assertEqual(result.returncode, 0, result.stderr + path.read_text())
        return result

    def assert_clean(self, url, contract=shop.CONTRACT):
        path = self.home.contract(contract)
        audit = self.home.run("audit", "--contract", path, "--on", url, "--format", "json", major=self.major)
        self.assertEqual(audit.exit, 0, str(audit))
        again = self.write(url, contract, "again.sql").read_text()
        self.assertIn("Nothing is missing", again)
        self.assertEqual([line for line in again.splitlines() if not line.startswith("--")], [])

    def sql(self, statements):
        return self.server.execute(statements, "shop")

    def bring_under_the_contract(self, statements, contract=shop.CONTRACT):
        url = self.database(statements)
        self.psql(self.write(url, contract))
        self.assert_clean(url, contract)
        return url

    def refuses(self, statement, fragment):
        with self.assertRaises(Exception) as caught:
            self.sql(statement)
        self.assertIn(fragment, str(caught.exception))


class ContractSqlTest(ContractSqlCase):
    def test_the_incident_s_own_database_is_clean_afterwards_and_nobody_real_is_gone(self):
        url = self.database(shop.DATABASE + MINTER)
        before = self.sql("SELECT count(*) FROM users WHERE auth_source <> 'test'")
        self.psql(self.write(url))
        self.assert_clean(url)
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source <> 'test'"), before)
        self.assertEqual(self.sql("SELECT sign_up('Ada')"), [(-21,)])
        self.assertEqual(self.sql("SELECT mint_users_oauth()"), [(-22,)])
        self.refuses("INSERT INTO users (id, auth_source) VALUES (-500, 'test')", "users_auth_source_ids")
        self.refuses("INSERT INTO users (id, auth_source) VALUES (500, 'nobody')", "users_auth_source_ids")
        # What carried the sequence off now fails, and leaves it where it is.
        self.sql("INSERT INTO users (id, auth_source) VALUES (-23, 'oauth')")
        self.refuses("SELECT sign_up('Grace')", "the id that web_user_id_seq gave is taken")
        self.sql("INSERT INTO users (id, auth_source) VALUES (-24, 'oauth')")
        self.refuses("SELECT mint_users_oauth()", "which is taken")
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(24,)])
        self.assertEqual(self.home.run("testdata", "create", "--contract", self.home.contract(shop.CONTRACT), "--on", url).exit, 0)
        self.assertEqual(self.sql("SELECT id - 4503599627370500 FROM users WHERE auth_source = 'test' ORDER BY 1"), [(0,), (1,), (2,)])

    def test_its_rehearsal_breaks_the_contract_only_in_what_a_person_is_asked_to_decide(self):
        url = self.database(shop.DATABASE + MINTER)
        report = self.plan(self.write(url), "--contract", self.home.contract(shop.CONTRACT), source=url, expect=cli.BREAKS)
        self.assertIsNone(report["failure"], report["failure"])
        self.assertLessEqual(case.rules_of(report), {"sequence-back", "sequence-jump"})
        self.assertEqual(case.effects_of(report), {"public.users": (0, 0, 1), "public.subscriptions": (0, 0, 1)})

    def test_a_missing_column_is_made_and_filled_and_the_application_goes_on(self):
        url = self.bring_under_the_contract(NO_COLUMN)
        self.assertEqual(self.sql("SELECT auth_source, count(*) FROM users GROUP BY 1 ORDER BY 1"), [("oauth", 20), ("telegram", 3000), ("test", 1)])
        self.sql("INSERT INTO users (id, name) VALUES (5000, 'x'), (-21, 'y')")
        self.assertEqual(self.sql("SELECT auth_source FROM users WHERE id IN (5000, -21) ORDER BY id"), [("oauth",), ("telegram",)])
        self.refuses("INSERT INTO users (id, name) VALUES (4503599627370999, 'x')", "null value")

    def test_partitions_nulls_and_two_levels(self):
        self.bring_under_the_contract(PARTITIONS)
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source IS NULL"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname ~ 'auth_source_id_idx' AND indisvalid"), [(5,)])

    def test_a_contract_without_test_ids_gets_a_space_above_every_real_id(self):
        contract = shop.CONTRACT.replace('ids = "4503599627370496.."\n', "")
        url = self.database(shop.SCHEMA)
        text = self.write(url, contract).read_text()
        self.assertIn("MINVALUE 4503599627370496", text)
        self.assertIn('ids = "4503599627370496.."', text)

    def test_names_that_need_quotes_enums_and_a_column_of_int(self):
        self.bring_under_the_contract("""
CREATE SCHEMA "Großes Haus"; CREATE TYPE "Großes Haus"."Art" AS ENUM ('telegram', 'te''st');
CREATE SEQUENCE "Großes Haus"."Lauf-Nr";
CREATE TABLE "Großes Haus"."Gäste" ("Nr" int PRIMARY KEY, "Art" "Großes Haus"."Art");
INSERT INTO "Großes Haus"."Gäste" SELECT nextval('"Großes Haus"."Lauf-Nr"'), CASE WHEN g > 5 THEN 'telegram'::"Großes Haus"."Art" END FROM generate_series(1, 9) g;
INSERT INTO "Großes Haus"."Gäste" VALUES (1000000, NULL);
""", """[tables.'"Großes Haus"."Gäste"']
id = "Nr"
population = "Art"
[tables.'"Großes Haus"."Gäste"'.populations.telegram]
ids = "1..999999"
minted_by = '"Großes Haus"."Lauf-Nr"'
[tables.'"Großes Haus"."Gäste"'.populations."te'st"]
ids = "1000000.."
disposable = true
""")
        self.assertEqual(self.sql("""SELECT "Art"::text, count(*) FROM "Großes Haus"."Gäste" GROUP BY 1 ORDER BY 1"""), [("te'st", 1), ("telegram", 9)])
        self.assertEqual(self.sql("""SELECT "Großes Haus"."mint_Gäste_te'st"()"""), [(1000001,)])

    def test_real_rows_outside_of_their_space_stop_it_at_the_last_step_and_are_named(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users (id, auth_source) VALUES (77, 'oauth'), (5, 'telegram')")
        path = self.write(url)
        self.assertIn("77", path.read_text())
        result = self.server.psql(path, "shop")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("is violated by some row", result.stderr)
        self.refuses("INSERT INTO users (id, auth_source) VALUES (78, 'oauth')", "users_auth_source_ids")
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(2,)])
        self.sql("DELETE FROM users WHERE id = 77")
        self.psql(self.write(url, name="rest.sql"))
        self.assert_clean(url)

    def test_unknown_populations_are_let_through_until_the_contract_knows_them(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users (id, auth_source) VALUES (-9000000, 'apple')")
        path = self.write(url)
        self.assertIn("apple (1 row)", path.read_text())
        self.psql(path)
        self.sql("INSERT INTO users (id, auth_source) VALUES (-9000001, 'apple')")
        contract = shop.CONTRACT.replace("[tables.users.populations.test]", '[tables.users.populations.apple]\nids = "..-1"\noverlaps = "oauth"\n[tables.users.populations.test]')
        self.psql(self.write(url, contract))
        self.assert_clean(url, contract)
        self.refuses("INSERT INTO users (id, auth_source) VALUES (8, 'apple')", "users_auth_source_ids")

    def test_more_strays_than_were_read_are_not_deleted(self):
        url = self.database(shop.DATABASE)
        path = self.write(url)
        self.sql("INSERT INTO users (id, auth_source) VALUES (-600, 'test')")
        result = self.server.psql(path, "shop")
        self.assertIn("write the migration again", result.stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source = 'test'"), [(4,)])

    def test_test_rows_that_real_rows_hang_on_are_left_to_a_person(self):
        url = self.database(shop.DATABASE + "ALTER TABLE users ADD invited_by bigint REFERENCES users ON DELETE CASCADE;"
                            "UPDATE users SET invited_by = -91111101 WHERE id = 7")
        path = self.write(url)
        self.assertNotIn("DELETE FROM", path.read_text())
        self.assertIn("(telegram: 7) would be deleted", " ".join(path.read_text().replace("--", "").split()))
        self.assertNotEqual(self.server.psql(path, "shop").returncode, 0)
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(133,)])

    def test_an_old_file_run_again_does_not_set_the_sequence_back_once_more(self):
        url = self.database(shop.DATABASE)
        text = self.write(url).read_text()
        start = text.index("DO $back$")
        step = self.home.script(text[start:text.index("END $back$;") + len("END $back$;")], "step.sql")
        self.psql(step)
        self.sql("SELECT nextval('web_user_id_seq')")
        self.psql(step)
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(21,)])

    def test_a_sequence_whose_rows_were_deleted_is_not_set_back(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users (id, auth_source) SELECT -g, 'oauth' FROM generate_series(1, 10) g;"
                            "INSERT INTO users (id, auth_source) SELECT -g, 'oauth' FROM generate_series(20000000, 20000500) g;"
                            "SELECT setval('web_user_id_seq', 20000500)")
        path = self.write(url)
        self.assertIn("DECIDE: it minted 511 rows", path.read_text())
        self.psql(path)
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(20000500,)])

    def test_test_rows_that_may_be_people_are_not_deleted(self):
        url = self.database(shop.DATABASE + "UPDATE users SET auth_source = 'test' WHERE id = -7")
        path = self.write(url)
        self.assertIn("whose population an upsert rewrote", " ".join(path.read_text().replace("--", "").split()))
        self.assertNotEqual(self.server.psql(path, "shop").returncode, 0)
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(133,)])

    def test_functions_that_set_no_sequence_from_rows_stay_as_they_are(self):
        url = self.database(shop.DATABASE + '''
CREATE SEQUENCE web_user_id_seq2;
CREATE FUNCTION other() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq2', 500); END $$;
CREATE FUNCTION block() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v bigint; BEGIN v := nextval('web_user_id_seq'); PERFORM setval('web_user_id_seq', v + 99); RETURN v; END $$;
CREATE FUNCTION decided() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq', 30000); END $$;
CREATE FUNCTION healed() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq', (SELECT -min(id) FROM users)); END $$;
CREATE FUNCTION mint_users_oauth() RETURNS int LANGUAGE sql AS 'SELECT 42';
''')
        bodies = "SELECT proname, prosrc FROM pg_proc WHERE proname IN ('other', 'block', 'decided', 'healed', 'mint_users_oauth') ORDER BY 1"
        before = self.sql(bodies)
        path = self.write(url)
        self.assertIn("DECIDE: public.healed() sets", path.read_text())
        self.psql(path)
        self.assertEqual(self.sql(bodies), before)

    def test_readers_and_writers_never_wait_longer_than_the_lock_timeout(self):
        url = self.database(NO_COLUMN + "INSERT INTO users SELECT g, repeat('x', 200) FROM generate_series(3001, 60000) g")
        path = self.write(url)
        longest, stop, errors = [0.0], threading.Event(), []

        def work(statement):
            connection = self.server.connect("shop")
            while not stop.is_set():
                started = time.monotonic()
                try:
                    connection.cursor().execute(statement)
                except Exception as error:  # noqa: BLE001: whatever it is, the test is to show it
                    errors.append(str(error))
                longest[0] = max(longest[0], time.monotonic() - started)
            connection.close()

        def read_slowly():
            connection = self.server.connect("shop")
            while not stop.is_set():
                connection.cursor().execute("SELECT count(*), pg_sleep(0.3) FROM (SELECT FROM users LIMIT 10) u")
            connection.close()

        threads = [threading.Thread(target=work, args=(statement,)) for statement in (
            "INSERT INTO users (id, name) VALUES (-nextval('web_user_id_seq'), 'new')",
            "UPDATE users SET name = 'y' WHERE id = 1 + (random() * 50000)::int",
            "SELECT count(*) FROM users WHERE id BETWEEN 1 AND 50")] + [threading.Thread(target=read_slowly)]
        for thread in threads:
            thread.start()
        try:
            self.psql(path)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(errors, [])
        self.assertLess(longest[0], 2.5)
        self.assert_clean(url)

    def test_a_lock_that_is_held_ends_it_and_what_is_missing_is_written_again(self):
        url = self.database(NO_COLUMN)
        other = self.server.connect("shop")
        other.autocommit = False
        other.cursor().execute("SELECT FROM users LIMIT 1")
        result = self.server.psql(self.write(url), "shop")
        self.assertIn("lock timeout", result.stderr)
        other.close()
        self.psql(self.write(url))
        self.assert_clean(url)

    def test_it_writes_nothing_and_overwrites_nothing(self):
        url = self.database(shop.DATABASE)
        before = self.sql("SELECT pg_current_wal_lsn() > '0/0', count(*) FROM pg_class")
        target = self.write(url)
        path = self.home.contract(shop.CONTRACT)
        again = self.home.run("contract", "sql", "--contract", path, "--on", url, "--out", target)
        self.assert_fails(again, 2, "exists already", "left as it is")
        self.assertEqual(self.sql("SELECT pg_current_wal_lsn() > '0/0', count(*) FROM pg_class"), before)

    def test_what_makes_no_sense_is_said(self):
        url = self.database(shop.DATABASE)
        path = self.home.contract(shop.CONTRACT.replace("tables.users", "tables.people"))
        self.assert_fails(self.home.run("contract", "sql", "--contract", path, "--on", url), 2, "people does not exist")
        path = self.home.contract(shop.CONTRACT.replace('id = "id"', 'id = "name"'))
        self.assert_fails(self.home.run("contract", "sql", "--contract", path, "--on", url), 2, "whole numbers")
        self.server.execute("DROP ROLE IF EXISTS nobody_here; CREATE ROLE nobody_here LOGIN")
        path = self.home.contract(shop.CONTRACT)
        outcome = self.home.run("contract", "sql", "--contract", path, "--on", self.server.url("shop", "nobody_here"))
        self.assert_fails(outcome, 3, "may not read", "nothing was changed")


class Version16Test(ContractSqlCase):
    major = 16

    def test_the_incident_s_own_database_is_clean_afterwards(self):
        self.bring_under_the_contract(shop.DATABASE + MINTER)


class Version18Test(ContractSqlCase):
    major = 18

    def test_the_incident_s_own_database_is_clean_afterwards(self):
        self.bring_under_the_contract(shop.DATABASE + MINTER)

    def test_a_missing_column_and_partitions(self):
        self.bring_under_the_contract(PARTITIONS)


if __name__ == "__main__":
    unittest.main()
