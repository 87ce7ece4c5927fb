"""undo: what an apply did is put back, and what others did since is never lost."""

import json
import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, plan_file, shop  # noqa: E402

SCRIPT = """DELETE FROM users WHERE auth_source = 'test';
UPDATE users SET plan = 'pro' WHERE id BETWEEN 1 AND 4;
INSERT INTO users (id, auth_source, name) VALUES (4503599627370600, 'test', 'QA four'), (4503599627370601, 'test', 'QA five');
DELETE FROM diary WHERE n = 3;
"""
DIARY = "CREATE TABLE diary (n int, t text); INSERT INTO diary SELECT g % 5, 'd' FROM generate_series(1, 20) g;"

# What others do since: a row changed, one deleted, one made under the id of a row that went, one that hangs on a row that the
# apply made.
LATER = """
UPDATE users SET name = 'theirs' WHERE id = 2;
DELETE FROM users WHERE id = 3;
INSERT INTO users (id, auth_source, name) VALUES (4503599627370500, 'telegram', 'theirs, too');
INSERT INTO chat_sessions (user_id, title) VALUES (4503599627370600, 'theirs as well');
"""
IN_THE_WAY = {("public.users", "2", "changed"), ("public.users", "3", "deleted"),
              ("public.users", "4503599627370500", "taken"), ("public.users", "4503599627370600", "referenced")}


