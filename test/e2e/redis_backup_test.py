"""Redis on its way through a repository: taken from a live server, restored without us, and no server passes for another one."""

import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import redis_server, server  # noqa: E402
from support.tiers_case import Repository  # noqa: E402

TIER = '[tiers.cache]\nwhat = "redis"\nevery = "6h"\nkeep = "14d"\nstores = ["local"]\n'


class RedisBackupTest(Repository):
    def setUp(self):
        super().setUp()
        self.live = self.redis()
        self.live.bulk([f"SET k{n} v{n} EX {9000 + n}" for n in range(500)] + ["HSET h a 1 b 2", "RPUSH l 1 2 3"])
        self.contract(self.live.url)

    def redis(self):
        started = redis_server.Redis()
        self.addCleanup(started.close)
        return started

    def contract(self, url, tiers=TIER):
        self.write_contract(f'[redis]\nurl = "{url}"\n' + tiers)

    def manifest(self, identity):
        return json.loads((self.point(self.local, identity) / "manifest.json").read_text())["manifest"]

    def test_a_snapshot_of_redis_starts_a_redis(self):
        taken = self.take("cache")["id"]
        self.assertTrue(self.json_of("drill", "cache")["passed"])
        database = self.manifest(taken)["redis"]["databases"][0]
        self.assertEqual((database["keys"], database["expiring"]), ({"hash": 1, "list": 1, "string": 500}, 500))
        other = self.redis()
        other.command("SHUTDOWN", "NOSAVE")
        other.process.wait()
        subprocess.run(["zstd", "-qd", self.point(self.local, taken) / "dump.rdb.zst", "-o", other.directory / "dump.rdb"], check=True)
        server.give_to_server(other.directory / "dump.rdb")
        other.start()
        self.assertEqual(other.command("DBSIZE"), "502")
        self.assertGreater(int(other.command("TTL", "k7")), 8000)

    def test_a_stranger_starts_one_by_what_the_manifest_says(self):
        taken = self.take("cache")["id"]
        folder = self.home.work / "found"
        shutil.copytree(self.point(self.local, taken), folder)
        script = "\n".join(self.manifest(taken)["restore"]) + f" --port 0 --unixsocket {folder}/s --save ''"
        process = subprocess.Popen(["bash", "-e", "-c", script.replace("redis-server", "exec redis-server")], cwd=folder, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(lambda: (folder / "s").exists())
        self.assertEqual(subprocess.run(["redis-cli", "-s", folder / "s", "DBSIZE"], check=True, capture_output=True, text=True).stdout, "502\n")

    def test_another_server_is_taken_only_where_it_is_said_to_be_the_same(self):
        first = self.take("cache")["id"]
        self.assertIn(str(self.live.socket), self.manifest(first)["redis"]["server"])
        other = self.redis()
        self.contract(other.url)
        refused = self.home.run("backup", "cache")
        self.assert_fails(refused, 1, "another server", first, str(self.live.socket), str(other.socket), "--new-source", "nothing was backed up")
        self.assertEqual([path.name for path in (self.local / "points").iterdir()], [first])
        moved = self.take("cache", "--new-source")["id"]
        self.assertEqual(self.manifest(moved)["redis"]["continues"], self.manifest(first)["redis"]["server"])
        self.take("cache")
        status = self.json_of("status")["tiers"][0]
        self.assertEqual((status["problems"], status["kept"]), ([], 3))

    def test_servers_that_share_a_tier_all_the_same_are_told_apart(self):
        one_store = TIER.replace('"6h"', '"1s"').replace('"14d"', '"1s"') + 'rpo = "1h"\n'
        self.contract(self.live.url, one_store)
        first = self.take("cache")["id"]
        self.contract(self.redis().url, one_store.replace("local", "second"))
        time.sleep(1.1)
        second = self.take("cache")["id"]
        shutil.copytree(self.point(self.second, second), self.point(self.local, second))
        self.contract(self.live.url, one_store)
        time.sleep(1.1)
        self.assertIn("local holds points of 2 servers", self.json_of("status", expect=1)["tiers"][0]["problems"][0])
        self.assertEqual(self.json_of("prune", "--execute")["stores"][0]["remove"], [])
        self.assert_fails(self.home.run("restore", "latest:cache", "--into", self.home.work / "files", "--store", "local"), 1, first, second)


if __name__ == "__main__":
    unittest.main()
