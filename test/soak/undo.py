"""The law "Undo is exact" for as long as one likes: soak/undo.py [--seconds N] [--major 15|16|18] [--first SEED] [--later] [--least].

--later: others write between the apply and its undo, which is tried in each mode (later_writers.py).
--least: the undo's role may no more than it needs, and keys are enforced while it writes (least_role.py).
Without either, each with and without the other shares the time.

Prints the story of every seed that fails and goes on; the exit status is 1 where any did, or where nothing was undone.
"""

import collections
import pathlib
import sys

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "property")]

import later_writers  # noqa: E402
import least_role  # noqa: E402
import undo  # noqa: E402
from support import server, soak  # noqa: E402


def soak_one(options, law, ground):
    """Returns whether the law held."""
    outcomes = collections.Counter()
    with server.Server(options.major) as running:
        ground.create_roles(running)
        for seed in soak.seeds(options):
            try:
                outcomes[law.check(running, seed, ground)] += 1
            except (later_writers.Broken, undo.Broken) as broken:
                outcomes["broken"] += 1
                print(broken, flush=True)
    print(f"{law.__name__}, {ground.__module__}: {outcomes.total()} seeds from {options.first} on PostgreSQL {options.major}: {dict(outcomes)}")
    return not outcomes["broken"] and any("done" in outcome for outcome in outcomes)


def main():
    options = soak.arguments(__doc__, "later", "least")
    chosen = [(undo, undo.GROUND), (later_writers, undo.GROUND), (undo, least_role.GROUND), (later_writers, least_role.GROUND)]
    if options.later or options.least:
        chosen = [(later_writers if options.later else undo, least_role.GROUND if options.least else undo.GROUND)]
    options.seconds /= len(chosen)
    held = [soak_one(options, law, ground) for law, ground in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
