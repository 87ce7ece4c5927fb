"""--help, and what is said of a command line that makes no sense."""

import pathlib
import re
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import cli  # noqa: E402

COMMANDS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "commands.md"
ROW = re.compile(r"^\| `([a-z][^`]*)` \|(.*) \|$", re.MULTILINE)


def part(text, title):
    """The lines of a help text under a title, as they are."""
    found = re.search(rf"^{title}:\n((?:  .*\n)*)", text, re.MULTILINE)
    return found[1] if found else ""


class HelpTest(unittest.TestCase):
    def setUp(self):
        self.home = cli.Home()
        self.addCleanup(self.home.remove)

    def help(self, *command, columns=80):
        outcome = self.home.run(*command, "--help", env={"COLUMNS": columns})
        self.assertEqual((outcome.exit, outcome.err), (cli.KEEPS, ""), str(outcome))
        return outcome.out

    def commands(self, *command):
        """Every command that does something, with its help."""
        text = self.help(*command)
        names = re.findall(r"^  ([a-z]+) ", part(text, "Commands"), re.MULTILINE)
        if not names:
            yield " ".join(command), text
        for name in names:
            yield from self.commands(*command, name)

    def test_it_fits_a_terminal_of_80_columns(self):
        for command, text in [("", self.help()), *self.commands()]:
            with self.subTest(command):
                self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])

    def test_the_overview_has_a_line_or_two_for_each_command(self):
        overview = part(self.help(), "Commands")
        self.assertLessEqual(len(overview.splitlines()), 2 * len(re.findall(r"^  [a-z]", overview, re.MULTILINE)))
        self.assertIn("rehearse scripts on a copy of the real data", overview)

    def test_the_page_of_commands_lists_each_with_its_options(self):
        page = {}
        for usage, options in ROW.findall(COMMANDS.read_text()):
            page[usage] = set(re.findall(r"`(--[a-z-]+)`", options))
        built = {}
        for command, text in self.commands():
            arguments = re.search(r"^Usage: pgrehearse (.*?)(?: \[OPTIONS\])((?: \S+)*)$", text, re.MULTILINE)
            self.assertEqual(arguments[1], command)
            built[command + arguments[2]] = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", part(text, "Options"), re.MULTILINE)) - {"--help"}
        self.assertEqual(page, built)

    def test_what_makes_no_sense_is_said_with_where_to_look(self):
        for words, *fragments in (
            (["pln"], "there is no command pln; did you mean plan?", "pgrehearse --help"),
            (["testdata", "clear"], "testdata: there is no command clear; did you mean clean?"),
            (["nothing-like-it"], "there is no command nothing-like-it\n", "pgrehearse --help"),
            ([], "a command is missing", "pgrehearse --help"),
            (["keys"], "keys: a command is missing", "pgrehearse keys --help"),
            (["--no-such"], "there is no option --no-such"),
            (["plan", "--no-such", "x.sql"], "pgrehearse: plan: ", "--no-such", "nothing was run", "pgrehearse plan --help"),
            (["status", "--format", "xml"], "“xml”", "nagios", "pgrehearse status --help"),
            (["show"], "PLAN is required", "pgrehearse show --help"),
        ):
            with self.subTest(words):
                outcome = self.home.run(*words)
                self.assertEqual((outcome.exit, outcome.out), (cli.USAGE, ""), str(outcome))
                for fragment in fragments:
                    self.assertIn(fragment, outcome.err)

    def test_where_no_database_was_named_it_is_said(self):
        for command in (["plan", self.home.script("SELECT 1")], ["init"]):
            with self.subTest(command):
                outcome = self.home.run(*command, env={"PGPORT": 1})
                self.assertEqual(outcome.exit, cli.FAILED, str(outcome))
                self.assertIn("no database was named", outcome.err)


if __name__ == "__main__":
    unittest.main()
