"""How fast backups are, as ratios within this run on the same data: the machine is shared and noisy. Medians of RUNS, taken in turns.

dump     a backup into a directory against pg_dump of the same server (15 knows gzip alone): `-Fc` as it comes (gzip 6), `-Fc -Z3`, and
         `-Fc -Z0 | zstd -3`, which compresses as we do. Time and size; every file is synced before it counts
s3       a backup into Ceph's radosgw on loopback against one into a directory
verify   every byte against its hash, against reading and hashing the same files by the same OpenSSL, with what a process costs
         on both sides
memory   peak memory of a backup into a directory, into S3 and into both and two more buckets at once, of verify, of a restore into a directory, and of all that sealed,
         at two sizes
"""

import json
import os
import statistics
import subprocess
import sys

from support.cli import Home
from support.figures import figures, timed
from support.radosgw import Radosgw
from support.server import CLIENT, Server

# Half of it is words as people write them, half is what no compressor makes small.
SCHEMA = """
CREATE TABLE events (id bigint PRIMARY KEY, happened timestamptz NOT NULL, kind text NOT NULL, body text NOT NULL, token text NOT NULL);
INSERT INTO events
  SELECT g, '2026-05-11'::timestamptz + g * interval '1.7 seconds', (ARRAY['login', 'order', 'refund', 'message'])[1 + g % 4],
         repeat('order ' || g % 1009 || ' of customer ' || g::bigint * 7919 % 100003 || ' was delivered; ', 3),
         md5(g::text) || md5((g + 0.5)::text)
  FROM generate_series(1, {rows}) g;
"""
ROWS_PER_GIGABYTE = 4_000_000
SETTINGS = {"fsync": "on", "shared_buffers": "512MB", "max_wal_size": "4GB", "synchronous_commit": "off"}
RUNS = 5
READ = """
import hashlib, sys
buffer = memoryview(bytearray(1 << 20))
for path in sys.argv[1:]:
    sha256 = hashlib.sha256()
    with open(path, 'rb', buffering=0) as file:
        while got := file.readinto(buffer):
            sha256.update(buffer[:got])
"""


class Workshop:
    """A database of so many rows, a contract with a store in a directory and one in a bucket, and a tier for each."""

    def __init__(self, server, gateway, rows):
        self.server, self.gateway, self.home = server, gateway, Home()
        self.directory = self.home.root / "store"
        server.create_database("bench")
        server.execute(SCHEMA.format(rows=rows), "bench")
        server.execute("VACUUM ANALYZE events", "bench")
        os.environ.update(AWS_ACCESS_KEY_ID=gateway.access_key, AWS_SECRET_ACCESS_KEY=gateway.secret_key)
        self.write_contract(sealed=False)

    def write_contract(self, sealed, spread=False):
        """With `spread` a third tier, into the directory and three buckets at once."""
        os.environ["BENCH_KEYS"] = self.home.run("keys", "new").out
        tiers = {"local": ["local"], "s3": ["s3"], **({"spread": ["local", "s3", "s3-2", "s3-3"]} if spread else {})}
        buckets = sorted({store for stores in tiers.values() for store in stores} - {"local"})
        tiers = "".join(f'[tiers.{tier}]\nwhat = "dump"\nevery = "1h"\nkeep = "1h"\nstores = {json.dumps(stores)}\n' for tier, stores in tiers.items())
        keys = '[encryption]\nkey = "env:BENCH_KEYS"\n' if sealed else ""
        self.home.contract(f'[database]\nurl = "{self.server.url("bench")}"\n[stores.local]\nurl = "file://{self.directory}"\n'
                           + "".join(f'[stores.{name}]\nurl = "s3://{self.gateway.bucket}/{self.home.root.name}/{name}"\n'
                                     f'endpoint = "{self.gateway.endpoint}"\npath_style = true\n' for name in buckets) + tiers + keys)

    def run(self, *arguments):
        """Seconds and peak memory; a benchmark of what failed says nothing."""
        return figures(self.home, *arguments, accepted=(0,))

    def backup(self, store):
        return self.run("backup", store)

    def points(self, store):
        outcome = self.home.run("backups", "--format", "json")
        return [point["id"] for point in outcome.json["backups"] if point["store"] == store]

    def stored(self):
        """Files of the newest point in the directory."""
        return sorted((self.directory / "points" / self.points("local")[0]).iterdir())

    def database_bytes(self):
        return self.server.execute("SELECT pg_database_size('bench')", "bench")[0][0]

    def close(self):
        self.server.drop_database("bench")
        self.home.remove()


