"""The property test of one major version: the seeds of PGREHEARSE_SEED, or a fixed series of them."""

import os
import unittest

import exact
from support import server


def seeds(count, offset=0):
    """PGREHEARSE_SEED replays one ("17") or several ("17,19")."""
    if os.environ.get("PGREHEARSE_SEED"):
        return [int(seed) for seed in os.environ["PGREHEARSE_SEED"].split(",")]
    return range(offset, offset + count)


class ExactCase(unittest.TestCase):
    """Subclasses set `major`, `count` and `offset`; every seed is a subtest, so that one failure hides no other."""

    major = count = offset = 0

    def test_a_plan_is_the_difference_between_dumps_before_and_after(self):
        with server.Server(self.major) as running:
            exact.create_roles(running)
            for seed in seeds(self.count, self.offset):
                with self.subTest(seed=seed):
                    exact.check(running, seed)


# A function, because unittest would collect the base class wherever it is imported by name.
def case(major, count, offset):
    return type(f"Exact{major}Test", (ExactCase,), {"major": major, "count": count, "offset": offset})
