"""testdata: what it makes, what it lists, and that a clean-up takes exactly that or nothing."""

import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

FIRST = 4503599627370496
# The shop's people, and three test users where they belong: one of them with a subscription and a chat.
ROWS = """
INSERT INTO users (id, auth_source) SELECT g, 'telegram' FROM generate_series(1, 50) g;
INSERT INTO users (id, auth_source) SELECT -g, 'oauth' FROM generate_series(1, 20) g;
INSERT INTO users (id, auth_source) SELECT 4503599627370496 + g, 'test' FROM generate_series(0, 2) g;
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users WHERE id IN (1, 4503599627370496);
INSERT INTO chat_sessions (user_id, title) SELECT id, 'chat' FROM users WHERE id IN (2, 4503599627370496);
INSERT INTO web_messages (session_id, body) SELECT id, 'm' FROM chat_sessions, generate_series(1, 4);
"""
ALL = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM subscriptions), (SELECT count(*) FROM web_messages)"


class TestdataTest(case.Case):
    def fill(self, more="", schema=shop.SCHEMA + ROWS):
        self.url = self.database(schema + more)
        return self.url

    def tool(self, action, *arguments, contract=shop.CONTRACT, **options):
        path = self.home.contract(contract)
        return self.home.run("testdata", action, "--contract", path, "--on", self.url, "--format", "json", *arguments, **options)

    def done(self, action, *arguments, expect=0, **options):
        outcome = self.tool(action, *arguments, **options)
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome.json

    def rows(self, report):
        return {(row["table"], row["population"], row["fate"]): row["rows"] for row in report["rows"]}

    def sql(self, statements):
        return self.server.execute(statements, "shop")


class GrantsTest(TestdataTest):
    GRANT = re.compile(r"GRANT [^;]+;")

    def assert_grants_are_enough(self, role, action, *arguments, contract=shop.CONTRACT):
        """Refused without anything; what the refusal says to run is enough."""
        self.url = self.server.url("shop", role)
        outcome = self.tool(action, *arguments, contract=contract)
        self.assert_fails(outcome, cli.FAILED, "permission denied", "as their owner run: GRANT")
        self.sql(" ".join(self.GRANT.findall(outcome.err)))
        return self.done(action, *arguments, contract=contract)

    def test_the_grants_that_are_missing_are_named_and_enough(self):
        self.server.execute("DROP ROLE IF EXISTS maker, lister, cleaner; CREATE ROLE maker LOGIN; CREATE ROLE lister LOGIN; CREATE ROLE cleaner LOGIN")
        self.fill("CREATE TABLE orders (user_id bigint REFERENCES users); INSERT INTO orders VALUES (4503599627370496);"
                  f"CREATE SEQUENCE test_seq MINVALUE {FIRST} START {FIRST + 100}")
        contract = shop.CONTRACT.replace("disposable = true", 'disposable = true\nminted_by = "test_seq"')
        self.assertEqual(self.assert_grants_are_enough("maker", "create", contract=contract)["ids"], [FIRST + 100])
        self.assertEqual(self.rows(self.assert_grants_are_enough("lister", "list")), self.rows(self.assert_grants_are_enough("cleaner", "clean")))
        self.assertEqual(self.assert_grants_are_enough("cleaner", "clean", "--execute")["executed"], True)
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE auth_source = 'test'"), [(0,)])


