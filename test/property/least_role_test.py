"""The laws of undo for a role that may no more than the README grants, a few times; test/soak/undo.py --least goes on."""

import collections
import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import later_writers  # noqa: E402
import least_role  # noqa: E402
import undo  # noqa: E402
from support import server  # noqa: E402

# Circles that cannot be deferred, values that go from one row to another, of the owner's and of the other role's.
SEEDS = (2, 16, 29, 51)
LATER_SEEDS = (5006, 5025)

LeastRoleTest = undo.case(15, seeds=SEEDS, least=len(SEEDS), ground=least_role.GROUND)


class LaterWritersTest(unittest.TestCase):
    def test_an_undo_restores_what_is_the_applys_and_nothing_else(self):
        ends = collections.Counter()
        with server.Server() as running:
            least_role.GROUND.create_roles(running)
            for seed in LATER_SEEDS:
                with self.subTest(seed=seed):
                    ends[later_writers.check(running, seed, least_role.GROUND)] += 1
        self.assertEqual(ends["refused, done, done"], len(LATER_SEEDS), ends)


if __name__ == "__main__":
    unittest.main()
