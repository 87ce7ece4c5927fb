"""lint: the labelled corpus in test/lint, every format, suppressions, --diff, and what cannot be read."""

import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from support import cli

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "lint"
MARK = re.compile(r"expect: ([a-z, -]+?)\s*$")
CONTRACT = CORPUS / "pgrehearse.toml"


def lint(*arguments, cwd=None, text=None):
    done = subprocess.run([cli.program(), "lint", *map(str, arguments)], cwd=cwd, input=text, text=True, capture_output=True,
                          timeout=60, check=False)
    return cli.Outcome(done.returncode, done.stdout, done.stderr)


def labels(path):
    """(line of the mark, rules): a mark is about what follows it, up to the next one."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = MARK.search(line)
        if mark:
            rules = {rule.strip() for rule in mark[1].split(",")} - {"nothing"}
            found.append((number, rules))
    return found


class Corpus(unittest.TestCase):
    def test_precision_and_recall_are_one_for_every_rule(self):
        outcome = lint("--format", "json", "--contract", CONTRACT, CORPUS)
        self.assertEqual(outcome.exit, 1, str(outcome))
        said = collections.defaultdict(set)
        marks = {str(path): labels(path) for path in CORPUS.rglob("*") if path.is_file() and path.suffix != ".toml"}
        for finding in outcome.json["findings"]:
            place = max((line for line, _ in marks[finding["file"]] if line <= finding["line"]), default=0)
            said[finding["file"], place].add(finding["rule"])
        right, wrong, missed = collections.Counter(), collections.Counter(), collections.Counter()
        harmless = total = 0
        complaints = []
        for file, of_file in marks.items():
            for line, expected in of_file:
                total += 1
                harmless += not expected
                got = said.pop((file, line), set())
                right.update(got & expected)
                wrong.update(got - expected)
                missed.update(expected - got)
                if got != expected:
                    complaints.append(f"{file}:{line}: expected {sorted(expected)}, got {sorted(got)}")
        print()
        for rule in sorted(right | wrong | missed):
            precision = right[rule] / max(right[rule] + wrong[rule], 1)
            recall = right[rule] / max(right[rule] + missed[rule], 1)
            print(f"{rule:26} {right[rule] + missed[rule]:4} labelled  precision {precision:.3f}  recall {recall:.3f}")
        print(f"{total} statements, {harmless} of them harmless")
        self.assertEqual(complaints, [], "\n".join(complaints))
        self.assertEqual(dict(said), {}, "findings before the first mark of a file")
        self.assertGreaterEqual(total, 300)
        self.assertGreaterEqual(3 * harmless, total)


class Command(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="pgrh-lint-")
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)
        (self.work / "pgrehearse.toml").write_bytes(CONTRACT.read_bytes())

    def write(self, name, text):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def rules(self, *arguments, **options):
        outcome = lint(*arguments, "--format", "json", cwd=self.work, **options)
        return [(finding["rule"], finding["line"]) for finding in outcome.json["findings"]]

    def test_a_finding_has_its_exact_place_and_the_contract_decides_its_weight(self):
        self.write("a.sql", "-- ä\nSELECT 'ö'; DELETE FROM users\n WHERE id < 0;\n")
        finding, = lint("a.sql", "--format", "json", cwd=self.work).json["findings"]
        self.assertEqual({key: finding[key] for key in ("rule", "severity", "file", "line", "column", "statement")},
                         {"rule": "identity-range-delete", "severity": "error", "file": "a.sql", "line": 3, "column": 8,
                          "statement": "DELETE FROM users WHERE id < 0"})
        (self.work / "pgrehearse.toml").unlink()
        finding, = lint("a.sql", "--format", "json", cwd=self.work).json["findings"]
        self.assertEqual(finding["severity"], "warning")

    def test_exit_status_and_standard_input(self):
        self.assertEqual(lint("-", cwd=self.work, text="SELECT 1;").exit, 0)
        outcome = lint("-", cwd=self.work, text="TRUNCATE users;")
        self.assertEqual(outcome.exit, 1)
        self.assertIn("-:1:10: error: ", outcome.out)
        self.assertEqual(lint("nowhere.sql", cwd=self.work).exit, 2)
        self.assertEqual(lint("--explain", "drop", cwd=self.work).exit, 0)
        self.assertEqual(lint("--explain", "drp", cwd=self.work).exit, 2)
        self.assertEqual(lint("--contract", "none.toml", cwd=self.work).exit, 2)

    def test_suppressions_allow_once_and_are_judged_themselves(self):
        self.write("a.sql", "\n".join((
            "-- pgrehearse: allow truncate because it is loaded anew",
            "TRUNCATE users;",
            "TRUNCATE users; -- pgrehearse: allow truncate because it is loaded anew",
            "TRUNCATE /* pgrehearse: allow truncate because it is loaded anew */ users;",
            "TRUNCATE users; -- pgrehearse: allow truncate",
            "TRUNCATE users; -- pgrehearse: allow trunkate because I say so",
            "SELECT 1; -- pgrehearse: allow drop because nobody knows",
            "-- pgrehearse: allow truncate, cascade because both are meant",
            "TRUNCATE users CASCADE;",
            "SELECT '-- pgrehearse: allow drop because this is no comment';",
            "")))
        self.assertEqual(self.rules("a.sql"), [("truncate", 5), ("reason-missing", 5), ("truncate", 6), ("unknown-rule", 6),
                                               ("unused-suppression", 7)])

    def test_what_cannot_be_read_is_a_finding(self):
        self.write("a.sql", "SELEC 1;\nTRUNCATE users;\nSELECT 'open;\n")
        self.assertEqual(self.rules("a.sql"), [("unparseable", 1), ("truncate", 2), ("unparseable", 3)])
        (self.work / "b.sql").write_bytes(b"SELECT '\xff';\n")
        self.assertEqual(self.rules("b.sql"), [("unparseable", 1)])
        (self.work / "c.sql").write_bytes(b"\0" * 100)
        self.assertEqual(self.rules("c.sql"), [("unparseable", 1)])

    def test_a_statement_that_multiplies_is_a_finding_and_what_follows_is_judged(self):
        multiplying = (CORPUS.parent / "fuzz/lint/joins-of-joins").read_text(encoding="utf-8")[1:]
        self.write("a.sql", multiplying + "\nTRUNCATE users;\n")
        (intricate, line), truncate = self.rules("a.sql")
        self.assertEqual((intricate, line, truncate), ("unparseable", 1, ("truncate", line + multiplying.count("\n") + 1)))

    def test_a_suppression_in_a_program_without_sql_is_judged(self):
        self.write("a.py", "x = 1\n# pgrehearse: allow truncate because it was here once\ny = 2\n")
        self.assertEqual(self.rules("a.py"), [("unused-suppression", 2)])

    def test_bodies_inside_bodies_are_looked_into_or_named(self):
        body = "TRUNCATE users;"
        for level in range(12):
            body = f"DO $b{level}$ BEGIN {body} END $b{level}$;"
        self.write("a.sql", body + "\n")
        finding, = lint("a.sql", "--format", "json", cwd=self.work).json["findings"]
        self.assertEqual((finding["rule"], finding["instead"]), ("unparseable", "define it outside of the others"))

    def test_files_are_left_out_by_the_command_line_and_by_the_contract(self):
        for name in ("a.sql", "vendor/b.sql", "db/oracle/c.sql", "app/x.gen.sql"):
            self.write(name, "TRUNCATE users;\n")
        contract = self.work / "pgrehearse.toml"
        contract.write_text("[lint]\nexclude = [\"/db/oracle/\", \"*.gen.sql\"]\n" + contract.read_text())
        self.write("vendor/b.sql", "TRUNCATE users;\n")
        report = lint("--exclude", "vendor/", "--format", "json", cwd=self.work).json
        self.assertEqual([finding["file"] for finding in report["findings"]], ["a.sql"])
        report = lint("db/oracle/c.sql", "a.sql", "--format", "json", cwd=self.work).json
        self.assertEqual([finding["file"] for finding in report["findings"]], ["a.sql"])

    def test_a_table_made_under_a_name_that_the_program_puts_in_says_nothing_of_others(self):
        (self.work / "pgrehearse.toml").unlink()
        self.write("a.py", "c.execute('CREATE TABLE \"{t}\" (x int)'.format(t=one))\nc.execute(f'DROP TABLE {other}')\n")
        self.assertEqual(self.rules("a.py"), [("drop", 2)])

    def test_a_file_that_is_named_twice_is_read_once(self):
        self.write("m/a.sql", "TRUNCATE users;\n")
        for again in ("m/../m", "m/a.sql", self.work / "m"):
            self.assertEqual(self.rules("m", again), [("truncate", 1)])

    def test_foreign_directories_are_searched_where_they_are_named(self):
        self.write("app/vendor/a.sql", "TRUNCATE users;\n")
        self.assertEqual(self.rules("app"), [])
        self.assertEqual(self.rules("app/vendor"), [("truncate", 1)])

    def test_what_is_no_file_for_lint_is_said(self):
        self.write("README.md", "DELETE FROM users WHERE you like\n")
        outcome = lint("README.md", cwd=self.work)
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.assertIn("README.md: skipped", outcome.out)
        self.assertEqual(lint("README.md", "--format", "json", cwd=self.work).json["skipped"], ["README.md"])
        os.mkfifo(self.work / "pipe.sql")
        for name in ("pipe.sql", "/dev/zero"):
            outcome = lint(name, cwd=self.work)
            self.assertEqual(outcome.exit, 2)
            self.assertIn("neither a file nor a directory", outcome.err)
        self.write("a.sql", "SELECT '\u00ff';\n")
        (self.work / "a.sql").write_bytes(b"SELECT '\xff';\n")
        finding, = lint("a.sql", "--format", "json", cwd=self.work).json["findings"]
        self.assertIn("UTF-8", finding["instead"])

    def test_a_choice_that_is_none_is_answered_with_the_names(self):
        for wrong in ("xml", "3"):
            outcome = lint("--format", wrong, cwd=self.work)
            self.assertEqual(outcome.exit, 2)
            self.assertIn(f"--format: there is no “{wrong}”; it is one of github, json, junit, sarif, text", outcome.err)
        self.assertEqual(lint("--format", "JSON", cwd=self.work).exit, 0)

    def test_only_changed_statements_under_diff(self):
        def git(*arguments):
            subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], cwd=self.work, check=True,
                           capture_output=True)
        git("init", "-q")
        self.write("a.sql", "TRUNCATE users;\nSELECT 1;\nDELETE FROM users\n WHERE auth_source = 'test';\n")
        git("add", ".")
        git("commit", "-qm", "first")
        self.write("a.sql", "TRUNCATE users;\nSELECT 1;\nDELETE FROM users\n;\n")
        self.write("sub/new.sql", "TRUNCATE users;\n")
        (self.work / "link.sql").symlink_to("a.sql")
        self.assertEqual(self.rules("--diff", "HEAD", "a.sql", "sub/new.sql"), [("missing-predicate", 3), ("truncate", 1)])
        elsewhere = lint("--diff", "HEAD", "--contract", CONTRACT, "--format", "json", self.work / "sub", cwd="/")
        self.assertEqual([finding["rule"] for finding in elsewhere.json["findings"]], ["truncate"])
        self.assertIn("/ is in none", lint("--diff", "HEAD", cwd="/").err)
        self.assertEqual(lint("--diff", "nosuch", cwd=self.work).exit, 2)
        self.assertEqual(lint("--diff", "--output=x", cwd=self.work).exit, 2)
        outcome = subprocess.run([cli.program(), "lint", "--diff", "HEAD"], cwd=self.work, env={"PATH": "/nowhere"},
                                 capture_output=True, text=True, check=False)
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("git", outcome.stderr)

    def test_other_formats_are_well_formed(self):
        self.write("a,b:c.sql", "DELETE FROM users WHERE id < 0 AND plan = '<&>\"';\n")
        sarif = json.loads(lint(".", "--format", "sarif", cwd=self.work).out)
        self.assertEqual(sarif["version"], "2.1.0")
        run, = sarif["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        result, = run["results"]
        self.assertIn(result["ruleId"], rules)
        place = result["locations"][0]["physicalLocation"]
        self.assertEqual(place["artifactLocation"]["uri"], "a%2Cb%3Ac.sql")
        self.assertEqual(place["region"], {"startLine": 1, "startColumn": 25})
        github = lint(".", "--format", "github", cwd=self.work).out
        self.assertTrue(github.startswith("::error file=a%2Cb%3Ac.sql,line=1,col=25,title="), github)
        self.assertEqual(github.count("\n"), 1)
        suites = xml.etree.ElementTree.fromstring(lint(".", "--format", "junit", cwd=self.work).out)
        self.assertEqual(suites.get("failures"), "1")
        self.assertEqual(len(suites.findall("testsuite/testcase/failure")), 1)

    def test_every_rule_has_its_page(self):
        docs = CORPUS.parent.parent / "docs"
        sarif = json.loads(lint("-", "--format", "sarif", cwd=self.work, text="SELECT 1").out)
        rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
        self.assertEqual({page.stem for page in (docs / "rules").glob("*.md")}, rules)
        index = (docs / "rules.md").read_text(encoding="utf-8")
        for rule in rules:
            self.assertIn(f"(rules/{rule}.md)", index)

    def test_names_in_files_never_steer_a_terminal(self):
        self.write("a.sql", "DELETE FROM users WHERE id < 0 AND plan = '\x1b[31m';\n")
        self.assertNotIn("\x1b", lint("a.sql", cwd=self.work).out)


if __name__ == "__main__":
    unittest.main()
