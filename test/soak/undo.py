"""The law "Undo is exact" for as long as one likes: soak/undo.py [--seconds N] [--major 15|16|18] [--first SEED] [--later].

--later: others write between the apply and its undo, which is tried in each mode (later_writers.py).

Prints the story of every seed that fails and goes on; the exit status is 1 where any did, or where nothing was undone.
"""

import argparse
import collections
import pathlib
import random
import sys
import time

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "property")]

import later_writers  # noqa: E402
import undo  # noqa: E402
from support import server  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--major", type=int, default=15)
    parser.add_argument("--first", type=int, default=random.randrange(10**6, 10**9))
    parser.add_argument("--later", action="store_true")
    options = parser.parse_args()
    law = later_writers if options.later else undo
    end = time.monotonic() + options.seconds
    seed, outcomes = options.first, collections.Counter()
    with server.Server(options.major) as running:
        undo.create_roles(running)
        while time.monotonic() < end:
            try:
                outcomes[law.check(running, seed)] += 1
            except (later_writers.Broken, undo.Broken) as broken:
                outcomes["broken"] += 1
                print(broken, flush=True)
            seed += 1
    print(f"{seed - options.first} seeds from {options.first} on PostgreSQL {options.major}: {dict(outcomes)}")
    return 1 if outcomes["broken"] or not any("done" in outcome for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
