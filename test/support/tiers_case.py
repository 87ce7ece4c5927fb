"""A case with a database, two stores in directories and a tier in both of them."""

import time

from support import case, shop

TIERS = """
[tiers.hourly]
what = "dump"
every = "1h"
keep = "48h"
stores = ["local", "second"]
"""


class Repository(case.Case):
    def setUp(self):
        super().setUp()
        self.url = self.database(shop.DATABASE)
        self.local = self.home.root / "local"
        self.second = self.home.root / "second"
        self.write_contract(TIERS)

    def write_contract(self, text, stores=("local", "second")):
        head = f'[database]\nurl = "{self.url}"\n'
        for store in stores:
            head += f'[stores.{store}]\nurl = "file://{self.home.root / store}"\nprice_per_gb = 0.02\n'
        self.home.contract(head + text)

    def run_ok(self, *arguments, **options):
        outcome = self.home.run(*arguments, **options)
        self.assertEqual(outcome.exit, 0, str(outcome))
        return outcome

    def json_of(self, *arguments, expect=0, **options):
        outcome = self.home.run(*arguments, "--format", "json", **options)
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome.json

    def take(self, tier="hourly", *arguments, **options):
        return self.json_of("backup", tier, *arguments, **options)

    @staticmethod
    def clock(offset):
        """libfaketime: the process believes it is another time."""
        return {"LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME": offset,
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def point(self, store, identity):
        return store / "points" / identity

    def flip(self, store, identity):
        """One byte of that copy's dump; the file keeps its size."""
        dump = self.point(store, identity) / "dump.pgdump.zst"
        flipped = bytearray(dump.read_bytes())
        flipped[len(flipped) // 2] ^= 1
        dump.write_bytes(flipped)

    def kept(self):
        """How many good points of the first tier status sees, by store."""
        stores = self.home.run("status", "--format", "json").json["tiers"][0]["stores"]
        return {store["name"]: store["kept"] for store in stores}

    def lock_users(self, table="users"):
        """What keeps a backup from going on until the connection is closed."""
        blocker = self.server.connect("shop")
        blocker.cursor().execute(f"BEGIN; LOCK {table} IN ACCESS EXCLUSIVE MODE")
        return blocker

    def lock_parted(self):
        """The same once pg_dump runs: nobody but it asks for the lock of a partitioned table."""
        self.server.execute("CREATE TABLE parted (id int) PARTITION BY RANGE (id)", "shop")
        return self.lock_users("parted")

    def wait_for(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it never came")
            time.sleep(0.02)
