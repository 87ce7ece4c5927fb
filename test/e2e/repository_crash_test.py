"""Ending pgrehearse at the steps of a backup, a prune and a drill leaves a repository that is never wrong.

A thinned version of soak/repository_crash.py: in a directory every step that gives a file its name or takes it away.
"""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import repository_crash  # noqa: E402

SCHEMA = "CREATE TABLE users AS SELECT g AS id FROM generate_series(1, 100) g"
VISIBLE = ("renameat2", "unlinkat")


class Sweep(unittest.TestCase):
    kind = ""

    @classmethod
    def setUpClass(cls):
        cls.ground = repository_crash.Ground(SCHEMA, cls.kind)
        cls.addClassCleanup(cls.ground.close)
        cls.ground.prepare()

    def sweep(self, act, least=4):
        steps = [step for step in self.ground.steps(act) if step[0] in VISIBLE]
        self.assertGreaterEqual(len(steps), least, steps)
        # The clock may spare a step, which then is the one before it.
        self.assertGreaterEqual(repository_crash.sweep(self.ground, act, steps), len(steps) - 1)


class DumpSweep(Sweep):
    kind = "dump"

    def test_a_backup_that_ends_at_any_step(self):
        self.sweep("backup")

    def test_a_prune_that_ends_at_any_step(self):
        self.sweep("prune")

    def test_a_drill_that_ends_where_it_writes(self):
        self.sweep("drill", least=1)


class SealedSweep(Sweep):
    kind = "sealed"

    def test_a_backup_that_ends_at_any_step(self):
        self.sweep("backup")


class RedisSweep(Sweep):
    kind = "redis"

    def test_a_backup_that_ends_at_any_step(self):
        self.sweep("backup")


if __name__ == "__main__":
    unittest.main()
