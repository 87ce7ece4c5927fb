"""audit: what it finds in a live database, that it changes nothing there, and what it says where it cannot look."""

import pathlib
import sys
import threading
import time
import unittest
import xml.etree.ElementTree

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, server, shop  # noqa: E402

# What keeps the contract: the people of the shop before anybody made test users by hand, and the database on guard.
GUARDED = """
ALTER TABLE users ADD CONSTRAINT users_population CHECK (
  CASE auth_source WHEN 'telegram' THEN id BETWEEN 1 AND 4503599627370495 WHEN 'oauth' THEN id <= -1
                   WHEN 'test' THEN id >= 4503599627370496 ELSE false END);
CREATE INDEX ON users (auth_source, id);
"""
USERS_ALONE = shop.SCHEMA[:shop.SCHEMA.index("CREATE TABLE subscriptions")]
HEALTHY_ROWS = """
INSERT INTO users (id, auth_source) SELECT g, 'telegram' FROM generate_series(1, 100) g;
INSERT INTO users (id, auth_source) SELECT -nextval('web_user_id_seq'), 'oauth' FROM generate_series(1, 20) g;
INSERT INTO users (id, auth_source) VALUES (4503599627370496, 'test');
"""


class AuditTest(case.Case):
    settings = {"shared_preload_libraries": "pg_stat_statements"}

    def audit(self, url, contract=shop.CONTRACT, expect=None, options=(), **more):
        path = self.home.contract(contract)
        outcome = self.home.run("audit", "--contract", path, "--on", url, "--format", "json", *options, **more)
        if expect is not None:
            self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome

    def findings(self, url, contract=shop.CONTRACT, notes=False, **more):
        """{rule: finding}, of findings that matter; the exit status fits them."""
        outcome = self.audit(url, contract, **more)
        self.assertIn(outcome.exit, (0, 1), str(outcome))
        found = [finding for finding in outcome.json["findings"] if notes or finding["severity"] != "note"]
        self.assertEqual(outcome.exit, 1 if [f for f in found if f["severity"] != "note"] else 0, str(outcome))
        return {finding["rule"]: finding for finding in found}

    def test_a_database_on_guard_whose_rows_are_where_they_belong_is_clean(self):
        outcome = self.audit(self.database(shop.SCHEMA + HEALTHY_ROWS + GUARDED), expect=0)
        self.assertTrue(outcome.json["clean"])
        self.assertEqual({f["rule"] for f in outcome.json["findings"]}, {"foreign-key-cascades"})

    def test_the_incident_is_found_with_its_signature(self):
        found = self.findings(self.database(shop.DATABASE))
        self.assertEqual(set(found), {"outside-id-space", "id-spaces-overlap", "sequence-far-ahead",
                                      "population-index-missing", "population-check-missing"})
        self.assertEqual(found["outside-id-space"]["rows"], 1)
        self.assertIn("-91111101", found["outside-id-space"]["message"])
        self.assertIn("is a real person whose auth_source an upsert rewrote", found["outside-id-space"]["advice"])
        self.assertEqual(found["sequence-far-ahead"]["table"], "public.web_user_id_seq")
        self.assertIn("91,111,112", found["sequence-far-ahead"]["message"])
        self.assertEqual(found["sequence-far-ahead"]["rows"], 30)

    def test_the_test_user_that_the_next_sign_up_meets_is_found_on_the_first_day(self):
        url = self.database(shop.SCHEMA + HEALTHY_ROWS + "INSERT INTO users VALUES (-21, 'test')" + ";")
        found = self.findings(url)
        self.assertIn("sequence-near-population", found)
        self.assertIn("-21", found["sequence-near-population"]["message"])

    def test_rows_without_and_with_unknown_populations_are_found(self):
        rows = "ALTER TABLE users ALTER auth_source DROP NOT NULL; INSERT INTO users VALUES (500, 'tset'), (501, NULL), (502, NULL);"
        for guard in ("", "CREATE INDEX ON users (auth_source);"):
            with self.subTest(guard=guard):
                found = self.findings(self.database(shop.SCHEMA + HEALTHY_ROWS + rows + guard, name=f"null{len(guard)}"))
                self.assertEqual(found["null-population"]["rows"], 2)
                self.assertEqual(found["unknown-population"]["rows"], 1)
                self.assertIn("tset", found["unknown-population"]["message"])
                self.assertIn("population-nullable", found)

    def test_a_test_range_where_real_ids_are_is_found(self):
        contract = """[tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
[tables.users.populations.test]
ids = "1000000001..1999999999"
disposable = true
"""
        url = self.database(shop.SCHEMA + "INSERT INTO users SELECT g * 179424673::bigint % 8000000000, 'telegram' FROM generate_series(1, 1000) g")
        found = self.findings(url, contract)
        self.assertEqual(found["id-spaces-overlap"]["severity"], "error")
        self.assertGreater(found["id-spaces-overlap"]["rows"], 50)

    def test_a_test_range_in_a_declared_real_space_is_found_though_no_rows_lie_among_each_other(self):
        contract = shop.CONTRACT[:shop.CONTRACT.index("[tables.users.populations.oauth]")] + """[tables.users.populations.test]
ids = "1000000001..1999999999"
overlaps = "telegram"
disposable = true
"""
        url = self.database(USERS_ALONE + "INSERT INTO users SELECT 1500000000 + g, 'telegram' FROM generate_series(1, 50) g;"
                            "INSERT INTO users SELECT 1400000000 + g, 'test' FROM generate_series(1, 55) g;")
        for index in ("", "CREATE INDEX ON users (auth_source, id)"):
            self.server.execute(index or "SELECT", "shop")
            found = self.findings(url, contract)
            self.assertEqual((found["id-spaces-overlap"]["severity"], found["id-spaces-overlap"]["rows"]), ("error", 50))
            self.assertIn("50 rows of telegram lie there", found["id-spaces-overlap"]["message"])

    def test_the_ways_to_count_agree(self):
        """The same rows by an index on both columns, by one on the population, and by one pass."""
        wrong = "INSERT INTO users VALUES (-5000, 'test'), (-5001, 'test'), (-6000, 'oauth'), (9000000, 'oauth'), (0, 'telegram');"
        many = "INSERT INTO users SELECT 1000 + g, 'telegram' FROM generate_series(1, 60000) g;"
        reports, scanned = [], []
        for number, index in enumerate(("", "CREATE INDEX ON users (auth_source);", "CREATE INDEX ON users (auth_source, id);")):
            name = f"way{number}"
            url = self.database(USERS_ALONE + HEALTHY_ROWS + wrong + many + index + "ANALYZE", name=name)
            self.settle(name)
            self.server.execute("SELECT pg_stat_reset()", name)
            reports.append([f for f in self.audit(url).json["findings"] if f["rule"] in ("outside-id-space", "id-spaces-overlap")])
            scanned.append(self.scans(name))
        self.assertEqual(len(reports[0]), 4, reports[0])
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])
        self.assertEqual(scanned, [1, 0, 0], "the table is read whole once where no index serves, and else never")

    def settle(self, name):
        """Waits until every other session of the database is gone: on its way out it tells the server's statistics."""
        others = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
        for _ in range(500):
            if self.server.execute(others) == [(0,)]:
                return
            time.sleep(0.01)
        self.fail("somebody stays")

    def scans(self, name):
        """How often users was read whole."""
        self.settle(name)
        return self.server.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'users'", name)[0][0]

    def test_cascades_say_what_hangs_there_by_population(self):
        found = self.audit(self.database(shop.DATABASE), expect=1).json["findings"]
        cascades = {f["table"]: f for f in found if f["rule"] == "foreign-key-cascades"}
        self.assertEqual({name: f["rows"] for name, f in cascades.items()},
                         {"public.subscriptions": 11, "public.chat_sessions": 20, "public.web_messages": 80})
        self.assertIn("oauth 10, test 1", cascades["public.subscriptions"]["message"])
        self.assertIn("public.web_messages → public.chat_sessions → public.users", cascades["public.web_messages"]["message"])
        self.assertEqual({f["severity"] for f in cascades.values()}, {"note"})

    def test_a_hanging_table_that_is_locked_is_named_without_numbers(self):
        url = self.database(shop.DATABASE)
        self.hold("subscriptions")
        cascades = {f["table"]: f for f in self.audit(url, expect=1).json["findings"] if f["rule"] == "foreign-key-cascades"}
        self.assertIn("holds a lock", cascades["public.subscriptions"]["message"])
        self.assertIn("oauth 20", cascades["public.chat_sessions"]["message"])

    def test_the_terminal_has_one_table_of_what_cascades_and_one_advice(self):
        url = self.database(shop.DATABASE + "CREATE TABLE notes (user_id bigint REFERENCES users ON DELETE CASCADE);")
        outcome = self.home.run("audit", "--contract", self.home.contract(shop.CONTRACT), "--on", url)
        lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
        first = lines.index("rows of go with rows whose") + 2
        self.assertEqual(lines[first:lines.index("", first)], [
            "public.web_messages public.chat_sessions → public.users 80 oauth 80", "public.chat_sessions public.users 20 oauth 20",
            "public.subscriptions public.users 11 oauth 10, test 1", "public.notes public.users · none at present"])
        self.assertEqual(outcome.out.count("while deletions go by population"), 1, outcome.out)

    def test_a_key_that_leads_to_a_partition_and_one_that_leads_on_from_it_are_seen(self):
        url = self.database("""CREATE TABLE t (id bigint PRIMARY KEY, p text NOT NULL) PARTITION BY RANGE (id);
            CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (MINVALUE) TO (1000);
            CREATE TABLE hangs (id int PRIMARY KEY, t_id bigint REFERENCES t_low ON DELETE CASCADE) PARTITION BY LIST (id);
            CREATE TABLE hangs_1 PARTITION OF hangs FOR VALUES IN (1);
            CREATE TABLE "Further" (hang int REFERENCES hangs_1 ON DELETE CASCADE);
            INSERT INTO t VALUES (1, 'real'), (2, 'test'); INSERT INTO hangs VALUES (1, 2); INSERT INTO "Further" VALUES (1), (1);""")
        found = self.audit(url, self.CONTRACT % ("t", "id", "p", "t", "test", "t", "real"), expect=1).json["findings"]
        cascades = {f["table"]: f for f in found if f["rule"] == "foreign-key-cascades"}
        self.assertEqual({name: f["rows"] for name, f in cascades.items()}, {"public.hangs": 1, "public.Further": 2})
        self.assertIn("by public.Further → public.hangs → public.t (", cascades["public.Further"]["message"])
        self.assertIn("test 2", cascades["public.Further"]["message"])

    def test_what_the_contract_leaves_open_about_sequences_is_said(self):
        contract = shop.CONTRACT.replace('minted_by = "-web_user_id_seq"\n', "")
        outcome = self.audit(self.database(shop.DATABASE), contract)
        notes = "\n".join(outcome.json["notes"])
        self.assertIn("sequences for telegram, oauth, test of public.users: without minted_by", notes)
        self.assertIn("public.web_user_id_seq at 91,111,111", notes)
        self.assertNotIn("subscriptions_id_seq", notes)
        self.assertNotIn("web_user_id_seq at", "".join(self.audit(self.server.url("shop")).json["notes"]))

    # As pg_cron 1.4 makes it.
    CRON = """CREATE SCHEMA cron; CREATE SEQUENCE cron.jobid_seq;
        CREATE TABLE cron.job (jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'), schedule text NOT NULL, command text NOT NULL,
          nodename text NOT NULL DEFAULT 'localhost', nodeport int NOT NULL DEFAULT inet_server_port(), database text NOT NULL DEFAULT current_database(),
          username text NOT NULL DEFAULT current_user, active boolean NOT NULL DEFAULT true, jobname text);
        ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
        CREATE POLICY cron_job_policy ON cron.job USING (username = current_user);
        GRANT USAGE ON SCHEMA cron TO public; GRANT SELECT ON cron.job TO public;
        INSERT INTO cron.job (nodeport, schedule, command, database, jobname) VALUES
          (5432, '0 3 * * *', 'DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100', 'shop', 'nightly {0}'),
          (5432, '@daily', 'DELETE FROM users WHERE id < 0', 'elsewhere', NULL), (5432, '@daily', 'VACUUM users', 'shop', NULL);"""

    def test_jobs_of_pg_cron_are_judged(self):
        self.server.execute("DROP ROLE IF EXISTS auditor; CREATE ROLE auditor LOGIN")
        url = self.database(shop.DATABASE + self.CRON + "GRANT SELECT ON users, web_user_id_seq TO auditor;")
        found = [f for f in self.audit(url).json["findings"] if f["table"].startswith("cron.job")]
        self.assertEqual([(f["rule"], f["table"]) for f in found], [("identity-range-delete", "cron.job 1")])
        self.assertIn("cron.job 1 of pg_cron “nightly {0}” (0 3 * * *)", found[0]["message"])
        outcome = self.audit(self.server.url("shop", "auditor"))
        self.assertNotIn("cron.job 1", outcome.out)
        self.assertIn("jobs of other roles in cron.job: this one sees its own alone", outcome.json["notes"])

    def test_a_check_with_a_gap_and_one_that_is_not_validated_are_found(self):
        gap = "CHECK (auth_source <> 'test' OR id >= 4503599627370496)"
        url = self.database(shop.SCHEMA + HEALTHY_ROWS + f"ALTER TABLE users ADD {gap};")
        self.assertIn("gap", self.findings(url)["population-check-missing"]["message"])
        not_valid = GUARDED.replace("END)", "END) NOT VALID")
        url = self.database(shop.SCHEMA + HEALTHY_ROWS + not_valid, name="unvalidated")
        self.assertIn("VALIDATE", self.findings(url)["population-check-missing"]["advice"])

    def test_a_check_that_calls_a_function_is_not_run(self):
        trap = """CREATE FUNCTION trap(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
                  $$ BEGIN IF current_setting('application_name') = 'pgrehearse audit' THEN RAISE EXCEPTION 'trapped'; END IF; RETURN true; END $$;
                  ALTER TABLE users ADD CHECK (trap(auth_source));"""
        self.assertIn("population-check-missing", self.findings(self.database(shop.SCHEMA + HEALTHY_ROWS + trap)))

    CONTRACT = """[tables.'%s']
id = '%s'
population = '%s'
[tables.'%s'.populations.%s]
disposable = true
ids = "1000.."
[tables.'%s'.populations.%s]
ids = "1..999"
"""

    def check(self, statements, table, column, test, real, id_column="id"):
        contract = self.CONTRACT % (table, id_column, column, table, test, table, real)
        found = self.findings(self.database(statements, name=f"kind{len(statements)}"), contract)
        self.assertEqual(found["outside-id-space"]["rows"], 1, found)
        return found

    def test_populations_may_be_enums_booleans_and_numbers(self):
        for index in ("", "CREATE INDEX ON t (p);"):
            with self.subTest(index=index):
                self.check("CREATE TYPE source AS ENUM ('real', 'test'); CREATE TABLE t (id int PRIMARY KEY, p source);"
                           "INSERT INTO t VALUES (1, 'real'), (2, 'test'), (1001, 'test');" + index, "t", "p", "test", "real")
                self.check("CREATE TABLE t (id smallint PRIMARY KEY, p boolean); INSERT INTO t VALUES (1, false), (2, true), (1001, true);" + index,
                           "t", "p", "true", "false")
                self.check("CREATE TABLE t (id numeric PRIMARY KEY, p int); INSERT INTO t VALUES (1, 7), (2, 8), (1e30, 8);" + index, "t", "p", "8", "7")

    def test_bytes_that_are_no_utf8_are_shown_as_such(self):
        self.server.execute("CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        self.addCleanup(self.server.drop_database, "bytes")
        self.server.execute(USERS_ALONE + r"INSERT INTO users VALUES (1, convert_from('\xe4'::bytea, 'SQL_ASCII'))", "bytes")
        for index in ("", "CREATE INDEX ON users (auth_source); INSERT INTO users SELECT g, 'telegram' FROM generate_series(2, 30000) g; ANALYZE"):
            self.server.execute(index or "SELECT", "bytes")
            self.assertIn("\ufffd", self.findings(self.server.url("bytes"))["unknown-population"]["message"])

    def test_a_domain_is_seen_through_and_its_check_not_run(self):
        found = self.check("""CREATE FUNCTION trap(text) RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN IF current_setting('application_name') = 'pgrehearse audit' THEN RAISE EXCEPTION 'trapped'; END IF; RETURN true; END $$;
            CREATE DOMAIN place AS varchar(9) CHECK (trap(VALUE)); CREATE DOMAIN nr AS bigint CHECK (VALUE > 0);
            CREATE TABLE t (id nr PRIMARY KEY, p place NOT NULL CHECK (p <> 'x')); INSERT INTO t VALUES (1, 'real'), (2, 'test'), (1001, 'test')""",
                           "t", "p", "test", "real")
        self.assertIn("population-check-missing", found)

    def test_ids_beyond_the_digits_of_a_double_are_told_apart(self):
        url = self.database(shop.SCHEMA + "SELECT setval('web_user_id_seq', 9007199254740995); ALTER SEQUENCE web_user_id_seq START WITH 9007199254740996;"
                            "INSERT INTO users VALUES (-9007199254740997, 'test');")
        self.assertIn("id -9007199254740997 is a row of test: after 1 more draw", self.findings(url)["sequence-near-population"]["message"])

    def test_a_sequence_that_several_populations_share_is_one(self):
        contract = """[tables.t]
id = "id"
population = "p"
[tables.t.populations.web]
minted_by = "t_id_seq"
overlaps = ["shop"]
[tables.t.populations.shop]
minted_by = "t_id_seq"
"""
        url = self.database("CREATE TABLE t (id bigserial PRIMARY KEY, p text NOT NULL); CREATE INDEX ON t (p);"
                            "INSERT INTO t (p) SELECT CASE WHEN g % 100 = 0 THEN 'shop' ELSE 'web' END FROM generate_series(1, 30000) g;")
        self.assertEqual(self.findings(url, contract), {})
        self.server.execute("SELECT setval('t_id_seq', 900000)", "shop")
        found = self.findings(url, contract)
        self.assertEqual(set(found), {"sequence-far-ahead"})
        self.assertIn("START WITH 900001", found["sequence-far-ahead"]["advice"])
        self.server.execute("ALTER SEQUENCE t_id_seq START WITH 900001", "shop")
        self.assertEqual(self.findings(url, contract), {}, "the gap is written off")

    def test_partitioned_tables_are_read_through_their_root(self):
        found = self.check("""CREATE TABLE t (id bigint, p text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
            CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (MINVALUE) TO (1000);
            CREATE TABLE t_high PARTITION OF t FOR VALUES FROM (1000) TO (MAXVALUE);
            CREATE INDEX ON t (p, id);
            INSERT INTO t VALUES (1, 'real'), (2, 'test'), (1001, 'test');
            CREATE TABLE hangs (id int, t_id bigint REFERENCES t ON DELETE CASCADE); INSERT INTO hangs VALUES (1, 2);""", "t", "p", "test", "real")
        self.assertNotIn("population-index-missing", found)

    def test_an_advice_about_an_index_is_one_that_the_server_takes(self):
        contract = self.CONTRACT % ("t", "id", "p", "t", "test", "t", "real")
        url = self.database("CREATE TABLE t (id bigint PRIMARY KEY, p text NOT NULL)")
        self.server.execute(self.findings(url, contract)["population-index-missing"]["advice"], "shop")
        self.assertNotIn("population-index-missing", self.findings(url, contract))
        url = self.database("CREATE TABLE t (id bigint PRIMARY KEY, p text NOT NULL) PARTITION BY RANGE (id);"
                            "CREATE TABLE t_all PARTITION OF t FOR VALUES FROM (MINVALUE) TO (MAXVALUE);", name="parts")
        self.assertIn("contract sql", self.findings(url, contract)["population-index-missing"]["advice"])

    def test_names_that_need_quotes(self):
        statements = """CREATE SCHEMA "Großes Haus"; CREATE TABLE "Großes Haus"."Gä""ste" ("Nr" int PRIMARY KEY, "Art; DROP" text);
            INSERT INTO "Großes Haus"."Gä""ste" VALUES (1, 'echt'), (2, 'test');"""
        found = self.check(statements, '"Großes Haus"."Gä""ste"', "Art; DROP", "test", "echt", "Nr")
        self.assertEqual(found["outside-id-space"]["table"], 'Großes Haus.Gä"ste')

    def test_select_is_enough_and_nothing_is_written(self):
        self.server.execute("DROP ROLE IF EXISTS auditor; CREATE ROLE auditor LOGIN; ALTER ROLE auditor SET default_transaction_read_only = on")
        url = self.database(shop.DATABASE + "GRANT SELECT ON users, web_user_id_seq TO auditor;")
        writes = ("SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_all_tables WHERE relid >= 16384",
                  "SELECT last_value, is_called FROM web_user_id_seq", "SELECT pg_current_xact_id_if_assigned() IS NULL",
                  "SELECT count(*) FROM users")
        state = lambda: [self.server.execute(query, "shop") for query in writes]  # noqa: E731
        next_xid = "SELECT (pg_control_checkpoint()).next_xid"
        self.settle("shop")
        before = state()
        self.server.execute("CHECKPOINT")
        xid = self.server.execute(next_xid)
        outcome = self.audit(self.server.url("shop", "auditor"), expect=1)
        self.assertIn("outside-id-space", outcome.out)
        self.settle("shop")
        self.server.execute("CHECKPOINT")
        self.assertEqual(self.server.execute(next_xid), xid, "a transaction id was taken: something was written")
        self.assertEqual(state(), before)
        hidden = [f for f in outcome.json["findings"] if f["rule"] == "foreign-key-cascades"]
        self.assertEqual(len(hidden), 3)
        self.assertIn("may not read", hidden[0]["message"])

    def test_a_missing_privilege_names_table_and_grant(self):
        self.server.execute("DROP ROLE IF EXISTS nobody_yet; CREATE ROLE nobody_yet LOGIN")
        self.database(shop.DATABASE)
        outcome = self.audit(self.server.url("shop", "nobody_yet"), expect=cli.FAILED)
        self.assert_fails(outcome, cli.FAILED, "permission denied", "GRANT SELECT (id, auth_source) ON public.users TO nobody_yet",
                          "GRANT SELECT ON SEQUENCE public.web_user_id_seq")

    def test_a_name_that_would_steer_a_terminal_does_not(self):
        self.server.execute("DROP ROLE IF EXISTS nobody_yet; CREATE ROLE nobody_yet LOGIN")
        self.database('CREATE TABLE "\033[2Jx" (id int PRIMARY KEY, kind text)')
        contract = 'tables."\\"\\u001b[2Jx\\""'
        contract = f'[{contract}]\nid = "id"\npopulation = "kind"\n[{contract}.populations.a]\n'
        outcome = self.audit(self.server.url("shop", "nobody_yet"), contract)
        self.assert_fails(outcome, cli.FAILED, "GRANT SELECT", "[2Jx")
        self.assertNotIn("\033", outcome.err)

    def test_rows_that_row_level_security_hides_are_not_passed_over(self):
        self.server.execute("DROP ROLE IF EXISTS half; CREATE ROLE half LOGIN")
        self.database(shop.DATABASE + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO half; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO half;"
                      "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY real_ones ON users USING (id > 0);")
        self.assert_fails(self.audit(self.server.url("shop", "half")), cli.FAILED, "row-level security", "public.users", "half")

    def test_what_disagrees_is_named_with_its_line(self):
        url = self.database(shop.DATABASE + "CREATE VIEW people AS SELECT * FROM users; CREATE TABLE words (id text, kind text);"
                            'CREATE SCHEMA app; CREATE TABLE app.orders (id int, kind text); CREATE TABLE app."Notes" (id int, kind text); CREATE TABLE "Logs" (id int, kind text);'
                            "CREATE TYPE mood AS ENUM ('real'); CREATE TABLE moods (id int, kind mood);")
        table = lambda name, column="kind", row="id": f"[tables.{name}]\nid = \"{row}\"\npopulation = \"{column}\"\n[tables.{name}.populations.test]\n"  # noqa: E731
        for contract, *fragments in (
                (table("nowhere"), "pgrehearse.toml:1:", "nowhere", "does not exist"),
                (table("people"), "pgrehearse.toml:1:", "a view"),
                (table("users"), "pgrehearse.toml:3:", "no column kind"),
                (table("users", "auth_source", "nr"), "pgrehearse.toml:2:", "no column nr"),
                (table("words"), "pgrehearse.toml:2:", "of type text"),
                (table("orders"), "pgrehearse.toml:1:", "search path", "app.orders"),
                (table("'app.Notes'"), "pgrehearse.toml:1:", "app.Notes does not exist", "write [tables.'app.\"Notes\"']"),
                (table("Logs"), "pgrehearse.toml:1:", "Logs does not exist", "write [tables.'\"Logs\"']"),
                (table("moods"), "pgrehearse.toml:4:", "mood", "test"),
                (shop.CONTRACT.replace("-web_user_id_seq", "-users"), "is", "not a sequence"),
                ("[budget]\nrows = 3\n", "names no table"),
        ):
            with self.subTest(contract=contract):
                self.assert_fails(self.audit(url, contract), cli.USAGE, *fragments)

    def test_a_column_that_is_no_population_is_refused(self):
        url = self.database(shop.SCHEMA + "INSERT INTO users SELECT g, 'p' || g FROM generate_series(1, 3000) g;")
        for index in ("", "CREATE INDEX ON users (auth_source);"):
            self.server.execute(index or "SELECT", "shop")
            self.assert_fails(self.audit(url), cli.USAGE, "no population")

    def test_without_a_contract_or_a_server_it_says_so(self):
        outcome = self.home.run("audit", "--on", "postgresql://x@127.0.0.1:1/db?connect_timeout=3")
        self.assert_fails(outcome, cli.USAGE, "needs a contract", "init")
        self.assert_fails(self.audit("postgresql://x@127.0.0.1:1/db?connect_timeout=3"), cli.FAILED, "127.0.0.1")
        self.assert_fails(self.audit(self.server.url("no_such_db")), cli.FAILED, "no_such_db")

    def hold(self, table="users"):
        """Somebody's migration."""
        holder = self.server.connect("shop")
        self.addCleanup(holder.close)
        holder.autocommit = False
        holder.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    def test_functions_that_hold_what_lint_bans_are_found_with_the_triggers_that_call_them(self):
        url = self.database(USERS_ALONE + HEALTHY_ROWS + GUARDED + """
            CREATE FUNCTION heal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              PERFORM setval('web_user_id_seq', (SELECT -min(id) FROM users));
              RETURN NEW; END $$;
            CREATE TRIGGER healing AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION heal();
            CREATE PROCEDURE clean_up() LANGUAGE sql AS $$ DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100 $$;
            CREATE FUNCTION harmless() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM users WHERE id BETWEEN 1 AND 9 $$;
            CREATE FUNCTION odd() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; DELETE FROM users WHERE auth_source = 'test'; END $$;""")
        found = self.findings(url)
        self.assertEqual({rule: f["table"] for rule, f in found.items()},
                         {"sequence-follows-data": "public.heal()", "identity-range-delete": "public.clean_up()"})
        self.assertIn("trigger healing of public.users", found["sequence-follows-data"]["message"])

    def test_a_function_is_judged_by_the_tables_that_its_names_mean(self):
        function = "CREATE FUNCTION {}() RETURNS void LANGUAGE sql {} AS $$ {} $$;".format
        below = "DELETE FROM users WHERE id < 0"
        url = self.database(USERS_ALONE + HEALTHY_ROWS + GUARDED + """
            CREATE SCHEMA s2; CREATE TABLE s2.users (id bigint PRIMARY KEY, kind text); CREATE TABLE s2.orders (id bigint, user_id bigint);
            CREATE VIEW people AS SELECT id AS nr, auth_source AS kind FROM users; CREATE VIEW s2.late AS SELECT nr FROM people WHERE nr < -1000;
            CREATE VIEW test_people AS SELECT * FROM users WHERE auth_source = 'test';
            CREATE VIEW orders AS SELECT id, user_id FROM s2.orders WHERE user_id IN (SELECT id FROM users);"""
            + function("s2.other", "SET search_path = s2", below) + function("s2.first", 'SET search_path = "$user", s2, public', below)
            + function("s2.ours", "SET search_path = public, s2", below) + function("anybodys", "", below) + function("named", "", "DELETE FROM s2.users WHERE id < 0")
            + function("by_view", "", "DELETE FROM people WHERE nr < 0") + function("by_two", "", "UPDATE s2.late SET nr = nr WHERE nr < 0")
            + function("by_attribute", "", "DELETE FROM people WHERE kind = 'test'; DELETE FROM test_people") + function("hangs", "", "DELETE FROM orders WHERE id < 0"))
        found = {f["table"] for f in self.audit(url, expect=1).json["findings"] if f["rule"] == "identity-range-delete"}
        self.assertEqual(found, {"s2.ours()", "public.anybodys()", "public.by_view()", "public.by_two()"})
        self.assertEqual([f for f in self.audit(url).json["findings"] if f["table"] in ("public.by_attribute()", "public.named()", "public.hangs()")], [])

    def test_upserts_and_range_deletes_that_ran_are_found_where_the_server_remembers_them(self):
        url = self.database(USERS_ALONE + HEALTHY_ROWS + GUARDED + "CREATE EXTENSION pg_stat_statements;")
        self.server.execute("SELECT pg_stat_statements_reset()", "shop")
        # What only defines code ran nothing of it.
        self.server.execute("CREATE FUNCTION gone() RETURNS void LANGUAGE sql AS $$ DELETE FROM users WHERE id BETWEEN 1 AND 2 $$", "shop")
        self.server.execute("DROP FUNCTION gone()", "shop")
        for statement in ("DELETE FROM users WHERE id BETWEEN 50 AND 60", "DELETE FROM users WHERE auth_source = 'test'",
                          "INSERT INTO users (id, auth_source) VALUES (1, 'telegram') ON CONFLICT (id) DO UPDATE SET plan = 'pro'",
                          "DELETE FROM users WHERE id = 61 AND auth_source = 'test'", "SELECT count(*) FROM users WHERE id > 5"):
            self.server.execute(statement, "shop")
        found = self.findings(url)
        self.assertEqual({rule: (f["table"], f["rows"]) for rule, f in found.items()},
                         {"identity-range-delete": ("public.users", 11), "identity-upsert": ("public.users", 1)})
        self.assertIn("ran 1 time", found["identity-range-delete"]["message"])
        self.server.execute("DROP ROLE IF EXISTS auditor; CREATE ROLE auditor LOGIN")
        self.server.execute("GRANT SELECT ON users, web_user_id_seq TO auditor", "shop")
        blind = self.audit(self.server.url("shop", "auditor"), expect=0)
        self.assertIn("pg_read_all_stats", " ".join(blind.json["notes"]))
        self.server.execute("REVOKE ALL ON pg_stat_statements FROM public", "shop")
        blind = self.audit(self.server.url("shop", "auditor"), expect=0)
        self.assertIn("permission denied", " ".join(blind.json["notes"]))
        self.server.execute("SELECT pg_stat_statements_reset()", "shop")
        self.assertEqual(self.findings(url), {})

    def test_other_programs_get_their_formats(self):
        url = self.database(shop.DATABASE)
        self.home.contract(shop.CONTRACT)
        formats = {name: self.home.run("audit", "--on", url, "--format", name) for name in ("sarif", "github", "junit", "text")}
        self.assertEqual({outcome.exit for outcome in formats.values()}, {1})
        result = formats["sarif"].json["runs"][0]["results"][0]
        self.assertEqual(result["ruleId"], "outside-id-space")
        rules = {rule["id"]: rule["help"]["text"] for rule in formats["sarif"].json["runs"][0]["tool"]["driver"]["rules"]}
        self.assertEqual([text for text in rules.values() if "auth_source" in text or "users" in text], [])
        self.assertIn("look at each", rules["outside-id-space"])
        self.assertEqual(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "public.users")
        self.assertEqual(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "pgrehearse.toml")
        line = shop.CONTRACT[:shop.CONTRACT.index("[tables.users.populations.oauth]")].count("\n") + 1
        self.assertIn(f"::error file=pgrehearse.toml,line={line},col=1,title=pgrehearse sequence-far-ahead::", formats["github"].out)
        failed = xml.etree.ElementTree.fromstring(formats["junit"].out).findall(".//failure")
        self.assertEqual(len(failed), 5)
        self.assertIn("DOES NOT KEEP ITS CONTRACT", formats["text"].out)

    def test_a_locked_table_is_not_waited_for(self):
        url = self.database(shop.DATABASE)
        self.hold()
        begin = time.monotonic()
        self.assert_fails(self.audit(url), cli.FAILED, "lock", "public.users")
        self.assertLess(time.monotonic() - begin, 8)

    def test_a_statement_that_takes_too_long_is_cancelled_and_named(self):
        url = self.database(shop.DATABASE)
        self.hold()
        self.assert_fails(self.audit(url, options=["--timeout", "1s"]), cli.FAILED, "public.users", "statement_timeout", "--timeout 5m")

    def test_a_server_that_goes_away_midway_is_said_to(self):
        url = self.database(shop.DATABASE)
        self.hold()

        def terminate():
            for _ in range(100):
                if self.server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgrehearse audit' AND wait_event_type = 'Lock'"):
                    return
                time.sleep(0.03)

        ender = threading.Thread(target=terminate)
        ender.start()
        outcome = self.audit(url)
        ender.join()
        self.assert_fails(outcome, cli.FAILED, "public.users", "nothing was changed")


if __name__ == "__main__":
    unittest.main()
