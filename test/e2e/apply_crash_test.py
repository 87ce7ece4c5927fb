"""Ending pgrehearse at every step of an apply and an undo leaves production wholly changed or wholly as it was.

A thinned version of soak/apply_crash.py: every kind of request once, and each of those at the end, among which is the commit.
"""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import crash, proxy  # noqa: E402

LAST = 12  # requests that are all struck, whatever their kind: from the proof to the record of the end


def kind(request):
    """What a request is by its first word; kills between two that only read come to the same."""
    return request.split(" ", 1)[0]


class ApplyCrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ground = crash.Ground()
        cls.addClassCleanup(cls.ground.close)
        cls.ground.prepare_undo()

    def requests(self, act, proof):
        """What a run that nothing happens to asks the server for."""
        self.ground.reset("before" if act == "apply" else "after")
        outcome = (self.ground.apply(proof) if act == "apply" else self.ground.undo()).wait()
        self.assertEqual(outcome.exit, 0, str(outcome))
        self.ground.at = None
        return list(self.ground.proxy.log)

    def sweep(self, act, proof, moment, strike, known=()):
        """Strikes the last request of each kind that is not known, and all of the last ones. A run may have a few more than
        another one: who holds locks is asked by the clock."""
        log = self.requests(act, proof)
        numbers = {kind(text): number for number, text in enumerate(log, 1) if text not in known}.values()
        found = {"before": 0, "after": 0}
        for number in sorted({*numbers, *range(len(log) - LAST + 1, len(log) + 4)}):
            result = crash.trial_at_request(self.ground, act, proof, number, moment, strike)
            if result is not None:
                found[result[0]] += 1
        # Every sweep has to see both ends, else it has not swept over the commit.
        self.assertGreater(found["before"], 1, found)
        self.assertGreater(found["after"], 0, found)

    def test_killed_at_each_kind_of_step_of_an_apply(self):
        self.sweep("apply", "locked-rows", proxy.BEFORE, "kill")
        self.sweep("apply", "decoded", proxy.ANSWERED, "kill", known=self.requests("apply", "locked-rows"))

    def test_killed_at_each_kind_of_step_of_an_undo(self):
        self.sweep("undo", "locked-rows", proxy.BEFORE, "kill")

    def at_the_end(self, act, proof, count, strike):
        """Strikes each of `count` requests that end a transaction of the apply once it is done; the last one, which decides, before
        and while it is, too."""
        log = self.requests(act, proof)
        ends = [number for number, text in enumerate(log, 1) if text.startswith(("COMMIT", "PREPARE"))]
        self.assertEqual(len(ends), count, log)
        for number in ends:
            for moment in crash.MOMENTS if number == ends[-1] else (proxy.ANSWERED,):
                self.strike_at(act, proof, number, moment, strike)

    def strike_at(self, act, proof, number, moment, strike):
        """A run that had fewer requests than the one before it, which is a matter of the clock, is not struck: the next one is."""
        for _ in range(5):
            if crash.trial_at_request(self.ground, act, proof, number, moment, strike) is not None:
                return
        self.fail(f"request {number} was never sent")

    def test_the_answer_to_commit_is_lost(self):
        self.at_the_end("apply", "locked-rows", 2, "cut")
        self.at_the_end("apply", "decoded", 3, "cut")
        self.at_the_end("undo", "locked-rows", 2, "cut")

    def test_the_server_crashes_at_commit(self):
        self.at_the_end("apply", "locked-rows", 2, "crash")
        self.at_the_end("apply", "decoded", 3, "crash")

    def test_interrupted_at_commit(self):
        number = len(self.requests("apply", "locked-rows"))
        for moment in (proxy.BEFORE, proxy.DURING):
            self.strike_at("apply", "locked-rows", number, moment, "interrupt")

    def test_a_full_disk_and_a_kill_while_the_record_is_written(self):
        for call, injection, every in (("fsync", "error=ENOSPC", 2), ("rename", "signal=KILL", 1)):
            steps = 0
            for number in range(1, 30, every):
                with self.subTest(call=call, injection=injection, number=number):
                    if crash.trial_at_file_step(self.ground, "apply", "locked-rows", call, number, injection) is None:
                        break
                steps += 1
            self.assertGreater(steps, 3)

    def test_a_record_that_does_not_fit_is_an_error_before_anything_is_run(self):
        self.ground.reset("before")
        argv = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fallocate", "-e", "inject=fallocate:error=ENOSPC:when=1"]
        outcome = self.ground.apply("locked-rows", argv).wait()
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertIn("nothing was run", outcome.err)
        self.assertIn("no space left", outcome.err)
        self.assertFalse([text for text in self.ground.proxy.log if text.startswith("DELETE")])
        self.assertEqual([path for path in (self.ground.state / "applies").iterdir() if path.is_dir()], [])


if __name__ == "__main__":
    unittest.main()
