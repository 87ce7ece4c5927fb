"""No password in a plan, a report, an error or a process list; plans and images are for their owner only."""

import pathlib
import stat
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import cli, server, shop  # noqa: E402

SECRET = "s3cr3t+w0rd"


class SecretsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server.Server(authentication="scram-sha-256", password=SECRET)
        cls.addClassCleanup(cls.server.close)
        cls.server.create_database("shop")
        cls.server.execute(shop.DATABASE + f"CREATE ROLE plain LOGIN PASSWORD '{SECRET}'; GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO plain;"
                           "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO plain", "shop")

    def setUp(self):
        self.home = cli.Home()
        self.addCleanup(self.home.remove)

    def run_watched(self, *arguments, env=None):
        """Runs pgrehearse, and looks for the secret in every process's command line while it runs."""
        process = self.home.start(*arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seen = {}
        while process.poll() is None:
            seen.update({pid: line for pid, line in cli.processes_naming(SECRET).items() if pid != process.pid})
            time.sleep(0.02)
        out, err = process.communicate()
        return cli.Outcome(process.returncode, out.decode(), err.decode()), seen

    def check(self, user, *arguments, env=None):
        script = self.home.script("SELECT 1;")
        plan = self.home.work / "out.plan"
        report = self.home.work / "report.html"
        outcome, seen = self.run_watched("plan", "--format", "json", "--out", plan, "--report", report, *arguments, script, env=env)
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))
        self.assertEqual(outcome.json["role"], user)
        self.assertEqual(seen, {})
        quoted = server.urllib.parse.quote(SECRET, safe="")
        for text in (outcome.out, outcome.err, plan.read_bytes().decode("latin-1"), report.read_text()):
            self.assertNotIn(SECRET, text)
            self.assertNotIn(quoted, text)
        for path in self.home.path.rglob("*.json"):
            self.assertNotIn(SECRET, path.read_text())
        self.assertEqual(stat.S_IMODE(plan.stat().st_mode), 0o600)

    def test_a_password_in_the_url_stays_there(self):
        self.check("postgres", "--from", self.server.url("shop", password=SECRET))

    def test_a_password_stays_secret_on_the_way_through_pg_dump(self):
        self.check("plain", "--from", self.server.url("shop", "plain", password=SECRET))

    def test_a_password_in_the_environment_is_used_and_stays_there(self):
        self.check("postgres", "--from", self.server.url("shop"), env={"PGPASSWORD": SECRET})

    def test_a_password_of_the_contracts_url_stays_in_its_variable(self):
        self.home.contract('[database]\nurl = "env:SHOP_URL"\n')
        self.check("postgres", env={"SHOP_URL": self.server.url("shop", password=SECRET)})

    def test_errors_do_not_repeat_the_password(self):
        for source in (self.server.url("no_such_db", password=SECRET), f"postgresql://u:{SECRET}@[::1/db", f"password='{SECRET}' host=/nowhere dbname=x",
                       f"postgresql://u:{SECRET}@/db?host=/nowhere"):
            with self.subTest(source=source):
                outcome = self.home.plan(self.home.script("SELECT 1"), source=source)
                self.assertIn(outcome.exit, (cli.USAGE, cli.FAILED))
                self.assertNotIn(SECRET, outcome.out + outcome.err)

    def test_images_are_closed_to_everybody_else(self):
        self.home.plan(self.home.script("SELECT 1"), source=self.server.url("shop", password=SECRET))
        for image in (self.home.path / "images").iterdir():
            self.assertEqual(stat.S_IMODE((image / "data").stat().st_mode) & 0o077, 0)
            self.assertEqual(stat.S_IMODE((image / "image.json").stat().st_mode) & 0o077, 0)

    def test_a_rehearsed_command_does_not_get_the_password_of_production(self):
        program = self.home.script("import os, sys\nsys.exit('leaked' if any(%r in v for v in os.environ.values()) else 0)" % SECRET, "look.py")
        outcome = self.home.plan("--exec", f"/usr/bin/python3 {program}", source=self.server.url("shop"),
                                 env={"PGPASSWORD": SECRET, "DATABASE_URL": self.server.url("shop", password=SECRET)})
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))

    def tearDown(self):
        self.assertEqual(self.home.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