def shell(server, command):
    subprocess.run(["bash", "-c", "set -o pipefail; " + command], env=server.environment(), check=True)


def pg_dump(server, out, rest):
    return f"{CLIENT}/pg_dump -Fc {rest} > {out} && sync {out}".replace("DATABASE", f"-d '{server.url('bench')}'")


def megabytes(size):
    return f"{size / 1e6:,.0f} MB"


def dump(server, gateway):
    shop = Workshop(server, gateway, ROWS_PER_GIGABYTE)
    out = shop.home.root / "dump"
    plain = {"pg_dump -Fc (gzip 6)": "DATABASE", "pg_dump -Fc -Z3": "-Z3 DATABASE",
             "pg_dump -Fc -Z0 | zstd -3": "-Z0 DATABASE | zstd -q -3"}
    took, sizes, ours = {name: [] for name in plain}, {}, []
    for _ in range(RUNS):
        ours.append(shop.backup("local")[0])
        for name, rest in plain.items():
            took[name].append(timed(lambda: shell(server, pg_dump(server, out, rest))))
            sizes[name] = out.stat().st_size
    stored = sum(path.stat().st_size for path in shop.stored())
    mine = statistics.median(ours)
    print(f"dump     a database of {megabytes(shop.database_bytes())} into a directory: {mine:.2f} s, {megabytes(stored)} "
          "(zstd 3; at most 1.1 times, and no larger)")
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(f"           {name:26} {median:6.2f} s, {megabytes(sizes[name])}: {mine / median:.2f} times the time, "
              f"{stored / sizes[name]:.2f} times the size")
    shop.close()


def s3(server, gateway):
    shop = Workshop(server, gateway, ROWS_PER_GIGABYTE)
    took = {"local": [], "s3": []}
    for _ in range(RUNS):
        for store, seconds in took.items():
            seconds.append(shop.backup(store)[0])
    local, bucket = (statistics.median(seconds) for seconds in took.values())
    print(f"s3       {bucket:.2f} s into S3, {local:.2f} s into a directory: {bucket / local:.2f} times (at most 1.2)")
    shop.close()


def verify(server, gateway):
    shop = Workshop(server, gateway, 2 * ROWS_PER_GIGABYTE)
    shop.backup("local")
    files = shop.stored()
    size = sum(path.stat().st_size for path in files)
    identity = shop.points("local")[0]
    ours, bare = [], []
    for _ in range(RUNS):
        ours.append(shop.run("verify", identity, "--store", "local")[0])
        bare.append(timed(lambda: subprocess.run([sys.executable, "-S", "-c", READ, *files], check=True)))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"verify   {megabytes(size)} in {mine:.2f} s; reading and hashing them takes {theirs:.2f} s: {theirs / mine:.2f} of it "
          "(at least 0.8)")
    shop.close()


def memory(server, gateway):
    for gigabytes in (0.25, 4):
        shop = Workshop(server, gateway, int(gigabytes * ROWS_PER_GIGABYTE))
        for sealed in (False, True):
            shop.write_contract(sealed)
            peaks = {"backup": shop.backup("local"), "to S3": shop.backup("s3")}
            for store in ("local", "s3"):
                identity = shop.points(store)[0]
                where = "S3" if store == "s3" else "a directory"
                peaks[f"verify in {where}"] = shop.run("verify", identity, "--store", store)
                target = shop.home.root / f"restored-{store}"
                peaks[f"restore from {where}"] = shop.run("restore", identity, "--into", target)
                subprocess.run(["rm", "-r", target], check=True)
            shop.write_contract(sealed, spread=True)
            peaks["to a directory and three buckets"] = shop.backup("spread")
            told = ", ".join(f"{name} {peak:.0f} MiB ({seconds:.0f} s)" for name, (seconds, peak) in peaks.items())
            print(f"memory   {megabytes(shop.database_bytes())}{', sealed' if sealed else ''}: {told} (at most 128)")
            empty_bucket(gateway, shop)
        shop.close()


def empty_bucket(gateway, shop):
    """The gateway keeps everything in memory. The next backup may not miss what was there."""
    gateway.run("radosgw-admin", "bucket", "rm", "--bucket", gateway.bucket, "--purge-objects", "--bypass-gc")
    gateway.make_bucket(gateway.bucket)
    subprocess.run(["rm", "-r", shop.home.path / "state/stores"], check=True)


if __name__ == "__main__":
    with Server(settings=SETTINGS) as the_server, Radosgw() as the_gateway:
        for part in sys.argv[1:] or ["dump", "s3", "verify", "memory"]:
            {"dump": dump, "s3": s3, "verify": verify, "memory": memory}[part](the_server, the_gateway)
