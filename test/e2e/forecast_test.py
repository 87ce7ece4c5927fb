"""forecast: the same night again and again on one scratch, and the night in which the contract breaks."""

import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

PROBE = "INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth')"

# The incident some weeks before it happened: sign-ups are at 91,111,050, and the clean-up's range begins 50 further on.
BEFORE = shop.SCHEMA + """
INSERT INTO users (id, auth_source, name) SELECT g, 'telegram', 'tg ' || g FROM generate_series(1, 100) g;
INSERT INTO users (id, auth_source) VALUES (-91111150, 'test'), (4503599627370500, 'test');
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users;
SELECT setval('web_user_id_seq', 91111050);
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE TABLE queue (id int PRIMARY KEY, what text);
INSERT INTO queue SELECT g, 'x' FROM generate_series(1, 30) g;

-- Heals a collision from the rows, as the incident's sign-up did.
CREATE FUNCTION sign_up() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOOP
    BEGIN
      INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth');
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      PERFORM setval('web_user_id_seq', GREATEST((SELECT -min(id) FROM users), currval('web_user_id_seq')));
    END;
  END LOOP;
END $$;
"""

# A probe that never comes upon anybody: sign-ups reach the test users in night 20, and the forecast is over.
LOOK = """
[probes.look]
sql = "SELECT 1"
"""


class ForecastCase(case.SharedCase):
    statements = BEFORE

    def run_forecast(self, script, each, nights, *arguments, contract=shop.CONTRACT, form="json"):
        flags = [flag for spec in each for flag in ("--each", spec)]
        return self.home.run("forecast", "--from", self.source, "--format", form, "--nights", nights, *flags,
                             "--contract", self.home.contract(contract), *arguments,
                             *([self.home.script(script, "cleanup.sql")] if script else []), major=self.major)

    def forecast(self, script, each, nights, *arguments, expect=cli.KEEPS, **options):
        outcome = self.run_forecast(script, each, nights, *arguments, **options)
        self.assertEqual(outcome.exit, expect, str(outcome))
        report = outcome.json
        self.assertEqual(report["verdict"], "breaks" if expect == cli.BREAKS else "holds")
        self.assertEqual([night["night"] for night in report["nights"]], list(range(1, report["nights_run"] + 1)))
        self.assertTrue(all(not night["findings"] for night in report["nights"][:-1]))
        return report

    def rules(self, report):
        return {finding["rule"] for finding in report["nights"][-1]["findings"]}

    def first_lost(self, script, each, nights):
        """The oracle: the same nights by psql on a copy of the database; the night and ids of the first people lost."""
        self.server.create_database("copy", template="shop")
        self.addCleanup(self.server.drop_database, "copy")
        evening = self.home.script((each[0] + ";\n") * each[1], "evening.sql")
        cleanup = self.home.script(script, "night.sql")
        people = "SELECT id FROM users WHERE auth_source <> 'test'"
        for night in range(1, nights + 1):
            self.assertEqual(self.server.psql(evening, "copy").returncode, 0)
            before = set(self.server.execute(people, "copy"))
            self.assertEqual(self.server.psql(cleanup, "copy").returncode, 0)
            lost = before - set(self.server.execute(people, "copy"))
            if lost:
                return night, {str(row[0]) for row in lost}
        return None, set()


