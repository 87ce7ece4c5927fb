"""Ends pgrehearse at every write of a backup, a prune, a verify and a drill, and checks that the repository is never wrong.

soak/repository_crash.py [--act backup|prune|verify|drill] [--store directory|bucket] [--kind dump|sealed|redis] [--every N]

In a directory the steps are the system calls that touch the store; in a bucket the requests, each before the server has it
and after. A bucket's backup is also held at each request while another machine prunes, and has to end well. Prints every
trial that goes wrong and goes on; the exit status is 1 where any did.
"""

import argparse
import itertools
import pathlib
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]

from support import cli, repository_crash as crash  # noqa: E402

# Of so many bytes that an object goes in several parts to a bucket: they hardly compress.
SCHEMA = """CREATE TABLE users AS SELECT g AS id FROM generate_series(1, 100) g;
            CREATE TABLE noise AS SELECT decode(md5(g::text) || md5((-g)::text), 'hex') AS bytes FROM generate_series(1, {rows}) g"""
ROWS = {"directory": 5000, "bucket": 400_000}
GROUNDS = {"directory": crash.Ground, "bucket": crash.BucketGround}
ELSEWHERE = ["unshare", "--pid", "--fork", "--mount-proc"]  # where the numbers of this machine's processes mean nothing


def end(ground, act, step):
    return ground.trial(act, step)


def prune_meanwhile(ground, act, step):
    """A run that is held while another machine prunes goes on, and ends well."""
    ground.reset()
    process = ground.hold(act, (*step[:1], "pause"))
    held = process.poll() is None
    others = ground.start("prune", ELSEWHERE).wait()
    status = process.wait(timeout=120)
    if (status, others) != (cli.KEEPS, cli.KEEPS):
        raise crash.Wrong(f"held at {step} while another machine pruned: {act} ended with {status}, prune with {others}")
    ground.impostor.rules()
    ground.check()
    return held


class Sweep:
    def __init__(self):
        self.trials, self.wrong = 0, 0

    def run(self, name, ground, act, steps, trial):
        began, struck = time.monotonic(), 0
        for step in steps:
            try:
                struck += trial(ground, act, step)
            except crash.Wrong as wrong:
                self.wrong += 1
                print(f"WRONG {name} at {step}: {wrong}", flush=True)
        self.trials += len(steps)
        print(f"{name}: {len(steps)} steps, {struck} struck, {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--act", choices=crash.ACTS)
    parser.add_argument("--store", choices=GROUNDS)
    parser.add_argument("--kind", choices=crash.KINDS)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    sweep = Sweep()
    stores = [options.store] if options.store else GROUNDS
    kinds = [options.kind] if options.kind else crash.KINDS
    for store, kind in itertools.product(stores, kinds):
        ground = GROUNDS[store](SCHEMA.format(rows=ROWS[store]), kind)
        try:
            ground.prepare()
            for act in [options.act] if options.act else crash.ACTS:
                steps = ground.steps(act)[::options.every]
                sweep.run(f"{act}, {kind}, {store}", ground, act, steps, end)
                if (store, act) == ("bucket", "backup"):
                    sweep.run(f"{act}, {kind}, {store}, pruned meanwhile", ground, act, steps[::2], prune_meanwhile)
        finally:
            ground.close()
    print(f"{sweep.trials} trials, {sweep.wrong} wrong")
    return 1 if sweep.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
