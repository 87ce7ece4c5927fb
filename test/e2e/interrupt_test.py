"""Ctrl-C, SIGTERM and SIGKILL at any moment leave nothing behind, the last one until the next run."""

import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402


class InterruptTest(case.SharedCase):
    statements = shop.DATABASE

    def start(self, script="SELECT pg_sleep(300);"):
        return self.home.start("plan", "--from", self.source, "--out", self.home.work / "out.plan", self.home.script(script),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "it does not come to that")
            time.sleep(0.02)

    def instance_is_up(self):
        return any((self.home.path / "instances").glob("*/s/.s.PGSQL.*"))

    def end(self, process, signal_):
        process.send_signal(signal_)
        out, err = process.communicate(timeout=30)
        return process.returncode, out.decode(), err.decode()

    def test_ctrl_c_and_sigterm_end_a_running_script_and_clean_up(self):
        for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=signal_):
                process = self.start()
                self.wait_for(self.instance_is_up)
                time.sleep(1.5)
                status, _, err = self.end(process, signal_)
                self.assertEqual(status, cli.INTERRUPTED, err)
                self.assertEqual(self.home.left_behind(), [])
                self.assertFalse((self.home.work / "out.plan").exists())

    def test_ctrl_c_at_any_moment_cleans_up(self):
        for delay in (0.02, 0.1, 0.3, 0.6, 1.0, 1.7, 2.5):
            with self.subTest(delay=delay):
                subprocess.run([cli.program(), "scratch", "purge"], env=self.home.environment(), check=True, stdout=subprocess.DEVNULL)
                process = self.start()
                time.sleep(delay)
                status, _, err = self.end(process, signal.SIGINT)
                self.assertIn(status, (cli.INTERRUPTED, -signal.SIGINT), err)
                self.assertEqual(self.home.left_behind(), [])

    def test_what_a_killed_run_leaves_dies_by_itself_and_is_reaped_by_the_next_run(self):
        for delay in (0.3, 0.8, 2.0):
            with self.subTest(delay=delay):
                subprocess.run([cli.program(), "scratch", "purge"], env=self.home.environment(), check=True, stdout=subprocess.DEVNULL)
                process = self.start()
                time.sleep(delay)
                self.end(process, signal.SIGKILL)
                self.wait_for(lambda: not cli.processes_naming(str(self.home.path)), 15)
                self.assertEqual(self.home.run("scratch", "list").exit, cli.KEEPS)
                self.plan(self.home.script("SELECT 1"), source=self.source)
                self.assertEqual(self.home.left_behind(), [])

    def test_a_run_does_not_reap_what_another_one_uses(self):
        process = self.start()
        self.wait_for(self.instance_is_up)
        self.plan(self.home.script("SELECT 1"), source=self.source)
        self.assertTrue(self.instance_is_up())
        self.assertIsNone(process.poll())
        self.end(process, signal.SIGINT)

    def test_a_command_that_is_rehearsed_ends_with_ctrl_c_too(self):
        process = self.home.start("plan", "--from", self.source, "--exec", "/bin/sleep 300", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(self.instance_is_up)
        time.sleep(1.5)
        status, _, err = self.end(process, signal.SIGINT)
        self.assertEqual(status, cli.INTERRUPTED, err)


if __name__ == "__main__":
    unittest.main()
