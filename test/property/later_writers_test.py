"""The law "Later writers' rows are never lost", a few times; test/soak/undo.py --later goes on for as long as one likes."""

import collections
import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import later_writers  # noqa: E402
import undo  # noqa: E402
from support import server  # noqa: E402

SEEDS = (4000, 4007, 4010)


class LaterWritersTest(unittest.TestCase):
    def test_an_undo_restores_what_is_the_applys_and_nothing_else(self):
        ends = collections.Counter()
        with server.Server() as running:
            undo.GROUND.create_roles(running)
            for seed in SEEDS:
                with self.subTest(seed=seed):
                    ends[later_writers.check(running, seed)] += 1
        self.assertEqual(ends["refused, done, done"], len(SEEDS), ends)


if __name__ == "__main__":
    unittest.main()
