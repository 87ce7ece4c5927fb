"""Scripts as they are: their errors, their transactions, statements that the parser does not know, none at all, 50 MB."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli  # noqa: E402


class ScriptTest(case.SharedCase):
    statements = "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t SELECT g, 'n' FROM generate_series(1, 10) g;"

    def rehearse(self, text, expect=cli.KEEPS, **options):
        return self.plan(self.home.script(text), source=self.source, expect=expect, **options)

    def test_an_error_in_the_middle_is_told_with_file_and_line_and_what_was_committed_counts(self):
        report = self.rehearse("DELETE FROM t WHERE id = 1;\n\n-- next\nDELETE FROM nowhere;\nDELETE FROM t;\n", cli.BREAKS)
        self.assertEqual(case.effects_of(report), {"public.t": (0, 0, 1)})
        failure = report["failure"]
        self.assertEqual((failure["statement"], failure["line"], failure["sqlstate"]), (2, 4, "42P01"))
        self.assertTrue(failure["file"].endswith("script.sql"))
        self.assertEqual(case.rules_of(report), {"script-failed"})
        self.assertEqual(report["statements_run"], 2)

    def test_an_error_inside_a_transaction_leaves_nothing_of_it(self):
        report = self.rehearse("DELETE FROM t WHERE id = 1;\nBEGIN;\nDELETE FROM t;\nSELECT 1 / 0;\nCOMMIT;", cli.BREAKS)
        self.assertEqual(case.effects_of(report), {"public.t": (0, 0, 1)})
        self.assertEqual(report["failure"]["line"], 4)

    def test_a_transaction_left_open_is_rolled_back_and_breaks_the_contract(self):
        report = self.rehearse("BEGIN;\nDELETE FROM t;", cli.BREAKS)
        self.assertEqual(report["effects"], [])
        self.assertEqual(case.rules_of(report), {"transaction-left-open"})

    def test_a_meta_command_is_refused_with_file_and_line_and_the_way_out(self):
        outcome = self.home.plan(self.home.script("SELECT 1;\n\n\\i other.sql\n"), source=self.source)
        self.assertIn(outcome.exit, (cli.USAGE, cli.FAILED), str(outcome))
        self.assertIn("script.sql:3:", outcome.err)
        self.assertIn("--exec", outcome.err)
        self.assertFalse((self.home.work / "out.plan").exists())

    def test_nothing_of_a_script_is_run_where_a_later_line_cannot_be_read(self):
        outcome = self.home.plan(self.home.script("DELETE FROM t;\nSELECT 'unterminated;\n"), source=self.source)
        self.assertEqual(outcome.exit, cli.USAGE, str(outcome))
        self.assertIn("script.sql:2:", outcome.err)

    def test_a_script_without_a_statement_is_an_error(self):
        for text in ("", "\n\n", "-- nothing\n/* at /* all */ */\n", ";;\n", "\ufeff"):
            with self.subTest(text=text):
                self.assert_fails(self.home.plan(self.home.script(text), source=self.source), cli.USAGE, "script.sql", "no statement")

    def test_a_script_that_is_missing_or_no_text_is_an_error(self):
        outcome = self.home.plan("missing.sql", source=self.source)
        self.assertIn(outcome.exit, (cli.USAGE, cli.FAILED), str(outcome))
        self.assertIn("missing.sql", outcome.err)
        outcome = self.home.plan(self.home.script(b"SELECT '\xff\xfe';"), source=self.source)
        self.assert_fails(outcome, cli.USAGE, "script.sql")

    def test_no_script_at_all_is_a_usage_error(self):
        self.assertEqual(self.home.plan(source=self.source).exit, cli.USAGE)

    def test_several_scripts_run_in_order_and_statements_are_numbered_through(self):
        first = self.home.script("INSERT INTO t VALUES (11, 'new');", "first.sql")
        second = self.home.script("\nUPDATE t SET note = 'x' WHERE id > 9;", "second.sql")
        report = self.plan(first, second, source=self.source)
        self.assertEqual(case.effects_of(report), {"public.t": (1, 1, 0)})
        self.assertEqual([(s["number"], pathlib.Path(s["file"]).name, s["line"]) for s in report["statements"]],
                         [(1, "first.sql", 1), (2, "second.sql", 2)])

    def test_a_script_of_50_megabytes_is_rehearsed(self):
        filler = "-- " + "x" * 1020 + "\n"
        text = filler * (50 * 1024) + "DELETE FROM t WHERE id = 1;\n"
        report = self.rehearse(text)
        self.assertEqual(report["statements"][0]["line"], 50 * 1024 + 1)
        self.assertEqual(case.effects_of(report), {"public.t": (0, 0, 1)})

    def test_copy_data_of_megabytes_stands_in_the_script(self):
        rows = "".join(f"{number}\t{'y' * 100}\n" for number in range(100, 50100))
        report = self.rehearse(f"COPY t FROM STDIN;\n{rows}\\.\nDELETE FROM t WHERE id = 1;\n")
        self.assertEqual(case.effects_of(report), {"public.t": (50000, 0, 1)})
        self.assertEqual(report["statements"][1]["line"], 50003)

    def test_a_comment_may_stand_behind_copy(self):
        report = self.rehearse("COPY t FROM STDIN; -- two rows\n21\ta\n22\tb\n\\.\n")
        self.assertEqual(case.effects_of(report), {"public.t": (2, 0, 0)})

    def test_large_objects_are_named_because_they_cannot_be_seen(self):
        report = self.rehearse("SELECT lo_from_bytea(0, 'hello');")
        self.assertTrue(any("large object" in note.lower() for note in report["notes"]), report["notes"])

    def test_a_table_renamed_after_it_was_filled_counts_under_its_last_name_only(self):
        report = self.rehearse("CREATE TABLE keeping AS SELECT * FROM t;\nALTER TABLE keeping RENAME TO kept;")
        self.assertEqual(case.effects_of(report), {"public.kept": (10, 0, 0)})

    def test_rows_that_come_and_go_are_nothing_in_the_end_and_something_on_the_way(self):
        report = self.rehearse("INSERT INTO t VALUES (50, 'x');\nDELETE FROM t WHERE id = 50;\nUPDATE t SET note = note;")
        self.assertEqual(report["effects"], [])
        self.assertEqual([case.effects_of(s)["public.t"] for s in report["statements"][:2]], [(1, 0, 0), (0, 0, 1)])


if __name__ == "__main__":
    unittest.main()