class CreateTest(TestdataTest):
    def test_rows_are_of_the_disposable_population_with_the_next_ids_of_its_space(self):
        self.fill()
        report = self.done("create", "-n", "2", "--set", "plan=pro", "--set", "name=QA; DROP TABLE users")
        self.assertEqual(report["ids"], [FIRST + 3, FIRST + 4])
        self.assertEqual(self.sql(f"SELECT id, auth_source, plan, name FROM users WHERE id > {FIRST + 2} ORDER BY id"),
                         [(id, "test", "pro", "QA; DROP TABLE users") for id in report["ids"]])

    def test_ids_come_from_the_sequence_that_the_contract_names(self):
        self.fill(f"CREATE SEQUENCE test_seq MINVALUE {FIRST} START {FIRST + 100}")
        contract = shop.CONTRACT.replace("disposable = true", 'disposable = true\nminted_by = "test_seq"')
        self.assertEqual(self.done("create", "-n", "2", contract=contract)["ids"], [FIRST + 100, FIRST + 101])

    def test_a_sequence_that_stands_on_a_row_fails_loudly_and_makes_nothing(self):
        self.fill(f"CREATE SEQUENCE test_seq MINVALUE {FIRST} START {FIRST + 1}")
        contract = shop.CONTRACT.replace("disposable = true", 'disposable = true\nminted_by = "test_seq"')
        before = self.sql(ALL)
        self.assert_fails(self.tool("create", contract=contract), 1, "collides", "nothing was created")
        self.assertEqual(self.sql(ALL), before)

    def test_a_sequence_outside_of_the_space_is_refused(self):
        self.fill("CREATE SEQUENCE test_seq START 1000")
        contract = shop.CONTRACT.replace("disposable = true", 'disposable = true\nminted_by = "test_seq"')
        self.assert_fails(self.tool("create", contract=contract), 1, "1000 is not in the id space", "nothing was created")
        self.assertEqual(self.sql("SELECT count(*) FROM users WHERE id = 1000"), [(0,)])

    def test_columns_that_need_a_value_get_a_plain_one_of_their_type(self):
        self.fill("CREATE TYPE mood AS ENUM ('calm', 'cross'); CREATE DOMAIN short AS varchar(6) NOT NULL;"
                  "CREATE DOMAIN answer AS int NOT NULL DEFAULT 42;"
                  "DELETE FROM users WHERE auth_source <> 'test'; TRUNCATE users CASCADE;"
                  "ALTER TABLE users ADD a int NOT NULL, ADD b mood NOT NULL, ADD c short, ADD d jsonb NOT NULL, ADD e uuid NOT NULL UNIQUE,"
                  "ADD f timestamptz NOT NULL, ADD g text NOT NULL UNIQUE, ADD h bool NOT NULL, ADD i int[] NOT NULL, ADD j answer,"
                  "ADD k int GENERATED ALWAYS AS (a * 2) STORED, ADD l numeric(5,2) NOT NULL, ADD m varchar(4) NOT NULL UNIQUE,"
                  "ADD n tstzrange NOT NULL, ADD \"o'p\" text NOT NULL")
        self.done("create", "-n", "3", "--set", "b=cross")
        self.assertEqual(self.sql("SELECT a, b, c, g, j, k, m, \"o'p\" FROM users ORDER BY id LIMIT 1"),
                         [(0, "cross", "test 4", f"test {FIRST}", 42, 0, "0496", f"test {FIRST}")])

    def test_a_foreign_key_has_to_be_set_and_is_named(self):
        self.fill("CREATE TABLE teams (id int PRIMARY KEY); INSERT INTO teams VALUES (7);"
                  "ALTER TABLE users ADD team_id int NOT NULL DEFAULT 7 REFERENCES teams; ALTER TABLE users ALTER team_id DROP DEFAULT")
        self.assert_fails(self.tool("create"), 2, "team_id (integer, a foreign key)", "--set")
        self.assertEqual(len(self.done("create", "--set", "team_id=7")["ids"]), 1)

    def test_nobody_sets_an_id_or_a_population(self):
        self.fill()
        for word in ("id=5", "auth_source=oauth"):
            self.assert_fails(self.tool("create", "--set", word), 1, "not set by hand", "nothing was created")

    def test_words_that_make_no_sense_are_refused_by_name(self):
        self.fill("ALTER TABLE users ADD age int, ADD twice int GENERATED ALWAYS AS (age * 2) STORED")
        for word, fragment in (("nosuch=1", "no such column"), ("age=young", "invalid input syntax"), ("twice=2", "generated"), ("age", "COLUMN=VALUE")):
            self.assert_fails(self.tool("create", "--set", word), 2, fragment, "nothing was created")
        self.assert_fails(self.tool("create", "--set", "plan=a", "--set", "plan=b"), 2, "--set gives plan twice", "nothing was created")
        self.assert_fails(self.tool("create", "--population", "oauth"), 2, "there are: test of users")
        self.assert_fails(self.tool("create", contract=shop.CONTRACT.replace("disposable = true", "")), 2, "no disposable population")
        self.assert_fails(self.tool("create", contract=shop.CONTRACT.replace('id = "id"', 'id = "nr"')), 2, "no column nr")
        self.assert_fails(self.tool("create", contract=shop.CONTRACT.replace('ids = "4503599627370496.."\n', "")), 2, "declares no ids")

    def test_an_exhausted_space_is_refused(self):
        self.fill()
        contract = shop.CONTRACT.replace("4503599627370496..", f"4503599627370496..{FIRST + 4}")
        self.assert_fails(self.tool("create", "-n", "3", contract=contract), 1, "exhausted", "nothing was created")
        self.assertEqual(self.done("create", "-n", "2", contract=contract)["ids"], [FIRST + 3, FIRST + 4])

    def test_ids_are_never_taken_from_a_space_that_another_population_shares(self):
        self.fill()
        contract = shop.CONTRACT.replace('ids = "4503599627370496.."', 'ids = ["1000..1999", "4503599627370496.."]\noverlaps = "telegram"')
        self.assertEqual(self.done("create", contract=contract)["ids"], [FIRST + 3])

    def test_a_trigger_that_makes_the_row_another_population_s_is_found_out(self):
        self.fill("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.auth_source := 'oauth'; RETURN NEW; END $$;"
                  "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()")
        before = self.sql(ALL)
        self.assert_fails(self.tool("create"), 1, "became one of oauth", "nothing was created")
        self.assertEqual(self.sql(ALL), before)

    def test_two_at_a_time_get_different_ids(self):
        self.fill()
        contract = self.home.contract(shop.CONTRACT)
        arguments = ["testdata", "create", "--contract", contract, "--on", self.url, "--format", "json", "-n", "200"]
        running = [self.home.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        for process in running:
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, (out + err).decode())
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT id) FROM users WHERE auth_source = 'test'"), [(803, 803)])

    def test_without_a_unique_index_on_the_id_a_collision_is_found_too(self):
        self.fill("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;"
                  f"CREATE SEQUENCE test_seq MINVALUE {FIRST} START {FIRST + 2}")
        contract = shop.CONTRACT.replace("disposable = true", 'disposable = true\nminted_by = "test_seq"')
        self.assert_fails(self.tool("create", contract=contract), 1, "id of one that exists", "nothing was created")
        self.assertEqual(len(self.done("create", contract=contract)["ids"]), 1)