class ForecastTest(ForecastCase):
    def test_the_night_and_the_rows_are_those_that_psql_loses(self):
        night, lost = self.first_lost(shop.RANGE_DELETE, (PROBE, 12), 10)
        self.assertEqual(night, 5)  # the 50th sign-up from now is the first in the range, and nights are twelve
        report = self.forecast(shop.RANGE_DELETE, ["oauth signup=12"], 30, expect=cli.BREAKS)
        self.assertEqual((report["broke_in"], report["nights_run"], report["nights_asked"]), (night, night, 30))
        found = report["nights"][-1]["findings"][0]
        self.assertEqual((found["rule"], found["rows"], found["table"]), ("protected-deleted", len(lost), "public.users"))
        self.assertEqual((found["ids"][0], found["population"], found["by"]), ("-91111100", "oauth", "script"))
        self.assertLessEqual(set(found["ids"]), lost)
        self.assertEqual((pathlib.Path(found["file"]).name, found["line"]), ("cleanup.sql", 1))
        self.assertEqual(case.effects_of(report["nights"][0])["public.users"], (0, 0, 1))
        self.assertEqual([n["probes"][0]["landed"] for n in report["nights"]], [12] * 5)
        self.assertEqual(report["nights"][1]["probes"][0]["first"]["id"], "-91111063")

    def test_the_text_says_when_and_who(self):
        outcome = self.run_forecast(shop.RANGE_DELETE, ["oauth signup=25"], 9, form="text")
        self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))
        self.assertIn("BREAKS in night 2", outcome.out)
        self.assertIn("public.users.id = -91111100 (oauth)", outcome.out)
        self.assertIn("time does not pass", outcome.out)

    def test_a_sign_up_that_heals_itself_drags_the_sequence_in_the_night_in_which_it_collides(self):
        # The oauth ids of nights 1 and 2 are -51 … -56; the next one is a test user's.
        self.server.execute("SELECT setval('web_user_id_seq', 50); INSERT INTO users VALUES (-57, 'test')", "shop")
        self.addCleanup(self.server.execute,
                        "DELETE FROM users WHERE id = -57; SELECT setval('web_user_id_seq', 91111050)", "shop")
        contract = shop.CONTRACT.replace(f'sql = "{PROBE} RETURNING id"', "sql = 'SELECT sign_up()'")
        self.assertIn("sign_up()", contract)
        script = "DELETE FROM users WHERE id BETWEEN -91111200 AND -91111151"
        report = self.forecast(script, ["oauth signup=3"], 9, contract=contract, expect=cli.BREAKS)
        self.assertEqual(report["broke_in"], 3)
        self.assertEqual(self.rules(report), {"protected-deleted", "sequence-jump"})
        self.assertEqual({f["rule"]: f["by"] for f in report["nights"][-1]["findings"]},
                         {"protected-deleted": "script", "sequence-jump": "probe"})

    def test_a_clean_up_by_population_holds_and_says_how_far_things_moved(self):
        contract = shop.CONTRACT.replace('"..-1"', '"-91111500..-1"').replace(
            '"4503599627370496.."', '["..-91111501", "4503599627370496.."]')
        report = self.forecast(shop.CONTRACT_DELETE, ["oauth signup=7"], 40, contract=contract)
        self.assertEqual((report["nights_run"], report["broke_in"]), (40, None))
        trend = next(t for t in report["trends"] if t["kind"] == "sequence" and t["population"])
        self.assertEqual((trend["per_night"], trend["first"], trend["next"]), (7, 91111051, 91111051 + 280))
        # Ids 91111051 … 91111500 are 450; the 451st sign-up is in night 65.
        self.assertEqual(trend["reaches"], {"population": "test", "id": -91111501, "night": 65, "extrapolated": True})
        self.assertIn({"kind": "deletions", "table": "public.users", "first": 2, "last": 0, "most": 2, "total": 2},
                      report["trends"])
        self.assertIn({"kind": "protected", "inserted": 0, "updated": 0, "deleted": 0}, report["trends"])

    def test_a_sequence_that_stands_in_foreign_space_breaks_the_first_night_and_is_said_to_have_stood_there(self):
        contract = shop.CONTRACT.replace('"..-1"', '"-1000..-1"')
        report = self.forecast("SELECT 1", ["oauth signup=1"], 5, contract=contract, expect=cli.BREAKS)
        self.assertEqual(report["broke_in"], 1)
        self.assertEqual({f["rule"]: f["by"] for f in report["nights"][0]["findings"]},
                         {"sequence-into-population": "state", "outside-id-space": "probe"})

    def test_a_probe_that_fails_breaks_the_night_in_which_it_does(self):
        self.server.execute("INSERT INTO users VALUES (-91111055, 'test')", "shop")
        self.addCleanup(self.server.execute, "DELETE FROM users WHERE id = -91111055", "shop")
        report = self.forecast("SELECT 1", ["oauth signup=2"], 9, expect=cli.BREAKS)
        self.assertEqual((report["broke_in"], self.rules(report)), (3, {"probe-failed"}))
        probe = report["nights"][-1]["probes"][0]
        self.assertEqual((probe["runs"], probe["failed"], probe["landed"]), (2, 1, 1))
        self.assertIn("duplicate key", probe["error"])

    def test_a_script_that_fails_breaks_the_night_in_which_it_does(self):
        report = self.forecast("INSERT INTO log (what) VALUES ('night');\nSELECT 1 / (4 - count(*)) FROM log;",
                               ["oauth signup=1"], 9, expect=cli.BREAKS)
        self.assertEqual((report["broke_in"], self.rules(report)), (4, {"script-failed"}))
        self.assertIn("cleanup.sql:2", report["nights"][-1]["findings"][0]["message"])

    def test_a_probe_finds_nothing_of_what_the_run_before_left_in_its_session(self):
        probe = ("CREATE TEMP TABLE mine (id int); PREPARE mine AS SELECT 1; LISTEN mine; DECLARE mine CURSOR WITH HOLD FOR SELECT 1;"
                 "SELECT 1 / (current_setting('work_mem') <> '77kB')::int, 1 / (current_user <> 'pg_monitor')::int;"
                 "SELECT nextval('web_user_id_seq'), pg_advisory_lock(7); SET work_mem = '77kB'; SET ROLE pg_monitor; BEGIN")
        contract = shop.CONTRACT + f'[probes."leaves"]\nsql = """{probe}"""\n[probes."looks"]\nsql = """' + \
            "DO $$BEGIN IF NOT pg_try_advisory_lock(7) THEN RAISE 'locked'; END IF; PERFORM lastval(); RAISE 'it drew';" \
            "EXCEPTION WHEN object_not_in_prerequisite_state THEN END$$" + '"""\n'
        report = self.forecast("SELECT 1", ["leaves=3", "looks=2"], 2, contract=contract)
        self.assertEqual([(p["runs"], p["failed"]) for night in report["nights"] for p in night["probes"]], [(3, 0), (2, 0)] * 2)

    def test_probes_and_scripts_that_are_commands_are_run(self):
        contract = shop.CONTRACT + """
[probes."a = b"]
command = '''psql -Xqc "INSERT INTO log (what) VALUES ('by command')"'''
"""
        report = self.forecast(None, ["a = b=2", "oauth signup=1"], 3, "--exec",
                               "psql -Xqc 'DELETE FROM queue WHERE id IN (SELECT max(id) FROM queue)'", contract=contract)
        self.assertEqual([p["name"] for p in report["nights"][0]["probes"]], ["a = b", "oauth signup"])
        self.assertEqual([case.effects_of(n) for n in report["nights"]], [{"public.queue": (0, 0, 1)}] * 3)

    def test_what_no_stream_carries_is_counted_in_every_night(self):
        script = ("TRUNCATE queue;\nINSERT INTO queue VALUES (1, 'a'), (2, 'b');\nDROP TABLE IF EXISTS kept;\n"
                  "CREATE TABLE kept AS SELECT id FROM users WHERE auth_source = 'oauth';\nCREATE TEMP TABLE t (id int);")
        report = self.forecast(script, ["oauth signup=2"], 4)
        self.assertEqual([case.effects_of(n)["public.queue"] for n in report["nights"]], [(0, 2, 28)] + [(0, 0, 0)] * 3)
        # It is made anew in every night; what is different is two people more.
        self.assertEqual([case.effects_of(n)["public.kept"] for n in report["nights"]], [(2, 0, 0)] * 4)

    def test_an_index_is_built_concurrently_behind_many_rows_in_every_night(self):
        script = ("VACUUM;\nINSERT INTO log (what) SELECT repeat('x', 1000) FROM generate_series(1, 20000);\nSELECT pg_sleep(1);\n"
                  "SET statement_timeout = '20s';\nDROP INDEX CONCURRENTLY IF EXISTS made;\nCREATE INDEX CONCURRENTLY made ON log (id);\n")
        report = self.forecast(script, ["look=1"], 3, contract=LOOK)
        self.assertEqual([case.effects_of(n)["public.log"] for n in report["nights"]], [(20000, 0, 0)] * 3)

    def test_truncating_what_hangs_on_people_is_found_with_its_rows(self):
        report = self.forecast("SELECT 1;\nTRUNCATE subscriptions", ["oauth signup=1"], 4, expect=cli.BREAKS)
        found = report["nights"][0]["findings"]
        self.assertEqual([(f["rule"], f["rows"], f["line"]) for f in found], [("protected-deleted", 100, 2)])

    def test_what_makes_no_sense_is_refused_before_anything_runs(self):
        for each, nights, fragments in (
            (["signup=12"], 5, ["no probe", "“oauth signup”"]),
            (["oauth signup"], 5, ["how often"]),
            (["oauth signup=0"], 5, ["whole number from 1"]),
            (["oauth signup=-3"], 5, ["whole number from 1"]),
            (["oauth signup=1x"], 5, ["whole number from 1"]),
            (["oauth signup=1", "oauth signup=2"], 5, ["twice"]),
            ([], 5, ["--each", "“oauth signup”"]),
            (["oauth signup=1"], 0, ["--nights", "1 to 10,000"]),
            (["oauth signup=1"], 10001, ["--nights", "1 to 10,000"]),
            (["oauth signup=1"], "x", ["--nights"]),
        ):
            with self.subTest(each=each, nights=nights):
                self.assert_fails(self.run_forecast("SELECT 1", each, nights), cli.USAGE, *fragments)
        missing = self.home.run("forecast", "--from", self.source, "--each", "oauth signup=1", self.home.script("SELECT 1"),
                                cwd="/")
        self.assert_fails(missing, cli.USAGE, "forecast needs a contract")
        self.assert_fails(self.run_forecast(None, ["oauth signup=1"], 3), cli.USAGE, "needs a script")

    def test_a_forecast_that_is_ended_leaves_nothing_behind(self):
        for signal_, status in ((signal.SIGINT, cli.INTERRUPTED), (signal.SIGKILL, -9)):
            with self.subTest(signal=signal_):
                process = self.home.start(
                    "forecast", "--from", self.source, "--each", "look=5", "--nights", 10000, "--contract",
                    self.home.contract(shop.CONTRACT + LOOK), self.home.script("SELECT 1"), stderr=subprocess.PIPE, stdout=subprocess.PIPE)
                # In the midst of its nights, which come after a copy and a start that say so where they take long.
                self.assertTrue(any(b"forecasting" in line for line in iter(process.stderr.readline, b"")))
                process.send_signal(signal_)
                process.communicate(timeout=30)
                self.assertEqual(process.returncode, status)
                deadline = time.monotonic() + 15
                while cli.processes_naming(str(self.home.path)) and time.monotonic() < deadline:
                    time.sleep(0.05)
                report = self.forecast("SELECT 1", ["oauth signup=1"], 3)  # which removes what a killed one could not
                self.assertEqual([night["effects"] for night in report["nights"]], [[], [], []])
                self.assertEqual(self.home.left_behind(), [])


