"""The law "Undo is exact" for as long as one likes: soak/undo.py [--seconds N] [--major 15|16|18] [--first SEED].

Prints the story of every seed that fails and goes on; the exit status is 1 where any did, or where nothing was undone.
"""

import collections
import pathlib
import sys

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "property")]

import undo  # noqa: E402
from support import server, soak  # noqa: E402


def main():
    options = soak.arguments(__doc__)
    outcomes = collections.Counter()
    with server.Server(options.major) as running:
        undo.create_roles(running)
        for seed in soak.seeds(options):
            try:
                outcomes[undo.check(running, seed)] += 1
            except undo.Broken as broken:
                outcomes["broken"] += 1
                print(broken, flush=True)
    print(f"{outcomes.total()} seeds from {options.first} on PostgreSQL {options.major}: {dict(outcomes)}")
    return 1 if outcomes["broken"] or not outcomes["undone"] else 0


if __name__ == "__main__":
    sys.exit(main())
