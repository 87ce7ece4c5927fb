"""What the soaks that go through seeds have in common: --seconds, --major and --first."""

import argparse
import random
import time


def arguments(doc, *flags):
    """`flags`: what else may be asked for."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--major", type=int, default=15)
    parser.add_argument("--first", type=int, default=random.randrange(10**6, 10**9))
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args()


def seeds(options):
    """One after the other, until the time is over."""
    end = time.monotonic() + options.seconds
    seed = options.first
    while time.monotonic() < end:
        yield seed
        seed += 1