class CleanTest(TestdataTest):
    def test_list_shows_test_data_and_what_hangs_on_it(self):
        self.fill()
        self.assertEqual(self.rows(self.done("list")), {
            ("public.users", "test", "own"): 3, ("public.subscriptions", "test", "cascade"): 1,
            ("public.chat_sessions", "test", "cascade"): 1, ("public.web_messages", "test", "cascade"): 4})

    def test_a_clean_up_is_a_dry_run_that_touches_nothing(self):
        self.fill()
        before = self.sql(ALL + ", (SELECT sum(xmin::text::bigint) FROM users)")
        report = self.done("clean")
        self.assertEqual((report["executed"], report["deleted"]), (False, 0))
        self.assertEqual(self.rows(report)["public.users", "test", "own"], 3)
        self.assertEqual(self.sql(ALL + ", (SELECT sum(xmin::text::bigint) FROM users)"), before)

    def test_executed_it_deletes_that_and_nothing_else(self):
        self.fill()
        report = self.done("clean", "--execute")
        self.assertEqual((report["executed"], report["deleted"]), (True, 9))
        self.assertEqual(self.sql(ALL), [(70, 1, 4)])
        self.assertEqual(self.done("list")["rows"], [])
        self.assertEqual(self.done("clean", "--execute")["deleted"], 0)

    def test_the_count_stands_before_the_deletion(self):
        self.fill()
        path = self.home.contract(shop.CONTRACT)
        outcome = self.home.run("testdata", "clean", "--execute", "--contract", path, "--on", self.url)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertLess(outcome.out.index("9 ROWS TO DELETE"), outcome.out.index("DELETED 9 ROWS"))

    def test_rows_behind_keys_that_refuse_go_first_and_in_order(self):
        self.fill("ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users;"
                  "ALTER TABLE web_messages DROP CONSTRAINT web_messages_session_id_fkey, ADD FOREIGN KEY (session_id) REFERENCES chat_sessions ON DELETE RESTRICT;"
                  "CREATE TABLE likes (message_id bigint NOT NULL REFERENCES web_messages); INSERT INTO likes SELECT id FROM web_messages;"
                  "CREATE TABLE visits (user_id bigint REFERENCES users ON DELETE SET NULL); INSERT INTO visits SELECT id FROM users WHERE id IN (5, 4503599627370496)")
        rows = self.rows(self.done("clean", "--execute"))
        self.assertEqual({fate: table for (table, _, fate) in rows if fate == "loses-reference" for table in [table]}, {"loses-reference": "public.visits"})
        self.assertEqual(rows["public.likes", "test", "first"], 4)
        self.assertEqual(self.sql(ALL), [(70, 1, 4)])
        self.assertEqual(self.sql("SELECT user_id FROM visits ORDER BY 1"), [(5,), (None,)])

    def refused(self, *fragments, action=("clean", "--execute")):
        before = self.sql(ALL)
        outcome = self.tool(*action)
        self.assertEqual(outcome.exit, 1, str(outcome))
        self.assertEqual(self.sql(ALL), before)
        for fragment in fragments:
            self.assertIn(fragment, outcome.out + outcome.err)
        return outcome

    def test_a_real_row_that_hangs_on_a_test_row_stops_it(self):
        for action in ("CASCADE", "SET NULL", "NO ACTION"):
            with self.subTest(action):
                self.fill(f"ALTER TABLE users ADD invited_by bigint REFERENCES users ON DELETE {action}; UPDATE users SET invited_by = {FIRST} WHERE id IN (7, -3)")
                outcome = self.refused("invited_by")
                self.assertEqual({h["population"]: (h["rows"], h["ids"]) for h in outcome.json["hindrances"]}, {"telegram": (1, ["7"]), "oauth": (1, ["-3"])})
                self.assertEqual(self.tool("clean").exit, 1)
                self.server.drop_database("shop")

    def test_a_real_person_whom_an_upsert_rewrote_is_named_and_not_deleted_until_somebody_says_so(self):
        self.fill("UPDATE users SET auth_source = 'test' WHERE id = 7; INSERT INTO users (id, auth_source) VALUES (0, 'test')")
        for words in ((), ("--execute",), ("--execute", "--outside-space", "1")):
            report = self.refused(action=("clean", *words)).json
            self.assertEqual((report["executed"], report["deleted"], self.rows(report)["public.users", "test", "own"]), (False, 0, 5))
            self.assertEqual(report["outside"], [
                {"table": "public.users", "population": "test", "holder": "telegram", "rows": 1, "ids": ["7"]},
                {"table": "public.users", "population": "test", "holder": None, "rows": 1, "ids": ["0"]}])
        self.assertEqual(self.done("list")["outside"], report["outside"])
        self.assertEqual(self.done("clean", "--outside-space", "2")["executed"], False)
        self.sql("UPDATE users SET auth_source = 'telegram' WHERE id = 7")
        self.assertEqual(self.done("clean", "--execute", "--outside-space", "1")["deleted"], 10)
        self.assertEqual(self.sql(ALL), [(70, 1, 4)])

    def test_its_words_say_how_such_a_person_comes_back_and_what_deletes_the_rest(self):
        self.fill("UPDATE users SET auth_source = 'test' WHERE id = 7")
        run = lambda *words: self.home.run("testdata", "clean", *words, "--contract", self.home.contract(shop.CONTRACT), "--on", self.url)  # noqa: E731
        for outcome, banner in ((run(), "--execute refuses"), (run("--execute"), "REFUSED: ROWS LIE WHERE NO TEST DATA IS MADE")):
            said = " ".join(outcome.out.split())
            for words in (banner, "1 row of test in public.users lies in the id space of telegram (1..4503599627370495): 7",
                          "test data, 1 of it outside of its id space", "--outside-space 1"):
                self.assertIn(words, said)
            statement = re.search(r"UPDATE .*?;", said).group()
        self.sql(statement)
        self.assertEqual(self.sql("SELECT auth_source FROM users WHERE id = 7"), [("telegram",)])
        self.assertEqual(run("--execute").exit, 0)

    def test_a_space_that_is_shared_with_real_people_tells_nobody_apart(self):
        contract = shop.CONTRACT.replace('ids = "4503599627370496.."', 'ids = ["1000..1999", "4503599627370496.."]\noverlaps = "telegram"')
        self.fill("INSERT INTO users (id, auth_source) VALUES (1500, 'test')")
        self.assertEqual(self.done("clean", contract=contract, expect=1)["outside"][0]["ids"], ["1500"])

    def test_a_row_that_hangs_on_a_real_row_as_well_stops_it(self):
        self.fill(f"CREATE TABLE letters (sender bigint REFERENCES users ON DELETE CASCADE, receiver bigint REFERENCES users ON DELETE CASCADE);"
                  f"INSERT INTO letters VALUES ({FIRST}, {FIRST + 1}), ({FIRST}, 5)")
        outcome = self.refused("cannot go: a row of public.users is referenced as well")
        self.assertEqual([(h["table"], h["population"], h["rows"]) for h in outcome.json["hindrances"]], [("public.letters", "telegram", 1)])
        self.sql("DELETE FROM letters WHERE receiver = 5")
        self.assertEqual(self.done("clean", "--execute")["deleted"], 10)

    def test_a_real_row_further_up_stops_it_too(self):
        self.fill(f"CREATE TABLE replies (message_id bigint REFERENCES web_messages ON DELETE CASCADE, author bigint REFERENCES users ON DELETE CASCADE);"
                  f"INSERT INTO replies SELECT m.id, {FIRST} FROM web_messages m JOIN chat_sessions s ON s.id = m.session_id WHERE s.user_id = 2 LIMIT 1")
        outcome = self.refused("as well")
        self.assertEqual([(h["table"], h["population"], h["rows"]) for h in outcome.json["hindrances"]], [("public.replies", "telegram", 1)])

    def trigger(self, body, when="AFTER DELETE"):
        return (f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"
                f"CREATE TRIGGER t {when} ON users FOR EACH ROW EXECUTE FUNCTION f()")

    def test_a_trigger_that_deletes_a_real_row_undoes_it_all(self):
        self.fill(self.trigger("DELETE FROM users WHERE id = 9; RETURN NULL;"))
        self.refused("3 rows of public.users were to be deleted, and 4 were", "nothing was deleted")

    def test_a_trigger_that_swaps_one_row_for_another_undoes_it_all(self):
        self.fill(self.trigger(f"IF OLD.id = {FIRST + 1} THEN DELETE FROM users WHERE id = 9; RETURN NULL; END IF; RETURN OLD;", "BEFORE DELETE"))
        self.refused("rows of public.users are still there", "nothing was deleted")

    def test_a_trigger_that_swaps_a_row_that_hangs_on_test_data_undoes_it_all(self):
        self.fill("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.user_id = 1 THEN RETURN OLD; END IF;"
                  "DELETE FROM subscriptions WHERE user_id = 1; RETURN NULL; END $$;"
                  "CREATE TRIGGER t BEFORE DELETE ON subscriptions FOR EACH ROW EXECUTE FUNCTION f()")
        self.refused("rows of public.subscriptions are still there", "nothing was deleted")

    def test_a_trigger_that_changes_a_real_row_undoes_it_all(self):
        self.fill(self.trigger("UPDATE users SET plan = 'x' WHERE id = 9; RETURN NULL;"))
        self.refused("changed 3 other rows of public.users", "nothing was deleted")

    def test_a_deferred_trigger_is_heard_before_the_commit(self):
        self.fill("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM subscriptions WHERE user_id = 1; RETURN NULL; END $$;"
                  "CREATE CONSTRAINT TRIGGER t AFTER DELETE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()")
        self.refused("1 row of public.subscriptions were to be deleted, and 2 were")

    def test_a_trigger_that_truncates_undoes_it_all(self):
        self.fill("CREATE TABLE notes (user_id bigint REFERENCES users); INSERT INTO notes VALUES (1);" +
                  self.trigger("TRUNCATE notes; RETURN NULL;"))
        self.refused("truncated or altered table notes")
        self.assertEqual(self.sql("SELECT count(*) FROM notes"), [(1,)])

    def test_a_trigger_that_keeps_a_diary_elsewhere_is_reported(self):
        self.fill("CREATE TABLE diary (line text);" + self.trigger("INSERT INTO diary VALUES ('gone'); RETURN NULL;"))
        report = self.done("clean", "--execute")
        self.assertEqual(report["asides"], [{"table": "public.diary", "inserted": 3, "updated": 0, "deleted": 0}])

    def test_partitions_are_one_table(self):
        self.fill(schema="CREATE SEQUENCE web_user_id_seq; CREATE TABLE users (id bigint PRIMARY KEY, auth_source text) PARTITION BY RANGE (id);"
                  "CREATE TABLE low PARTITION OF users FOR VALUES FROM (MINVALUE) TO (4503599627370497);"
                  "CREATE TABLE high PARTITION OF users FOR VALUES FROM (4503599627370497) TO (MAXVALUE);"
                  "CREATE TABLE subscriptions (user_id bigint REFERENCES users ON DELETE CASCADE, tier text) PARTITION BY LIST (tier);"
                  "CREATE TABLE pros PARTITION OF subscriptions FOR VALUES IN ('pro'); CREATE TABLE others PARTITION OF subscriptions DEFAULT;"
                  "INSERT INTO users SELECT g, 'telegram' FROM generate_series(1, 5) g; INSERT INTO users SELECT 4503599627370496 + g, 'test' FROM generate_series(0, 2) g;"
                  "INSERT INTO subscriptions SELECT id, CASE WHEN id % 2 = 0 THEN 'pro' ELSE 'free' END FROM users")
        report = self.done("clean", "--execute")
        self.assertEqual(self.rows(report), {("public.users", "test", "own"): 3, ("public.subscriptions", "test", "cascade"): 3})
        self.assertEqual(self.sql("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM subscriptions)"), [(5, 5)])

    def test_a_row_that_appears_meanwhile_makes_it_fail_as_a_whole(self):
        self.fill()
        other = self.server.connect("shop")
        other.autocommit = False
        other.cursor().execute(f"INSERT INTO subscriptions (user_id, tier) VALUES ({FIRST + 1}, 'new')")
        threading.Timer(1, other.commit).start()
        outcome = self.tool("clean", "--execute")
        other.close()
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("nothing was deleted", outcome.err)
        self.assertEqual(self.sql(ALL), [(73, 3, 8)])

    def test_a_lock_that_somebody_holds_ends_it_and_names_itself(self):
        self.fill()
        other = self.server.connect("shop")
        other.autocommit = False
        other.cursor().execute("LOCK TABLE users IN SHARE MODE")
        self.assert_fails(self.tool("clean", "--execute"), 3, "nothing can be deleted from public.users: another session holds a lock", "nothing was deleted")
        self.assert_fails(self.tool("create"), 3, "nothing can be inserted into public.users: another session holds a lock", "nothing was created", "try again")
        other.close()

    def test_a_table_that_is_locked_is_named_by_whoever_reads_it(self):
        self.fill()
        for table in ("users", "web_messages"):
            with self.server.connect("shop") as other:
                other.autocommit = False
                other.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                for words in (("list",), ("clean",), ("clean", "--execute")):
                    self.assert_fails(self.tool(*words), 3, f"public.{table} cannot be read: another session holds a lock on it", "try again")
            other.close()

    def test_killed_in_the_middle_nothing_is_gone(self):
        self.fill(self.trigger("PERFORM pg_sleep(0.4); RETURN NULL;"))
        contract = self.home.contract(shop.CONTRACT)
        before = self.sql(ALL)
        for sign in (signal.SIGKILL, signal.SIGINT):
            process = self.home.start("testdata", "clean", "--execute", "--contract", contract, "--on", self.url, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.wait_for_sleep()
            process.send_signal(sign)
            process.communicate(timeout=20)
            self.assertIn(process.returncode, (-signal.SIGKILL, cli.INTERRUPTED))
            self.wait_until_gone()
            self.assertEqual(self.sql(ALL), before)

    def sessions(self, state):
        return self.sql(f"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgrehearse%' AND {state}")[0][0]

    def wait_for_sleep(self):
        deadline = time.monotonic() + 20
        while not self.sessions("wait_event = 'PgSleep'"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def wait_until_gone(self):
        deadline = time.monotonic() + 20
        while self.sessions("true"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_a_server_that_goes_away_is_said(self):
        self.fill(self.trigger("PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL;"))
        before = self.sql(ALL)
        outcome = self.tool("clean", "--execute")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("nothing was deleted", outcome.err)
        self.assertEqual(self.sql(ALL), before)

    def test_a_role_that_may_not_delete_is_told_so(self):
        self.fill("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
        self.server.execute("DROP ROLE IF EXISTS looker; CREATE ROLE looker LOGIN")
        self.url = self.server.url("shop", "looker")
        self.assertEqual(len(self.done("clean")["rows"]), 4)
        self.assert_fails(self.tool("clean", "--execute"), 3, "permission denied", "nothing was touched", "GRANT DELETE ON public.users")
        self.assert_fails(self.tool("create"), 3, "permission denied", "nothing was touched", "GRANT INSERT ON public.users")

    def test_nobody_can_hand_it_a_range(self):
        self.fill()
        for words in (("--from", "1"), ("--id", "5"), ("--ids", "1..5"), ("5",), ("--where", "true"), ("--set", "id=1")):
            self.assertEqual(self.tool("clean", *words).exit, 2)
        self.assert_fails(self.tool("clean", "--population", "oauth", "--execute"), 2, "nothing was touched")
        self.assertEqual(self.sql(ALL), [(73, 2, 8)])


if __name__ == "__main__":
    unittest.main()
