"""The law "Row for row" at length: soak/apply_trials.py [--trials N] [--each N] [--first NUMBER] [--major 15|16|18] [--proof locked-rows|decoded]
[--as-rows].

Prints the story of every trial that fails and goes on, and figures by kind of change and outcome in the end; the exit
status is 1 where any failed.
"""

import argparse
import collections
import pathlib
import sys
import time

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "property")]

import apply_trials  # noqa: E402
from support import server  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--each", type=int, default=15, help="trials of one plan")
    parser.add_argument("--proof", choices=("locked-rows", "decoded"))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--major", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--as-rows", action="store_true", help="plans of programs, which are applied as rows")
    options = parser.parse_args()
    figures, number, tried = collections.Counter(), options.first, 0
    begun = time.monotonic()
    with server.Server(options.major, apply_trials.SETTINGS) as running:
        apply_trials.create_roles(running)
        while tried < options.trials and time.monotonic() - begun < options.minutes * 60:
            proof = options.proof or ("locked-rows", "decoded")[number // 3 % 2]
            try:
                for trial in apply_trials.run(running, number, proof, options.each, report=lambda broken: print(broken, flush=True),
                                              as_rows=options.as_rows):
                    figures[trial.kind, proof, trial.differs, trial.outcome] += 1
                    tried += trial.kind != "-" and trial.outcome != "nothing to change"
            except apply_trials.Broken as broken:
                print(broken, flush=True)
                figures["-", proof, "", "broken"] += 1
            number += 1
            print(f"{number - options.first} grounds, {tried} trials, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"{tried} trials on {number - options.first} grounds from {options.first}, PostgreSQL {options.major}")
    for (kind, proof, differs, outcome), many in sorted(figures.items()):
        print(f"{many:6}  {kind:27} {proof:12} {differs:15} {outcome}")
    broken = sum(many for (*_, outcome), many in figures.items() if outcome == "broken")
    print(f"{broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