class RoleTest(case.Case):
    def test_what_a_role_lacks_that_may_not_replicate_is_named_and_enough(self):
        self.server.execute("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN")
        self.database(shop.DATABASE + "CREATE SCHEMA app; CREATE TABLE app.secrets (id int);")
        run = lambda: self.home.run("forecast", "--from", self.server.url("shop", "weak"), "--nights", 1, "--each", "look=1", "--contract",  # noqa: E731
                                    self.home.contract(shop.CONTRACT + LOOK), self.home.script("SELECT 1"))
        outcome = run()
        self.assert_fails(outcome, cli.FAILED, "permission denied", "nothing was changed", "GRANT SELECT ON public.users TO weak;",
                          "GRANT USAGE ON SCHEMA app TO weak;", "GRANT SELECT ON SEQUENCE public.chat_sessions_id_seq TO weak;")
        self.server.execute(outcome.err[outcome.err.index("GRANT pg_read_all_data"):].split(";")[0], "shop")
        outcome = run()
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))


class Forecast18Test(ForecastCase):
    major = 18

    def test_where_logging_in_is_an_event_every_probe_logs_in(self):
        self.server.execute("""CREATE TABLE logins (who text); INSERT INTO logins VALUES ('closed');
            CREATE FUNCTION log_in() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF current_setting('application_name') = '' THEN RETURN; END IF;
              IF EXISTS (SELECT FROM public.logins WHERE who = 'closed') THEN RAISE 'closed today' USING HINT = 'no'; END IF;
              IF NOT current_setting('transaction_read_only')::bool THEN INSERT INTO public.logins VALUES (session_user); END IF;
            END$$;
            CREATE EVENT TRIGGER logins ON login EXECUTE FUNCTION log_in()""", "shop")
        self.addCleanup(self.server.execute, "DROP EVENT TRIGGER logins; DROP TABLE logins", "shop")
        self.assert_fails(self.run_forecast("SELECT 1", ["oauth signup=3"], 1), cli.FAILED, "closed today", "HINT:  no")
        self.server.execute("DELETE FROM logins", "shop")
        counted = [self.forecast("CREATE TABLE seen AS SELECT who FROM logins", [f"oauth signup={runs}"], 1) for runs in (1, 4)]
        once, often = (case.effects_of(report["nights"][0])["public.seen"][0] for report in counted)
        self.assertEqual(often - once, 3)

    def test_postgresql_18_breaks_in_the_same_night(self):
        self.server.execute("CREATE TABLE v (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2))", "shop")
        report = self.forecast(shop.RANGE_DELETE + "INSERT INTO v SELECT count(*) + 1 FROM v;", ["oauth signup=12"], 30,
                               expect=cli.BREAKS)
        self.assertEqual((report["broke_in"], report["server_major"]), (5, 18))
        self.assertEqual([case.effects_of(n)["public.v"] for n in report["nights"]], [(1, 0, 0)] * 5)


if __name__ == "__main__":
    unittest.main()
