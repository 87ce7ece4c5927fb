"""A home that is full, closed, or no place for a socket: a clear error, and nothing left behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402


class StorageTest(case.SharedCase):
    statements = shop.DATABASE

    def small_disk(self, size):
        if os.getuid() != 0:
            self.skipTest("only root may mount a small file system")
        directory = self.home.root / f"disk-{size}"
        directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", directory], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", directory], check=True)
        return directory / "h"

    def check(self, home, script, *fragments):
        outcome = self.home.plan(self.home.script(script), source=self.source, env={"PGREHEARSE_HOME": home})
        self.assert_fails(outcome, cli.FAILED, *fragments)
        self.assertEqual(cli.processes_naming(str(home)), {})
        for folder in ("instances", "building"):
            self.assertEqual(list((home / folder).iterdir()) if (home / folder).is_dir() else [], [])

    def test_a_disk_that_the_image_does_not_fit_on_is_named(self):
        self.check(self.small_disk("20m"), "SELECT 1", "space")

    def test_a_disk_that_the_clone_does_not_fit_on_is_named(self):
        image = self.plan(self.home.script("SELECT 1"), source=self.source)["image"]["name"]
        folder = self.home.path / "images" / image
        kilobytes = int(subprocess.run(["du", "-sk", folder], check=True, capture_output=True).stdout.split()[0])
        home = self.small_disk(f"{kilobytes * 3 // 2}k")
        subprocess.run(["cp", "-a", "--sparse=always", self.home.path, home], check=True)
        self.check(home, "SELECT 1", "space")

    def test_a_disk_that_fills_up_while_the_script_runs_is_named_and_nothing_stays(self):
        home = self.small_disk("260m")
        outcome = self.home.plan(self.home.script("CREATE TABLE big AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 200000) g;"),
                                 source=self.source, env={"PGREHEARSE_HOME": home})
        self.assertIn(outcome.exit, (cli.BREAKS, cli.FAILED), str(outcome))
        self.assertIn("space", (outcome.out + outcome.err).lower())
        self.assertEqual(cli.processes_naming(str(home)), {})
        self.assertEqual(list((home / "instances").iterdir()), [])

    def test_a_path_that_is_too_long_for_a_socket_is_an_error_with_the_remedy(self):
        outcome = self.home.plan(self.home.script("SELECT 1"), source=self.source,
                                 env={"PGREHEARSE_HOME": self.home.root / ("x" * 120)})
        self.assert_fails(outcome, cli.FAILED, "PGREHEARSE_HOME")

    def test_a_home_that_is_a_file_is_an_error(self):
        self.assert_fails(self.home.plan(self.home.script("SELECT 1"), source=self.source, env={"PGREHEARSE_HOME": self.home.script("x", "file")}),
                          cli.FAILED, "file")

    def test_a_plan_that_does_not_fit_leaves_no_half_of_it(self):
        home = self.small_disk("400k")
        out = home.parent / "out.plan"
        script = "INSERT INTO users (id, auth_source, name) SELECT 200000 + g, 'telegram', md5(g::text) FROM generate_series(1, 30000) g;"
        outcome = self.home.plan(self.home.script(script), source=self.source, out=out)
        self.assert_fails(outcome, cli.FAILED, "out.plan")
        self.assertEqual([path.name for path in home.parent.iterdir()], [])
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
