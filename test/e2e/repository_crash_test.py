"""Ending pgrehearse at the steps of a backup and a prune leaves a repository that is never wrong.

A thinned version of soak/repository_crash.py: in a directory every step that gives a file its name or takes it away.
"""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import repository_crash  # noqa: E402

SCHEMA = "CREATE TABLE users AS SELECT g AS id FROM generate_series(1, 100) g"
VISIBLE = ("renameat2", "unlinkat")


class RepositoryCrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ground = repository_crash.Ground(SCHEMA)
        cls.addClassCleanup(cls.ground.close)
        cls.ground.prepare()

    def sweep(self, act):
        steps = [step for step in self.ground.steps(act) if step[0] in VISIBLE]
        self.assertGreater(len(steps), 3, steps)
        # The clock may spare a step, which then is the one before it.
        self.assertGreaterEqual(repository_crash.sweep(self.ground, act, steps), len(steps) - 1)

    def test_a_backup_that_ends_at_any_step(self):
        self.sweep("backup")

    def test_a_prune_that_ends_at_any_step(self):
        self.sweep("prune")


if __name__ == "__main__":
    unittest.main()
