"""apply when something else goes on around it: files that are swapped, processes that die, settings that end sessions."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying, shop  # noqa: E402

CLEAN_UP = "DELETE FROM users WHERE auth_source = 'test';\n"


class HazardTest(applying.ApplyCase):
    statements = shop.DATABASE

    def start_apply(self, *arguments, env=None):
        process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--proof", self.proof,
                                  "--execute", *arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        return process

    def wait_for_sleep(self):
        """Until the script is in its pg_sleep."""
        deadline = time.monotonic() + 20
        while not self.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = 'pgrehearse'"):
            self.assertLess(time.monotonic(), deadline, "the script never slept")
            time.sleep(0.02)

    def work_places(self):
        return [path for path in (self.home.path / "state" / "work").iterdir() if path.is_dir()]

    def test_a_plan_that_takes_the_name_of_the_one_at_work_is_not_kept_for_undo(self):
        self.make_plan(script=CLEAN_UP)
        other = (self.home.work / "out.plan").read_bytes()
        self.make_plan(script="SELECT pg_sleep(1);\nDELETE FROM users WHERE id = 4503599627370500;\n")
        before = self.look()
        process = self.start_apply()
        self.wait_for_sleep()
        (self.home.work / "new").write_bytes(other)
        os.replace(self.home.work / "new", self.home.work / "out.plan")
        self.assertEqual(process.wait(30), applying.APPLIED)
        self.assertNotEqual(self.look(), before)
        identity = self.home.run("applies", "--format", "json").json["applies"][0]["apply"]
        self.assertEqual(self.home.run("undo", identity, "--execute").exit, 0)
        self.assertEqual(self.look(), before)

    def test_what_a_killed_apply_left_is_gone_with_the_next_one(self):
        self.make_plan(script="SELECT pg_sleep(3);\n" + CLEAN_UP)
        temporary = self.home.work / "tmp"
        temporary.mkdir()
        process = self.start_apply(env={"TMPDIR": temporary})
        self.wait_for_sleep()
        self.assertEqual(len(self.work_places()), 1)
        self.assertEqual(list(temporary.iterdir()), [], "rows of production outside of the state")
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual(self.apply().exit, 0)
        self.assertEqual(self.work_places(), [])


if __name__ == "__main__":
    unittest.main()
