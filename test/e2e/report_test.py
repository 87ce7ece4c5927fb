"""The report: text, JSON and one HTML file, from `plan` and again from `show`."""

import html.parser
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(html.parser.HTMLParser):
    """Well-formed: every element is closed in its turn. Collects what would be loaded from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.loads = [], [], []
        self.text = ""
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "action", "data") and value and not value.startswith(("#", "data:"))]
        self.faults += [f"{tag} has {name}" for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of turn")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


class ReportTest(case.SharedCase):
    statements = shop.DATABASE + """
INSERT INTO users VALUES (90001, 'telegram', 'free', '<script>alert(1)</script>' || chr(27) || '[31m');
"""

    def rehearse(self, *arguments, script=shop.RANGE_DELETE):
        contract = self.home.contract(shop.CONTRACT)
        plan = self.home.work / "out.plan"
        return plan, self.home.run("plan", "--from", self.source, "--contract", contract, "--out", plan, *arguments, self.home.script(script))

    def test_the_text_report_shows_the_verdict_the_people_and_the_way_they_went(self):
        _, outcome = self.rehearse()
        self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))
        self.assertIn("BREAKS", outcome.out.upper())
        for words in ("public.users", "oauth", "-91111102", "web_messages", "cascade"):
            self.assertIn(words, outcome.out)
        self.assertNotIn("\x1b", outcome.out)

    def test_show_prints_the_same_report_in_every_format(self):
        for form in ("text", "json", "html"):
            with self.subTest(format=form):
                plan, outcome = self.rehearse("--format", form)
                shown = self.home.run("show", plan, "--format", form)
                self.assertEqual((shown.exit, shown.err), (cli.KEEPS, ""))
                self.assertEqual(shown.out, outcome.out)

    def test_the_html_report_is_one_well_formed_file_that_loads_nothing(self):
        target = self.home.work / "report.html"
        _, outcome = self.rehearse("--report", target, "--show-rows", script="DELETE FROM users WHERE id = 90001;")
        self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))
        text = target.read_text()
        page = Page(text)
        self.assertEqual((page.faults, page.loads), ([], []))
        self.assertTrue(text.lower().startswith("<!doctype html>"))
        self.assertNotIn("<script>alert", text)
        self.assertNotIn("@import", text)
        self.assertNotIn("url(http", text)
        self.assertIn("public.users", page.text)
        self.assertIn("<script>alert(1)</script>", page.text)

    def test_values_are_shown_only_where_asked_for_and_cannot_steer_the_terminal(self):
        script = "DELETE FROM users WHERE id = 90001;"
        _, plain = self.rehearse(script=script)
        self.assertNotIn("alert(1)", plain.out)
        _, rows = self.rehearse("--show-rows", script=script)
        self.assertIn("alert(1)", rows.out)
        self.assertNotIn("\x1b", rows.out)

    def test_json_has_the_documented_keys(self):
        _, outcome = self.rehearse("--format", "json")
        report = json.loads(outcome.out)
        for key in ("version", "verdict", "source", "effects", "statements", "sequences", "probes", "findings", "plan"):
            self.assertIn(key, report)
        self.assertEqual(report["version"], 1)
        for effect in report["effects"]:
            self.assertLessEqual({"table", "inserted", "updated", "deleted", "truncated", "populations"}, effect.keys())
        for finding in report["findings"]:
            self.assertLessEqual({"rule", "statement", "table", "rows", "message"}, finding.keys())

    def test_a_plan_that_was_altered_or_cut_or_is_none_is_refused(self):
        plan, _ = self.rehearse()
        good = plan.read_bytes()
        at = good.index(b'"deleted": 11')
        for what, bad in (("altered", good[:at + 11] + b"00" + good[at + 13:]), ("cut", good[:-10]), ("none", b"hello"), ("empty", b"")):
            with self.subTest(what):
                plan.write_bytes(bad)
                self.assert_fails(self.home.run("show", plan), cli.FAILED, "out.plan")
        self.assert_fails(self.home.run("show", "missing.plan"), cli.FAILED, "missing.plan")

    def test_without_out_the_plan_is_written_beside_under_the_scripts_name(self):
        self.home.run("plan", "--from", self.source, self.home.script("SELECT 1", "tidy.sql"))
        self.assertTrue((self.home.work / "tidy.plan").is_file())

    def test_a_reader_who_leaves_early_is_no_failure(self):
        plan, _ = self.rehearse()
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as out:
            process = self.home.start("show", plan, stdout=out, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (cli.KEEPS, b""))

    def test_a_place_that_cannot_be_written_is_an_error_before_anything_is_run(self):
        outcome = self.home.plan(self.home.script("SELECT 1"), source=self.source, out="/no/such/directory/out.plan")
        self.assert_fails(outcome, cli.USAGE, "/no/such/directory")

    def test_unknown_options_and_commands_are_usage_errors_and_help_is_not(self):
        for arguments in (["plan", "--no-such-option"], ["nonsense"], [], ["plan", "--format", "pdf", "x.sql"], ["show"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.home.run(*arguments).exit, cli.USAGE)
        for arguments in (["--help"], ["plan", "--help"], ["--version"]):
            self.assertEqual(self.home.run(*arguments).exit, cli.KEEPS)


if __name__ == "__main__":
    unittest.main()
