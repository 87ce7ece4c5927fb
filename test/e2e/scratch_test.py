"""`scratch list`, `scratch purge` and `doctor`: what there is, and getting rid of it."""

import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402


class ScratchTest(case.SharedCase):
    statements = shop.DATABASE

    def image(self):
        return self.plan(self.home.script("SELECT 1"), source=self.source)["image"]["name"]

    def images(self):
        folder = self.home.path / "images"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def test_list_names_the_images_and_where_they_come_from(self):
        name = self.image()
        outcome = self.home.run("scratch", "list")
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))
        self.assertIn(name, outcome.out)
        self.assertIn("shop", outcome.out)

    def test_purge_removes_every_image_and_says_how_much_that_freed(self):
        self.image()
        outcome = self.home.run("scratch", "purge")
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))
        self.assertIn("MiB", outcome.out)
        self.assertEqual(self.images(), [])

    def test_purge_of_an_image_that_does_not_exist_is_a_usage_error(self):
        self.assert_fails(self.home.run("scratch", "purge", "nothing"), cli.USAGE, "nothing")

    def test_an_image_in_use_is_not_purged(self):
        name = self.image()
        process = self.home.start("plan", "--from", self.source, self.home.script("SELECT pg_sleep(60)"),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not any((self.home.path / "instances").glob("*/s/.s.PGSQL.*")):
                time.sleep(0.05)
            self.assert_fails(self.home.run("scratch", "purge", name), cli.BREAKS, "in use")
            self.home.run("scratch", "purge")
            self.assertIn(name, self.images())
        finally:
            process.terminate()
            process.wait(30)

    def test_doctor_names_the_servers_and_the_sandbox(self):
        outcome = self.home.run("doctor")
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))
        for word in ("PostgreSQL 15", "sandbox", "bubblewrap"):
            self.assertIn(word, outcome.out)

    def test_doctor_finds_what_is_missing(self):
        outcome = self.home.run("doctor", env={"PATH": "/nowhere"})
        self.assertEqual(outcome.exit, cli.FAILED, str(outcome))
        self.assertIn("missing", outcome.out)

    def test_without_the_sandbox_a_rehearsal_is_refused_unless_told_otherwise(self):
        self.home.run("scratch", "purge")
        script = self.home.script("SELECT 1")
        outcome = self.home.plan(script, source=self.source, env={"PATH": "/nowhere"})
        self.assert_fails(outcome, cli.FAILED, "--no-sandbox")
        report = self.plan(script, "--no-sandbox", source=self.source, env={"PATH": "/nowhere"})
        self.assertFalse(report["sandboxed"])


if __name__ == "__main__":
    unittest.main()