class UndoTest(applying.ApplyCase):
    statements = shop.DATABASE + DIARY

    def setUp(self):
        super().setUp()
        self.before = self.look()
        self.make_plan(script=SCRIPT)
        self.apply_id = self.assert_applied(self.apply("--execute"))["apply"]

    def undo(self, *arguments):
        return self.home.run("undo", self.apply_id, "--format", "json", *arguments)

    def undone(self, *arguments):
        outcome = self.undo(*arguments)
        self.assertEqual((outcome.exit, outcome.json["undone"], outcome.json["possible"]), (0, True, True), str(outcome))
        return outcome.json

    def refused(self, *arguments):
        """Nothing is changed, with --execute and without."""
        now = self.look()
        for execute in ([], ["--execute"]):
            outcome = self.undo(*arguments, *execute)
            self.assertEqual((outcome.exit, outcome.json["undone"], outcome.json["possible"]), (1, False, False), str(outcome))
            self.assertEqual(self.look(), now, "something was changed")
        return outcome.json

    def entry(self):
        """What `applies` says of it."""
        (entry,) = self.home.run("applies", self.apply_id, "--format", "json").json["applies"]
        return entry

    def conflicts(self, said):
        self.assertEqual(said["conflict_count"], len(said["conflicts"]))
        return {(conflict["table"], conflict["id"], conflict["kind"]) for conflict in said["conflicts"]}

    def rows(self, where):
        return self.sql(f"SELECT id, name, plan FROM users WHERE {where} ORDER BY id")

    def test_a_dry_run_says_what_would_come_back_and_changes_nothing(self):
        now = self.look()
        outcome = self.undo()
        said = outcome.json
        self.assertEqual((outcome.exit, said["undone"], said["executed"], said["possible"]), (0, False, False, True), str(outcome))
        self.assertEqual((said["inserted"], said["updated"], said["deleted"]), (8, 4, 2), str(outcome))
        self.assertEqual(self.look(), now)
        self.assertEqual((self.entry()["undoable"], self.entry()["undoable_rows"]), (True, 14))

    def test_every_table_is_what_it_was_and_a_second_undo_has_nothing_to_do(self):
        self.undone("--execute")
        self.assertEqual(self.look(), self.before)
        entry = self.entry()
        self.assertEqual((entry["state"], entry["undoable"], entry["undoable_rows"]), ("undone", False, 0))
        said = self.refused()
        self.assertIn("undone already", said["message"])
        self.assertNotIn("--mode", self.home.run("undo", self.apply_id).out)

    def test_it_runs_as_the_role_that_is_named(self):
        self.sql("CREATE ROLE weak")
        self.addCleanup(self.sql, "DROP OWNED BY weak; DROP ROLE weak; GRANT USAGE ON SCHEMA public TO PUBLIC")
        self.sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
        said = self.refused("--role", "weak")
        self.assertIn("as role weak", said["message"])
        self.assertTrue(said["notes"][-1].startswith("nothing was changed; GRANT"), said)
        # All of them at once, so that they have to be run once.
        self.sql(said["notes"][-1].removeprefix("nothing was changed; "))
        self.assertEqual(self.undo("--role", "weak").exit, 0)
        self.undone("--execute", "--role", "postgres", "--lock-timeout", "900ms", "--statement-timeout", "30s")
        self.assertEqual(self.look(), self.before)

    def test_a_superuser_undoes_what_a_role_applied_that_may_not(self):
        self.sql("CREATE ROLE cleaner; GRANT SELECT, UPDATE, DELETE ON diary TO cleaner")
        self.addCleanup(self.sql, "DROP OWNED BY cleaner; DROP ROLE cleaner")
        before = self.look()
        self.make_plan("--role", "cleaner", script="DELETE FROM diary WHERE n = 2")
        self.assertIn("--without-undo", self.apply("--execute").out)
        self.apply_id = self.assert_applied(self.apply("--execute", "--without-undo"))["apply"]
        self.assertEqual(self.entry()["role"], "cleaner")
        self.assertIn("no INSERT on public.diary", self.refused("--role", "cleaner")["message"])
        self.undone("--execute")
        self.assertEqual(self.look(), before)

    def test_by_default_every_row_in_the_way_is_listed_and_nothing_is_done(self):
        self.sql(LATER)
        said = self.refused()
        self.assertEqual(self.conflicts(said), IN_THE_WAY)
        self.assertTrue(all(conflict["message"] for conflict in said["conflicts"]))
        self.assertEqual((self.entry()["state"], self.entry()["undoable_rows"]), ("applied", 14))

    def test_a_key_that_was_spelt_otherwise_comes_back_as_it_was(self):
        self.sql("CREATE EXTENSION citext; CREATE TABLE people (email citext PRIMARY KEY, name text);"
                 "INSERT INTO people VALUES ('Ann@x.org', 'a'), ('Bob@x.org', 'b');")
        before = self.look()
        self.make_plan(script="UPDATE people SET email = lower(email)")
        self.apply_id = self.assert_applied(self.apply("--execute"))["apply"]
        self.sql("UPDATE people SET email = 'BOB@x.org' WHERE name = 'b'")
        self.assertEqual(self.conflicts(self.refused()), {("public.people", "bob@x.org", "changed"), ("public.people", "Bob@x.org", "taken")})
        self.sql("UPDATE people SET email = 'bob@x.org' WHERE name = 'b'")
        self.undone("--execute")
        self.assertEqual(self.look(), before)

    def test_all_that_is_in_the_way_goes_to_a_file_however_many_they_are(self):
        self.sql("CREATE TABLE many (id int PRIMARY KEY, t text); INSERT INTO many SELECT g, 't' FROM generate_series(1, 1200) g")
        self.make_plan(script="DELETE FROM many;\n")
        self.apply_id = self.assert_applied(self.apply("--execute"))["apply"]
        self.sql("INSERT INTO many SELECT g, 'new' FROM generate_series(1, 1200) g")
        file = self.home.work / "conflicts"
        outcome = self.undo("--conflicts", file)
        self.assertEqual((outcome.json["conflict_count"], len(outcome.json["conflicts"])), (1200, 1000))
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual({(line["table"], line["id"], line["kind"]) for line in lines},
                         {("public.many", str(number), "taken") for number in range(1, 1201)})
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertIn("--conflicts FILE", self.home.run("undo", self.apply_id).out)

    def test_force_is_offered_only_where_it_would_help(self):
        self.sql("INSERT INTO users (id, auth_source, name) VALUES (4503599627370500, 'telegram', 'theirs, too')")
        outcome = self.home.run("undo", self.apply_id)
        words = " ".join(outcome.out.replace("┃", " ").split())
        self.assertIn(f"1 row is not as {self.apply_id} left it", words)
        self.assertIn("--mode skip-changed", words)
        self.assertNotIn("--mode force", words)

    def test_skip_changed_puts_back_the_rest_and_leaves_what_is_theirs(self):
        self.sql(LATER)
        said = self.undone("--mode", "skip-changed", "--execute")
        self.assertEqual(self.conflicts(said), IN_THE_WAY)
        self.assertEqual((said["inserted"], said["updated"], said["deleted"], said["overwritten"]), (7, 2, 1, 0), str(said))
        self.assertEqual(self.rows("id BETWEEN 1 AND 4"), [(1, "tg 1", "free"), (2, "theirs", "pro"), (4, "tg 4", "free")])
        self.assertEqual(self.rows("id = 4503599627370500"), [(4503599627370500, "theirs, too", "free")])
        self.assertEqual(self.rows("id IN (4503599627370600, 4503599627370601)"), [(4503599627370600, "QA four", "free")])
        self.assertEqual(self.sql("SELECT count(*) FROM chat_sessions WHERE title = 'theirs as well'"), [(1,)])
        self.assertEqual(self.sql("SELECT count(*) FROM diary WHERE n = 3"), [(4,)])
        entry = self.entry()
        self.assertEqual((entry["state"], entry["undoable"], entry["rows_not_undone"], entry["undoable_rows"]),
                         ("undone-in-part", True, 4, 4))

    def test_a_table_that_was_dropped_keeps_no_other_from_coming_back(self):
        self.sql("ALTER TABLE diary RENAME TO diary_of_old")
        self.assertIn("give it that back", " ".join(self.home.run("undo", self.apply_id).out.split()))
        self.sql("DROP TABLE diary_of_old")
        said = self.refused()
        self.assertEqual({(conflict["table"], conflict["kind"]) for conflict in said["conflicts"]}, {("public.diary", "gone")})
        said = self.undone("--mode", "skip-changed", "--execute")
        self.assertEqual((said["inserted"], said["conflict_count"]), (4, 4))
        self.assertEqual(self.look(), {table: rows for table, rows in self.before.items() if "diary" not in str(table)})
        self.assertEqual((self.entry()["state"], self.entry()["undoable_rows"]), ("undone-in-part", 4))

    def test_force_writes_over_what_changed_and_keeps_it_and_never_takes_what_others_made(self):
        self.sql(LATER)
        said = self.undone("--mode", "force", "--execute")
        self.assertEqual(self.conflicts(said), {row for row in IN_THE_WAY if row[2] in ("taken", "referenced")})
        self.assertEqual(said["overwritten"], 1)
        self.assertEqual(self.rows("id BETWEEN 1 AND 4"), [(number, f"tg {number}", "free") for number in range(1, 5)])
        self.assertEqual(self.rows("id = 4503599627370500"), [(4503599627370500, "theirs, too", "free")])
        self.assertEqual(self.sql("SELECT count(*) FROM chat_sessions WHERE title = 'theirs as well'"), [(1,)])
        kept = plan_file.changeset((self.home.path / "state" / "applies" / self.apply_id / "overwritten-1").read_bytes())
        self.assertEqual([change.before[3] for change in kept], ["theirs"])
        # The second one has a file of its own.
        self.sql("DELETE FROM users WHERE id = 4503599627370500; DELETE FROM chat_sessions WHERE title = 'theirs as well';"
                 "UPDATE users SET name = 'theirs as well' WHERE id = 4503599627370600")
        self.assertEqual(self.undone("--mode", "force", "--execute")["overwritten"], 1)
        rows = [json.loads(line) for line in self.home.run("applies", self.apply_id, "--overwritten").out.splitlines()]
        self.assertEqual([(row["undo"], row["table"], row["found"]["name"], row["put"] and row["put"]["name"]) for row in rows],
                         [(1, "public.users", "theirs", "tg 2"), (2, "public.users", "theirs as well", None)])

    def test_a_forgotten_record_is_gone_with_its_rows(self):
        outcome = self.home.run("applies", self.apply_id, "--forget")
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertFalse((self.home.path / "state" / "applies" / self.apply_id).exists())
        self.assertEqual(self.undo().exit, 2)

    def test_a_damaged_record_is_told_and_is_not_nothing(self):
        file = self.home.path / "state" / "applies" / self.apply_id / "record.json"
        whole = file.read_bytes()
        self.addCleanup(file.write_bytes, whole)
        file.write_bytes(whole[:-9])
        outcome = self.home.run("applies")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertNotIn("Nothing was applied", outcome.out)
        self.assertIn("its files are in", " ".join(outcome.out.split()))
        self.assertEqual(self.undo("--execute").exit, 3)

    def test_a_second_undo_is_about_the_rows_that_the_first_one_left(self):
        self.sql(LATER)
        self.undone("--mode", "skip-changed", "--execute")
        # What came back is at work again: no undo of the apply looks at it any more, in tables without a key neither.
        self.sql("UPDATE users SET name = 'at work' WHERE id = 1; DELETE FROM users WHERE id = 4503599627370501;"
                 "DELETE FROM diary WHERE n = 3")
        self.assertEqual(self.conflicts(self.refused()), IN_THE_WAY)
        self.assertIn("nothing was changed", self.refused("--mode", "skip-changed")["message"])
        self.assertEqual(self.entry()["undoable_rows"], 4)
        self.sql("UPDATE users SET name = 'tg 2' WHERE id = 2; DELETE FROM users WHERE id = 4503599627370500;")
        said = self.undone("--mode", "skip-changed", "--execute")
        self.assertEqual((said["inserted"], said["updated"], said["deleted"]), (1, 1, 0), str(said))
        self.assertEqual((self.entry()["state"], self.entry()["undoable_rows"]), ("undone-in-part", 2))
        self.sql("DELETE FROM chat_sessions WHERE title = 'theirs as well'")
        self.assertEqual(self.undone("--mode", "force", "--execute")["conflicts"], [])
        self.assertEqual((self.entry()["state"], self.entry()["undoable"]), ("undone", False))
        self.assertEqual(self.rows("id BETWEEN 1 AND 4"),
                         [(1, "at work", "free"), (2, "tg 2", "free"), (3, "tg 3", "free"), (4, "tg 4", "free")])
        self.assertEqual(self.rows("id >= 4503599627370500"),
                         [(4503599627370500, "QA two", "free")])
        self.assertEqual(self.sql("SELECT count(*) FROM diary WHERE n = 3"), [(0,)])

    def test_an_undo_for_people_says_what_is_in_the_way_and_what_can_be_typed_next(self):
        self.sql(LATER)
        outcome = self.home.run("undo", self.apply_id)
        self.assertEqual(outcome.exit, 1)
        for word in ("NOT UNDONE", "changed since: name", "4503599627370500", "--mode skip-changed", "--mode force"):
            self.assertIn(word, outcome.out)
        self.undone("--mode", "skip-changed", "--execute")
        self.assertIn("4 rows", self.home.run("applies").out)
        self.assertIn("4 rows", self.home.run("applies", self.apply_id).out)
        outcome = self.home.run("undo", self.apply_id, "--mode", "skip-changed")
        self.assertNotIn("--mode skip-changed", outcome.out)


if __name__ == "__main__":
    unittest.main()
