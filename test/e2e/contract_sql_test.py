"""contract sql: the migration it prints, run on real databases, with others at work in them meanwhile."""

import pathlib
import re
import sys
import threading
import tomllib
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
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn(f"{target} written", outcome.out)
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

    def take(self, path, choice):
        """Uncomments what stands below the choice, as a person would, and what the ids of single rows mean."""
        taken, armed = [], False
        for line in path.read_text().splitlines():
            if line.startswith("-- ") and not line.startswith("--   "):
                armed = line.startswith(f"-- {choice}) ") or armed and not re.match(r"-- [a-z]\) |-- \d+\. ", line)
            if line.startswith("--   ") and (armed or line.startswith("--   UPDATE ") and "…" not in line):
                line = line[len("--   "):]
            taken.append(line)
        path.write_text("\n".join(taken) + "\n")
        return path

    def clean_test_data(self, url, contract=shop.CONTRACT):
        outcome = self.home.run("testdata", "clean", "--contract", self.home.contract(contract), "--on", url, "--execute", "--outside-space", "1", major=self.major)
        self.assertEqual(outcome.exit, 0, str(outcome))

    def put_the_incident_right(self, choice):
        """The migration of the incident's database, with the decisions that a person takes."""
        url = self.database(shop.DATABASE + MINTER)
        result = self.server.psql(self.write(url), "shop")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("decide about the rows of test outside of 4503599627370496..", result.stderr)
        self.assertIn("-91111101", result.stdout)
        self.assertEqual(self.sql("SELECT count(*), max(last_value) FROM users, web_user_id_seq"), [(133, 91111111)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'c'"), [(0,)])
        self.clean_test_data(url)
        self.psql(self.take(self.write(url), choice))
        self.assert_clean(url)
        self.assertEqual(self.sql("SELECT count(*) FROM users"), [(130,)])
        return url

    def bring_under_the_contract(self, statements, contract=shop.CONTRACT, decided=False):
        """decided: a few rows say nothing; a person says it of each, and then of the column that it says something."""
        url = self.database(statements)
        path = self.write(url, contract)
        if decided:
            self.assertNotIn("SET NOT NULL", path.read_text())
            self.psql(self.take(path, "none"))
            path = self.write(url, contract)
        self.psql(path)
        self.assert_clean(url, contract)
        return url

    def refuses(self, statement, fragment):
        with self.assertRaises(Exception) as caught:
            self.sql(statement)
        self.assertIn(fragment, str(caught.exception))


class ContractSqlTest(ContractSqlCase):
    def test_the_incident_s_own_database_is_clean_afterwards_and_nobody_real_is_gone(self):
        url = self.put_the_incident_right("b")
        self.assertEqual(self.sql("SELECT sign_up('Ada')"), [(-21,)])
        self.assertEqual(self.sql("SELECT mint_users_oauth()"), [(-22,)])
        self.refuses("INSERT INTO users (id, auth_source) VALUES (-500, 'test')", "users_auth_source_ids")
        self.refuses("INSERT INTO users (id, auth_source) VALUES (500, 'nobody')", "users_auth_source_ids")
        # What carried the sequence off now fails, and leaves it where it is.
        self.sql("INSERT INTO users (id, auth_source) VALUES (-23, 'oauth')")
        self.refuses("SELECT sign_up('Grace')", "the id that public.web_user_id_seq gave is taken")
        self.sql("INSERT INTO users (id, auth_source) VALUES (-24, 'oauth')")
        self.refuses("SELECT mint_users_oauth()", "which is taken")
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(24,)])
        self.assertEqual(self.home.run("testdata", "create", "--contract", self.home.contract(shop.CONTRACT), "--on", url).exit, 0)
        self.assertEqual(self.sql("SELECT id FROM users WHERE auth_source = 'test'"), [(4503599627370496,)])

    def test_its_test_sequence_is_one_that_testdata_draws_from_named_or_not(self):
        url = self.database(shop.SCHEMA)
        self.psql(self.write(url))
        notes = self.home.run("audit", "--contract", self.home.contract(shop.CONTRACT), "--on", url, "--format", "json").json["notes"]
        self.assertEqual([note for note in notes if "users_test_id_seq" in note], [])

    def test_the_gap_can_be_written_off_instead_and_nothing_moves(self):
        self.put_the_incident_right("a")
        self.assertEqual(self.sql("SELECT sign_up('Ada')"), [(-91111112,)])

    def test_without_a_decision_no_row_and_no_sequence_changes_and_the_file_deletes_nothing(self):
        url = self.database(shop.DATABASE + MINTER + "UPDATE users SET auth_source = 'test' WHERE id = 7")
        text = self.write(url).read_text()
        self.assertIn("-91111101, 7", text)
        self.assertNotRegex(text, r"(?im)^ *(DELETE|TRUNCATE|UPDATE|ALTER SEQUENCE)\b")
        before = self.sql("SELECT u, s.last_value FROM users u, web_user_id_seq s ORDER BY u.id")
        # Even by a psql that goes on after errors.
        self.server.psql(self.home.script("\\unset ON_ERROR_STOP\n" + text, "on.sql"), "shop")
        self.assertEqual(self.sql("SELECT u, s.last_value FROM users u, web_user_id_seq s ORDER BY u.id"), before)

    def test_its_rehearsal_finds_what_its_head_says_and_nothing_else(self):
        url = self.database(shop.DATABASE + MINTER)
        contract = ("--contract", self.home.contract(shop.CONTRACT))
        path = self.write(url)
        report = self.plan(path, *contract, source=url, expect=cli.BREAKS)
        self.assertEqual(case.rules_of(report), {"script-failed"})
        self.assertIn("script-failed, at the step", " ".join(path.read_text().replace("--", "").split()))
        self.clean_test_data(url)
        self.plan(self.write(url), *contract, source=url, expect=cli.KEEPS)

    def test_the_rehearsal_of_a_backfill_finds_what_its_head_says_and_nothing_else(self):
        url = self.database(shop.SCHEMA + "ALTER TABLE users ALTER auth_source DROP NOT NULL;"
                            "INSERT INTO users (id) SELECT g FROM generate_series(1, 2000) g")
        path = self.write(url)
        report = self.plan(path, "--contract", self.home.contract(shop.CONTRACT), source=url, expect=cli.BREAKS)
        self.assertIsNone(report["failure"], report["failure"])
        self.assertEqual(case.rules_of(report), {"population-rewritten", "over-budget"})
        self.assertIn("finds: population-rewritten", " ".join(path.read_text().replace("--", "").split()))

    def test_without_the_column_it_is_rehearsed_beside_an_empty_contract(self):
        url = self.database(NO_COLUMN)
        path = self.write(url)
        self.assertIn("--contract EMPTY.toml", path.read_text())
        self.plan(path, "--contract", self.home.contract(""), source=url, expect=cli.KEEPS)

    def test_a_missing_column_is_made_and_filled_and_the_application_goes_on(self):
        url = self.bring_under_the_contract(NO_COLUMN)
        self.assertEqual(self.sql("SELECT auth_source, count(*) FROM users GROUP BY 1 ORDER BY 1"), [("oauth", 20), ("telegram", 3000), ("test", 1)])
        self.sql("INSERT INTO users (id, name) VALUES (5000, 'x'), (-21, 'y')")
        self.assertEqual(self.sql("SELECT auth_source FROM users WHERE id IN (5000, -21) ORDER BY id"), [("oauth",), ("telegram",)])
        self.refuses("INSERT INTO users (id, name) VALUES (4503599627370999, 'x')", "null value")

    def test_partitions_nulls_and_two_levels(self):
        self.bring_under_the_contract(PARTITIONS, decided=True)
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source IS NULL"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname ~ 'auth_source_id_idx' AND indisvalid"), [(5,)])

    def test_a_contract_without_test_ids_gets_a_space_above_every_real_id(self):
        contract = shop.CONTRACT.replace('ids = "4503599627370496.."\n', "")
        url = self.database(shop.SCHEMA)
        text = self.write(url, contract).read_text()
        self.assertIn("MINVALUE 4503599627370496 MAXVALUE 9007199254740991 NO CYCLE", text)
        self.assertIn('ids = "4503599627370496..9007199254740991"', text)

    def test_a_sequence_of_an_open_space_ends_where_doubles_do_unless_rows_are_beyond(self):
        for number, (ids, row, bounds) in enumerate((
                ("4503599627370496..", None, "MINVALUE 4503599627370496 MAXVALUE 9007199254740991"), ("..-5", None, "MINVALUE -9007199254740991 MAXVALUE -5"),
                ("4503599627370496..", 9007199254740995, "MINVALUE 4503599627370496 NO MAXVALUE"), ("5000000000000000..6000000000000000", None, "MAXVALUE 6000000000000000"))):
            with self.subTest(ids=ids, row=row):
                url = self.database("CREATE TABLE users (id bigint PRIMARY KEY, kind text NOT NULL);" + (f"INSERT INTO users VALUES ({row}, 'test')" if row else ""), name=f"open{number}")
                contract = f'[tables.users]\nid = "id"\npopulation = "kind"\n[tables.users.populations.test]\ndisposable = true\nids = "{ids}"\n'
                self.assertIn(bounds + " NO CYCLE", self.write(url, contract).read_text())

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
""", decided=True)
        self.assertEqual(self.sql("""SELECT "Art"::text, count(*) FROM "Großes Haus"."Gäste" GROUP BY 1 ORDER BY 1"""), [("te'st", 1), ("telegram", 9)])
        self.assertEqual(self.sql("""SELECT "Großes Haus"."mint_Gäste_te'st"()"""), [(1000001,)])

    def test_real_rows_outside_of_their_space_stop_it_before_a_check_stands_and_are_named(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users (id, auth_source) VALUES (77, 'oauth'), (5, 'telegram')")
        path = self.write(url)
        self.assertIn("77", path.read_text())
        result = self.server.psql(path, "shop")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("decide about the rows of oauth outside of ..-1", result.stderr)
        self.sql("UPDATE users SET name = 'still works' WHERE id = 77")
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

    def test_a_test_row_that_became_one_meanwhile_stops_it_too(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users (id, auth_source) VALUES (-600, 'test')")
        path = self.write(url)
        self.sql("UPDATE users SET auth_source = 'oauth' WHERE id = -600; INSERT INTO users (id, auth_source) VALUES (8, 'test')")
        self.assertIn("decide about the rows of test", self.server.psql(path, "shop").stderr)

    def test_an_old_file_run_again_does_not_set_the_sequence_back_once_more(self):
        url = self.database(shop.DATABASE)
        text = self.take(self.write(url), "b").read_text()
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
        self.assertIn("it has been minting there", " ".join(path.read_text().replace("--", "").split()))
        audit = self.home.run("audit", "--contract", self.home.contract(shop.CONTRACT), "--on", url, "--format", "json")
        far, = [finding for finding in audit.json["findings"] if finding["rule"] == "sequence-far-ahead"]
        self.assertEqual(far["severity"], "warning")
        self.psql(path)
        self.assertEqual(self.sql("SELECT last_value FROM web_user_id_seq"), [(20000500,)])
        self.psql(self.take(self.write(url), "a"))
        self.assert_clean(url)
        self.assertEqual(self.sql("SELECT nextval('web_user_id_seq')"), [(20000501,)])

    def test_only_functions_that_heal_a_conflict_from_rows_are_replaced(self):
        url = self.database(shop.SCHEMA + MINTER + """
