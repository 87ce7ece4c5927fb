"""--exec: a program is rehearsed in place of a script, and sees the scratch as its database."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, server, shop  # noqa: E402

CLEANUP = """
import os, psycopg2
connection = psycopg2.connect(%s)
cursor = connection.cursor()
cursor.execute("DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100")
assert cursor.rowcount == 11, cursor.rowcount
connection.commit()
"""


class CommandTest(case.SharedCase):
    statements = shop.DATABASE

    def rehearse(self, *arguments, **options):
        contract = self.home.contract(shop.CONTRACT)
        return self.plan("--contract", contract, *arguments, source=self.source, **options)

    def test_a_python_program_is_rehearsed_through_database_url(self):
        program = self.home.script(CLEANUP % "os.environ['DATABASE_URL']", "cleanup.py")
        report = self.rehearse("--exec", f"/usr/bin/python3 {program}", expect=cli.BREAKS)
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 11))
        self.assertTrue(report["scripts"][0]["command"])

    def test_a_python_program_is_rehearsed_through_the_pg_variables(self):
        program = self.home.script(CLEANUP % "''", "cleanup.py")
        report = self.rehearse("--exec", f"/usr/bin/python3 {program}", expect=cli.BREAKS)
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 11))

    def test_psql_runs_scripts_with_meta_commands(self):
        script = self.home.script("\\set who test\nDELETE FROM users WHERE auth_source = :'who';\n", "meta.sql")
        report = self.rehearse("--exec", f"{server.CLIENT / 'psql'} -X -v ON_ERROR_STOP=1 -f {script}", expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 3))

    def test_the_production_that_the_environment_names_is_out_of_reach(self):
        program = self.home.script(f"""
import psycopg2, sys
try:
    psycopg2.connect({self.source!r}).close()
except psycopg2.OperationalError:
    sys.exit(0)
sys.exit("production can be reached")
""", "reach.py")
        report = self.rehearse("--exec", f"/usr/bin/python3 {program}", expect=cli.KEEPS,
                               env={"PGHOST": str(self.server.sockets), "DATABASE_URL": self.source})
        self.assertEqual(report["effects"], [])

    def test_a_program_that_fails_breaks_the_contract_and_its_words_are_shown(self):
        outcome = self.home.plan("--exec", "/usr/bin/python3 -c \"import sys; sys.exit('no such luck')\"", source=self.source)
        self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))
        self.assertIn("script-failed", case.rules_of(outcome.json))
        self.assertIn("no such luck", outcome.out + outcome.err)

    def test_a_program_that_does_not_exist_is_an_error(self):
        outcome = self.home.plan("--exec", "/no/such/program", source=self.source)
        self.assertIn(outcome.exit, (cli.BREAKS, cli.USAGE, cli.FAILED), str(outcome))
        self.assertIn("/no/such/program", outcome.err + outcome.out)

    def test_a_program_can_write_nothing_outside_the_scratch(self):
        target = self.home.work / "escaped"
        program = self.home.script(f"open({str(target)!r}, 'w').write('x')", "write.py")
        outcome = self.home.plan("--exec", f"/usr/bin/python3 {program}", source=self.source)
        self.assertFalse(target.exists())
        self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))

    def test_scripts_run_before_programs_and_their_effects_are_apart(self):
        script = self.home.script("DELETE FROM users WHERE id = 1;")
        program = self.home.script("import psycopg2\nc = psycopg2.connect('')\nc.cursor().execute('DELETE FROM users WHERE id = 2')\nc.commit()", "two.py")
        report = self.plan(script, "--exec", f"/usr/bin/python3 {program}", source=self.source, expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"public.users": (0, 0, 2)})
        self.assertEqual([s["number"] for s in report["statements"]], [1, 2])


if __name__ == "__main__":
    unittest.main()
