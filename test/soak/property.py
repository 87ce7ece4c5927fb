"""The property test for as long as one likes: soak/property.py [--seconds N] [--major 15|16|18] [--first SEED].

Prints the story of every seed that fails and goes on; the exit status is 1 where any did.
"""

import pathlib
import sys

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST), str(TEST / "property")]

import exact  # noqa: E402
from support import server, soak  # noqa: E402


def main():
    options = soak.arguments(__doc__)
    tried, failed = 0, []
    with server.Server(options.major) as running:
        exact.create_roles(running)
        for seed in soak.seeds(options):
            tried += 1
            try:
                exact.check(running, seed)
            except exact.Mismatch as mismatch:
                failed.append(seed)
                print(mismatch, flush=True)
    print(f"{tried} seeds from {options.first} on PostgreSQL {options.major}, {len(failed)} failed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