CREATE SEQUENCE web_user_id_seq2;
CREATE FUNCTION other_seq() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq2', 500); END $$;
CREATE FUNCTION reserve_block() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v bigint; BEGIN v := nextval('web_user_id_seq'); PERFORM setval('web_user_id_seq', v + 99); RETURN v; END $$;
CREATE FUNCTION decided() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('public.web_user_id_seq', 30000); END $$;
CREATE FUNCTION nightly() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq', (SELECT max(-id) FROM users)); END $$;
CREATE FUNCTION any_error() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth');
EXCEPTION WHEN others THEN PERFORM setval('web_user_id_seq', (SELECT max(-id) FROM users)); END $$;""")
        names = "('other_seq', 'reserve_block', 'decided', 'nightly', 'any_error')"
        before = self.sql(f"SELECT proname, prosrc FROM pg_proc WHERE proname IN {names} ORDER BY 1")
        path = self.write(url)
        self.psql(path)
        text = path.read_text()
        self.assertEqual(self.sql(f"SELECT proname, prosrc FROM pg_proc WHERE proname IN {names} ORDER BY 1"), before)
        self.assertIn("RAISE unique_violation", self.sql("SELECT prosrc FROM pg_proc WHERE proname = 'sign_up'")[0][0])
        self.assertNotIn("other_seq", text)
        for name in ("nightly", "any_error"):
            self.assertRegex(text, rf"-- \d+\. public\.{name}\(\) sets public.web_user_id_seq\n-- DECIDE: ")
        self.assertIn("--   CREATE OR REPLACE FUNCTION public.nightly()", text)
        self.assertIn("Left as they are", text)

    def test_what_bears_its_names_and_is_somebody_else_s_is_never_replaced(self):
        url = self.database(shop.SCHEMA + "CREATE FUNCTION mint_users_oauth() RETURNS bigint LANGUAGE sql AS 'SELECT 42::bigint'")
        path = self.write(url)
        self.assertIn("DECIDE: a function public.mint_users_oauth() is there already", " ".join(path.read_text().replace("--", "").split()))
        self.psql(path)
        self.assertEqual(self.sql("SELECT mint_users_oauth()"), [(42,)])
        kept = next(line[5:] for line in path.read_text().splitlines() if "kept instead" in line)
        self.sql(kept)
        self.assert_clean(url)

    def test_a_name_that_it_has_to_give_and_somebody_else_bears_is_refused(self):
        url = self.database(NO_COLUMN)
        for mine, words, away in (
                ("CREATE FUNCTION users_auth_source_fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                 "users_auth_source_fill()", "DROP FUNCTION users_auth_source_fill()"),
                ("CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER users_auth_source_fill BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION mine()",
                 "trigger users_auth_source_fill", "DROP TRIGGER users_auth_source_fill ON users"),
                ("ALTER TABLE users ADD auth_source text, ADD CONSTRAINT users_auth_source_ids CHECK (auth_source <> 'x')",
                 "constraint users_auth_source_ids", "SELECT 1")):
            with self.subTest(words):
                self.sql(mine)
                outcome = self.home.run("contract", "sql", "--contract", self.home.contract(shop.CONTRACT), "--on", url)
                self.assert_fails(outcome, 1, words, "pgrehearse did not make it", "nothing was written", "RENAME")
                self.sql(away)

    def test_rows_whose_ids_fit_no_population_are_told_beforehand_and_nothing_breaks_them(self):
        url = self.database(NO_COLUMN + "INSERT INTO users VALUES (0, 'nobody')")
        path = self.write(url)
        self.assertIn("--   UPDATE public.users SET auth_source = '…' WHERE id = 0;", path.read_text())
        self.psql(path)
        self.sql("UPDATE users SET name = 'still works' WHERE id = 0")
        path = self.write(url)
        path.write_text(path.read_text().replace("--   UPDATE public.users SET auth_source = '…' WHERE id = 0;", "DELETE FROM users WHERE name = 'still works';"))
        self.psql(path)
        self.psql(self.write(url))
        self.assert_clean(url)

    def test_a_long_transaction_on_a_row_does_not_end_the_backfill(self):
        url = self.database(NO_COLUMN)
        path = self.write(url)
        other = self.server.connect("shop")
        other.autocommit = False
        timer = threading.Timer(4, lambda: (other.rollback(), other.close()))
        text = path.read_text()
        start = text.index("SET statement_timeout = '0';\nDO $backfill$")
        self.psql(self.home.script(text[:start], "before.sql"))
        other.cursor().execute("UPDATE users SET name = 'held' WHERE id = 77")
        timer.start()
        self.psql(self.home.script("SET lock_timeout = '2s';\n" + text[start:], "after.sql"))
        timer.join()
        self.assert_clean(url)

    def test_a_population_whose_name_holds_a_quote_s_tag_is_text(self):
        contract = shop.CONTRACT.replace("populations.oauth]", 'populations."a$fill$ $backfill$ $mint$"]')
        url = self.database(NO_COLUMN)
        self.psql(self.write(url, contract))
        self.assert_clean(url, contract)

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

    def test_a_table_that_is_locked_is_named(self):
        url = self.database(shop.DATABASE)
        other = self.server.connect("shop")
        self.addCleanup(other.close)
        other.autocommit = False
        other.cursor().execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        outcome = self.home.run("contract", "sql", "--contract", self.home.contract(shop.CONTRACT), "--on", url)
        self.assert_fails(outcome, cli.FAILED, "public.users cannot be read: another session holds a lock on it", "nothing was changed")

    def test_it_writes_nothing_and_overwrites_nothing(self):
        url = self.database(shop.DATABASE)
        before = self.sql("SELECT pg_current_wal_lsn() > '0/0', count(*) FROM pg_class")
        target = self.write(url)
        path = self.home.contract(shop.CONTRACT)
        again = self.home.run("contract", "sql", "--contract", path, "--on", url, "--out", target)
        self.assert_fails(again, 2, "exists already", "left as it is")
        self.assertEqual(self.sql("SELECT pg_current_wal_lsn() > '0/0', count(*) FROM pg_class"), before)

    def test_what_the_contract_should_say_is_written_as_it_has_to_stand_there(self):
        url = self.database('CREATE SCHEMA "Großes Haus"; CREATE TABLE "Großes Haus".users (id bigint PRIMARY KEY, kind text);')
        contract = """[tables.'"Großes Haus".users']
