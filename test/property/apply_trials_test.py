"""A few trials of the law "Row for row"; test/soak/apply_trials.py makes a thousand."""

import collections
import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import apply_trials  # noqa: E402
from support import server  # noqa: E402

GROUNDS = [(2, "locked-rows"), (17, "decoded"), (53, "locked-rows"), (56, "decoded"), (59, "locked-rows")]


class ApplyTrialsTest(unittest.TestCase):
    def test_apply_commits_the_plan_or_nothing(self):
        outcomes, kinds = collections.Counter(), list(dict.fromkeys(apply_trials.KINDS))
        with server.Server(settings=apply_trials.SETTINGS) as running:
            apply_trials.create_roles(running)
            for number, proof in GROUNDS:
                with self.subTest(ground=number, proof=proof):
                    for trial in apply_trials.run(running, number, proof, len(kinds), kinds):
                        outcomes[trial.outcome] += 1
        self.assertGreaterEqual(outcomes["applied"], 3, outcomes)
        self.assertGreaterEqual(outcomes["refused by row"], 2, outcomes)


if __name__ == "__main__":
    unittest.main()
