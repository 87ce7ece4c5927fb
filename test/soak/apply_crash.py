"""Ends pgrehearse, its connection or the server at every step of apply and undo, and checks that nothing is half done.

soak/apply_crash.py [--act apply|undo] [--proof locked-rows|decoded] [--strike cut|kill|interrupt|crash|file] [--every N] [--major 15|16|18]

Steps are the requests that pgrehearse sends, each struck before, while and after the server does it; and for `file` the
system calls that touch files, each struck by SIGKILL and by a disk that is full. Prints every trial that goes wrong and
goes on; the exit status is 1 where any did.
"""

import argparse
import collections
import itertools
import pathlib
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]

from support import crash  # noqa: E402

INJECTIONS = ("signal=KILL", "error=ENOSPC")


class Sweep:
    def __init__(self, ground, every):
        self.ground, self.every = ground, every
        self.trials, self.wrong, self.steps = 0, 0, 0
        self.got = collections.Counter()

    def run(self, name, trial):
        """Trials from number 1 on, until there is no such step any more."""
        began, steps = time.monotonic(), 0
        for number in itertools.count(1, self.every):
            try:
                result = trial(number)
            except crash.Wrong as wrong:
                self.wrong += 1
                self.ground.at = None
                print(f"WRONG {wrong}", flush=True)
                result = ("wrong", "")
            if result is None:
                break
            steps += 1
            self.got[result[0]] += 1
        self.trials += steps
        print(f"{name}: {steps} steps, {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--act", choices=("apply", "undo"))
    parser.add_argument("--proof", choices=("locked-rows", "decoded"))
    parser.add_argument("--strike", choices=(*crash.STRIKES, "file"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--major", type=int, default=15)
    options = parser.parse_args()
    runs = [("apply", "locked-rows"), ("apply", "decoded"), ("undo", "locked-rows")]
    runs = [run for run in runs if options.act in (None, run[0]) and options.proof in (None, run[1])]
    strikes = [options.strike] if options.strike else [*crash.STRIKES, "file"]
    with crash.Ground(options.major) as ground:
        ground.prepare_undo()
        sweep = Sweep(ground, options.every)
        for (act, proof), strike in itertools.product(runs, strikes):
            if strike == "file":
                for call, injection in itertools.product(crash.FILE_CALLS, INJECTIONS):
                    sweep.run(f"{act} {proof} {call} {injection}",
                              lambda number: crash.trial_at_file_step(ground, act, proof, call, number, injection))
            else:
                # A person who hears nothing waits for Ctrl-C to be obeyed: that takes as long as it takes, each time.
                for moment in crash.MOMENTS if strike != "interrupt" else crash.MOMENTS[:2]:
                    sweep.run(f"{act} {proof} {strike} {moment}",
                              lambda number: crash.trial_at_request(ground, act, proof, number, moment, strike))
    ends = ", ".join(f"{count} {where}" for where, count in sorted(sweep.got.items()))
    print(f"{sweep.trials} trials, {sweep.wrong} wrong; production was found: {ends}")
    return 1 if sweep.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