id = "id"
population = "kind"
[tables.'"Großes Haus".users'.populations.'te.st']
disposable = true
"""
        said = self.said(self.write(url, contract))
        self.assertEqual(tomllib.loads(said)["tables"]['"Großes Haus".users']["populations"]["te.st"],
                         {"ids": "4503599627370496..9007199254740991", "minted_by": '"Großes Haus"."users_te.st_id_seq"'}, said)

    def said(self, path):
        """What the migration says that the contract should."""
        return "".join(line[5:].partition("   (")[0] + "\n" for line in path.read_text().splitlines()
                       if line.startswith(("--   [tables", "--   ids", "--   minted_by")))

    def test_a_contract_that_says_it_is_taken_wherever_the_table_is(self):
        self.database('CREATE SCHEMA app; CREATE TABLE app.users (id bigint PRIMARY KEY, kind text); CREATE TABLE app."Users" (id bigint PRIMARY KEY, kind text);'
                      "CREATE TABLE users (id bigint PRIMARY KEY, kind text);")
        for table, path, sequence in (("app.users", "public", "app.users_test_id_seq"), ('app."Users"', "public", 'app."Users_test_id_seq"'),
                                      ("users", "public", "users_test_id_seq"), ("users", "app", "users_test_id_seq"),
                                      ("app.users", "public, app", "app.users_test_id_seq")):
            with self.subTest(table=table, path=path):
                url = self.server.url("shop") + f"&options=-csearch_path%3D{path.replace(', ', '%2C')}"
                contract = f"""[tables.'{table}']
