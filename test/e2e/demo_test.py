"""demo: the story that people see first ends as it has to, and leaves nothing behind."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import cli  # noqa: E402


class DemoTest(unittest.TestCase):
    def test_every_act_ends_as_it_has_to(self):
        home = cli.Home()
        self.addCleanup(home.remove)
        outcome = home.run("demo")
        self.assertEqual(outcome.exit, 0, str(outcome))
        acts = [outcome.out.index(fragment) for fragment in (
            "Habit one", "BREAKS in night 1 — first real row deleted, public.users.id = -91111102 (oauth)", "Habit two", "Habit three",
            "Ten people, with their subscriptions", "DOES NOT KEEP ITS CONTRACT", "Bringing it under the contract",
            "2 rows of test in public.users lie in the id space of oauth", "testdata clean --execute --outside-space 2", "✓ KEEPS ITS CONTRACT",
            "Production gets exactly what was read", "4503599627370901", "✓ APPLIED", "An apply that one regrets", "✓ UNDONE",
            "Every row of every table is what it was before",
            "The night production is gone", "2 OF 2 TIERS BREAK", "loses the last", "no restore of it was ever drilled", "✓ RESTORED",
            "Every row of every table is what it was when the backup was taken", "✓ RESTORABLE", "✓ EVERY PROMISE IS KEPT",
            "every act ended as it has to")]
        self.assertEqual(acts, sorted(acts))
        self.assertEqual(home.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
