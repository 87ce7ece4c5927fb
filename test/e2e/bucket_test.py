"""The repository in a bucket of a real S3 server, from the first backup to the rehearsal on it; and whatever goes wrong on the way."""

import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, point, radosgw, redis_server, s3_impostor, shop  # noqa: E402

CONTRACT = """
[database]
url = "{url}"
[redis]
url = "{redis}"
[stores.offsite]
url = "s3://{bucket}/{prefix}"
endpoint = "{endpoint}"
region = "{region}"
path_style = true
price_per_gb = 0.02
""" + point.TIERS.replace("{at}", "offsite")


class BucketTest(case.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = radosgw.Radosgw()
        cls.addClassCleanup(cls.gateway.close)
        cls.impostor = s3_impostor.Impostor(cls.gateway.endpoint)
        cls.addClassCleanup(cls.impostor.close)
        cls.server.create_database("shop")
        cls.server.execute(shop.DATABASE, "shop")

    def setUp(self):
        super().setUp()
        self.prefix = f"of {self.id().rpartition('.')[2]}"
        self.keys = {"AWS_ACCESS_KEY_ID": self.gateway.access_key, "AWS_SECRET_ACCESS_KEY": self.gateway.secret_key}
        self.impostor.rules()
        self.contract()

    def contract(self, redis="redis://localhost:1", bucket=None, endpoint=None, region="us-east-1", more=""):
        self.home.contract(CONTRACT.format(url=self.server.url("shop"), redis=redis, bucket=bucket or self.gateway.bucket, prefix=self.prefix,
                                           endpoint=endpoint or self.impostor.endpoint, region=region) + more)

    def run_with(self, *words, expect=0, env=None):
        outcome = self.home.run(*words, env={**self.keys, **(env or {})})
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome

    def json_of(self, *words, **options):
        return self.run_with(*words, "--format", "json", **options).json

    def path(self, key):
        return f"{self.prefix}/{key}".replace(" ", "%20")

    def stored(self):
        text = self.gateway.request("GET", "", query="list-type=2").decode()
        return [key.removeprefix(self.prefix + "/") for key in re.findall("<Key>([^<]*)</Key>", text) if key.startswith(self.prefix + "/")]

    def assert_nothing_counts(self):
        self.assertEqual(self.json_of("backups")["backups"], [])
        status = self.json_of("status", expect=1)
        self.assertIsNone(status["tiers"][0]["actual_s"])

    def test_from_the_first_backup_to_a_rehearsal(self):
        live = redis_server.Redis()
        self.addCleanup(live.close)
        live.bulk([f"SET k{n} v{n} EX {9000 + n}" for n in range(50)])
        self.contract(redis=live.url, more='[drill]\nrto = "5m"\nchecks = ["SELECT count(*) = 133 FROM users"]\n')
        taken = {each["tier"]: each["id"] for each in self.json_of("backup", "--due")}
        self.assertEqual(self.json_of("backup", "--due"), [])
        self.assertEqual({entry["id"] for entry in self.json_of("backups")["backups"]}, set(taken.values()))
        self.assertEqual(self.json_of("verify", "--all"), {"version": 1, "passed": True, "objects": 5, "bad": []})
        drills = self.json_of("drill")
        self.assertEqual({drill["id"]: drill["passed"] for drill in drills}, {identity: True for identity in taken.values()})
        status = self.json_of("status")
        self.assertTrue(status["kept"])
        self.assertGreater(status["stores"][0]["cost"], 0)
        restored = self.json_of("restore", "latest", "--into", self.server.url("again"))
        self.addCleanup(self.server.drop_database, "again")
        self.assertEqual((restored["store"], self.server.execute("SELECT count(*) FROM users", "again")), ("offsite", [(133,)]))
        self.json_of("restore", taken["cache"], "--into", self.home.work / "files")
        self.assertTrue((self.home.work / "files/dump.rdb").read_bytes().startswith(b"REDIS"))
        plan = self.home.plan(self.home.script(shop.CONTRACT_DELETE), source="repository:hourly", env=self.keys)
        self.assertEqual(case.effects_of(plan.json)["public.users"], (0, 0, 3), str(plan))
        self.assertEqual(self.json_of("prune", "--execute")["stores"][0]["remove"], [])
        self.assertFalse([key for key in self.stored() if key.startswith("claims/")])

    def test_what_keeps_a_bucket_from_being_reached_is_said_and_counts_for_nothing(self):
        self.json_of("backup", "hourly")
        free, = radosgw.free_ports(1)
        clock = {"LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME": "+2h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        cases = {"wrong secret": ({}, {"AWS_SECRET_ACCESS_KEY": "wrong"}, "secret"), "unknown key": ({}, {"AWS_ACCESS_KEY_ID": "NOBODY"}, "access key"),
                 "no credentials": ({}, {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "HOME": str(self.home.root)}, "credentials"),
                 "no bucket": ({"bucket": "nowhere"}, {}, "nowhere"), "no server": ({"endpoint": f"http://127.0.0.1:{free}"}, {}, "127.0.0.1"),
                 "clock": ({}, clock, "clock")}
        for name, (contract, environment, word) in cases.items():
            with self.subTest(name):
                self.contract(**contract)
                failed = self.home.run("backup", "hourly", env={**self.keys, **environment})
                self.assert_fails(failed, 3, word)
                self.assertNotIn(self.gateway.secret_key, failed.err)
                status = self.json_of("status", expect=1, env=environment)
                self.assertEqual((status["stores"][0]["reachable"], status["tiers"][0]["actual_s"], status["kept"]), (False, None, False))
                self.assertIn("does not answer", status["tiers"][0]["problems"][0])
                self.assertIn("loses all of the database", status["loss"][0])
                self.assert_fails(self.home.run("verify", "--all", env={**self.keys, **environment}), 3, word)

    def test_a_wrong_region_is_said_with_the_right_one(self):
        here = {"x-amz-bucket-region": "eu-west-3"}
        answers = {"malformed": {"status": 400, "headers": here, "body": "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>"},
                   "moved": {"status": 301, "headers": here, "body": "<Error><Code>PermanentRedirect</Code></Error>"}}
        for name, answer in answers.items():
            with self.subTest(name):
                self.impostor.rules({"do": "answer", "times": 999, **answer})
                for command in ["backup", "hourly"], ["verify", "--all"], ["prune"], ["restore", "latest", "--into", self.home.work / "files"]:
                    said = self.home.run(*command, env=self.keys)
                    self.assert_fails(said, 3, "belongs to region eu-west-3, and was asked for in us-east-1", 'region = "eu-west-3"')
                store = self.json_of("status", expect=1)["stores"][0]
                self.assertEqual((store["reachable"], "belongs to region eu-west-3" in store["failure"]), (False, True))
                self.assertIn('set region = "eu-west-3"', " ".join(self.run_with("status", expect=1).out.split()))

    def test_what_one_store_lacks_keeps_nothing_from_the_other(self):
        local = f'[stores.local]\nurl = "file://{self.home.root}/local"\n'
        text = CONTRACT.replace('stores = ["offsite"]', 'stores = ["offsite", "local"]', 1)
        self.home.contract(text.format(url=self.server.url("shop"), redis="redis://localhost:1", bucket=self.gateway.bucket, prefix=self.prefix,
                                       endpoint=self.impostor.endpoint, region="us-east-1") + local)
        nothing = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "HOME": str(self.home.root)}
        taken = self.json_of("backup", "hourly", expect=3, env=nothing)
        self.assertEqual((taken["stores"], taken["failed"][0]["store"]), (["local"], "offsite"))
        self.json_of("restore", "latest", "--into", self.home.work / "files", env=nothing)
        self.assertTrue((self.home.work / "files/dump.pgdump").exists())

    def test_passing_faults_are_lived_through(self):
        storm = {"do": "answer", "status": 503, "body": "<Error><Code>SlowDown</Code></Error>", "times": 2}
        faults = {"a storm at every object": [{**storm, "path": "points/", "method": "PUT"}, {**storm, "path": "claims/"}],
                  "answers are lost": [{"do": "lose", "method": "PUT", "path": "dump.pgdump"}, {"do": "lose", "method": "PUT", "path": "manifest.json"}],
                  "a connection is cut": [{"do": "refuse", "method": "PUT", "path": "dump.pgdump", "times": 2}]}
        for name, rules in faults.items():
            with self.subTest(name):
                self.impostor.rules(*rules)
                taken = self.json_of("backup", "hourly")
                self.impostor.rules({"do": "cut", "bytes": 700, "method": "GET", "path": "dump.pgdump", "times": 2})
                self.assertTrue(self.json_of("verify", taken["id"])["passed"])
        self.assertFalse([key for key in self.stored() if key.startswith("claims/")])

    def test_faults_that_last_leave_nothing_that_counts(self):
        faults = {"another etag": {"do": "header", "method": "PUT", "path": "dump.pgdump", "headers": {"ETag": '"0123"'}},
                  "a manifest that is never stored": {"do": "answer", "status": 403, "method": "PUT", "path": "manifest.json", "body": "<Error><Code>AccessDenied</Code></Error>"},
                  "bytes that are changed on the way": {"do": "corrupt", "method": "PUT", "path": "dump.pgdump"}}
        for name, rule in faults.items():
            with self.subTest(name):
                self.impostor.rules({**rule, "times": 99})
                self.run_with("backup", "hourly", expect=3)
                self.impostor.rules()
                self.assert_nothing_counts()
        self.assertEqual(len(self.json_of("prune", "--execute")["stores"][0]["leftovers"]), len(faults))
        self.assertEqual(self.stored(), ["repository.json"])

    def test_what_a_bucket_lost_or_changed_is_caught(self):
        dump = "points/{}/dump.pgdump.zst"
        for name in ("flipped", "shorter", "gone"):
            with self.subTest(name):
                taken = self.json_of("backup", "hourly")["id"]
                key = self.path(dump.format(taken))
                content = bytearray(self.gateway.request("GET", key))
                self.gateway.request("DELETE", key)
                content[len(content) // 2] ^= 1
                if name != "gone":
                    self.gateway.request("PUT", key, bytes(content[:-1] if name == "shorter" else content))
                found = self.json_of("verify", taken, expect=1)
                self.assertEqual([(bad["store"], bad["object"]) for bad in found["bad"]], [("offsite", "dump.pgdump.zst")])
                drill = self.json_of("drill", taken, expect=1)
                self.assertEqual([check["name"] for check in drill["checks"] if not check["passed"]], ["objects"])
                self.assertNotEqual(self.json_of("status", expect=1)["tiers"][0]["last"], taken)

    def test_of_many_who_come_at_once_one_takes_it(self):
        blocker = self.server.connect("shop")
        blocker.cursor().execute("BEGIN; LOCK users IN ACCESS EXCLUSIVE MODE")
        crowd = [self.home.start("backup", "hourly", env=self.keys, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
        deadline = time.monotonic() + 60
        while sum(one.poll() is not None for one in crowd) < len(crowd) - 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        blocker.close()
        ended = [(one.communicate(timeout=60)[1], one.returncode) for one in crowd]
        self.assertEqual(sorted(status for _, status in ended), [0, 1, 1, 1, 1, 1], ended)
        for said, status in ended:
            self.assertTrue(status == 0 or "is being taken by" in said, said)
        self.assertEqual(len(self.json_of("backups")["backups"]), 1)

    def interrupt(self, *words, rule):
        """Ctrl-C while a request waits; what is said."""
        self.impostor.rules({"do": "silence", "seconds": 3, **rule})
        process = self.home.start(*words, env=self.keys, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not self.impostor.is_waiting() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
        self.impostor.rules()
        self.assertEqual(process.returncode, 130, said)
        return " ".join(said.split())

    def test_ctrl_c_leaves_the_bucket_clean_and_says_what_stays(self):
        self.contract(more='[tiers.often]\nwhat = "dump"\nevery = "1s"\nkeep = "1s"\nstores = ["offsite"]\n')
        taken = []
        for _ in range(4):
            taken.append(self.json_of("backup", "often")["id"])
            time.sleep(1.1)
        before = self.stored()
        dump = {"method": "GET", "path": "dump.pgdump"}
        for words, left in ((["verify", "--all"], "read to the end is kept"), (["drill", "often"], "of the rest nothing is left"),
                            (["restore", taken[0], "--into", self.home.work / "files"], "nothing was changed"),
                            (["restore", taken[0], "--into", self.server.url("again")], "nothing was changed")):
            self.assertIn(left, self.interrupt(*words, rule=dump), words)
            self.assertEqual(self.stored(), before, words)
        self.assertEqual([path.name for path in self.home.work.iterdir() if path.name.startswith("files")], [])
        self.assertIn("what else is due to go stays", self.interrupt("prune", "--execute", rule={"method": "DELETE", "path": taken[1]}))
        self.assertEqual({key.split("/")[1] for key in self.stored() if key.startswith("points/")}, set(taken[2:]), "a point goes whole")
        self.assertEqual([key for key in self.stored() if key.startswith("claims/")], [])

    def test_ctrl_c_gives_the_claim_back(self):
        for step in ("roles.sql", "dump.pgdump"):
            self.impostor.rules({"do": "silence", "seconds": 20, "method": "PUT", "path": step})
            process = self.home.start("backup", "hourly", env=self.keys, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not self.impostor.is_waiting() and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=15), 130)
            self.assertFalse([key for key in self.stored() if key.startswith("claims/")], step)


if __name__ == "__main__":
    unittest.main()