id = "id"
population = "kind"
[tables.'{table}'.populations.test]
ids = "4503599627370496.."
disposable = true
"""
                migration = self.write(url, contract)
                said = self.said(migration)
                self.assertEqual(tomllib.loads(said)["tables"][table]["populations"]["test"], {"minted_by": sequence})
                contract += said.partition("\n")[2]
                self.psql(migration)
                self.assert_clean(url, contract)
                self.sql(f"DROP SEQUENCE {sequence if '.' in sequence else path + '.' + sequence} CASCADE")

    def test_what_the_audit_needs_is_enough(self):
        self.server.execute("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
        self.database(shop.DATABASE + MINTER + "CREATE SEQUENCE users_test_id_seq; GRANT SELECT (id, auth_source) ON users TO reader; GRANT SELECT ON web_user_id_seq TO reader;")
        self.assertIn("sequence-back", self.write(self.server.url("shop", "reader")).read_text())

    def test_what_makes_no_sense_is_said(self):
        url = self.database(shop.DATABASE)
        self.assert_fails(self.home.run("contract", "sql", "--contract", self.home.contract("[budget]\nrows = 1\n"), "--on", url), 2, "names no table")
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
        self.put_the_incident_right("b")


class Version18Test(ContractSqlCase):
    major = 18

    def test_the_incident_s_own_database_is_clean_afterwards(self):
        self.put_the_incident_right("b")

    def test_a_missing_column(self):
        self.bring_under_the_contract(NO_COLUMN)

    def test_partitions(self):
        self.bring_under_the_contract(PARTITIONS, decided=True)


if __name__ == "__main__":
    unittest.main()
