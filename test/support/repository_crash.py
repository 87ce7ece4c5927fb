"""Ends pgrehearse at every write to a store of a repository, and looks at what is left with eyes of its own.

Two kinds of store are swept. In a directory every system call of the main thread that touches the store is a step, struck by
strace; a bucket is reached through an impostor, and every request is a step, struck before the server has it and after. A
trial begins with the same repository: a point that is due to go, one that stays, what an ended backup left, and no claim.
"""

import hashlib
import json
import re
import shutil
import signal
import subprocess
import time

from support import cli, radosgw, redis_server, s3_impostor, server

CALLS = ("openat", "mkdirat", "write", "fsync", "renameat2", "unlinkat")
LEFTOVER = "20260101T000000Z-hourly-0badcafe"
MARK = "repository.json"
KINDS = ("dump", "sealed", "redis")
ACTS = {"backup": ["backup", "hourly"], "prune": ["prune", "--execute"], "verify": ["verify", "--all"], "drill": ["drill", "hourly"]}
CONTRACT = """
[database]
url = "{url}"
[stores.it]
url = "{store}"
{more}
[tiers.hourly]
what = "{what}"
every = "1s"
keep = "1s"
rpo = "1h"
stores = ["it"]
"""


class Wrong(Exception):
    """What a trial found that must not be."""


class Ground:
    """A database, an empty home, and a repository that every trial begins with anew. `schema` makes the database; the points
    are dumps of it, the same sealed, or snapshots of a Redis: `kind` is one of KINDS."""

    def __init__(self, schema, kind="dump"):
        self.server = server.Server()
        self.kind, self.redis = kind, None
        try:
            self.server.create_database("shop")
            self.server.execute(schema, "shop")
            if kind == "redis":
                self.redis = redis_server.Redis()
                self.redis.bulk([f"SET k{n} v{n}" for n in range(100)])
            self.home = cli.Home()
            self.store = self.home.root / "store"
            self.begin = self.home.root / "begin"
        except BaseException:
            self.server.close()
            raise

    def close(self):
        self.home.remove()
        if self.redis:
            self.redis.close()
        self.server.close()

    def contract(self):
        self.write_contract(f"file://{self.store}")

    def write_contract(self, store, more=""):
        what = "redis" if self.redis else "dump"
        text = CONTRACT.format(url=self.server.url("shop"), store=store, more=more, what=what)
        if self.redis:
            text += f'[redis]\nurl = "{self.redis.url}"\n'
        if self.kind == "sealed":
            text += '[encryption]\nkey = "env:SWEEP_KEYS"\n'
        self.home.contract(text)

    def prepare(self):
        """What a trial begins with."""
        self.contract()
        for _ in range(2):
            self.ok("backup", "hourly")
            time.sleep(1.1)
        leftover = self.store / "points" / LEFTOVER
        leftover.mkdir(mode=0o700)
        (leftover / "roles.sql.zst").write_bytes(b"half of it")
        shutil.copytree(self.store, self.begin)

    def reset(self):
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.copytree(self.begin, self.store)

    def environment(self):
        return {"SWEEP_KEYS": "5e" * 32}

    def start(self, act, prefix=()):
        return subprocess.Popen([*map(str, prefix), cli.program(), *ACTS[act]], env=self.home.environment(extra=self.environment()), cwd=self.home.work,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def json(self, *words, expect=(0,)):
        outcome = self.home.run(*words, "--format", "json", env=self.environment())
        if outcome.exit not in expect:
            raise Wrong(f"{words}: {outcome}")
        return outcome.json

    def ok(self, *words):
        return self.json(*words)

    def objects(self):
        """{key: bytes} of all that lies in the store, read without pgrehearse."""
        return {str(path.relative_to(self.store)): path.read_bytes() for path in self.store.rglob("*") if path.is_file()}

    def check(self):
        """The repository after a trial: never wrong, cleared by a prune, and of use."""
        whole = whole_points(self.objects())
        listed = self.json("backups")["backups"]
        if {entry["id"] for entry in listed} != whole or not all(entry["complete"] for entry in listed):
            raise Wrong(f"listed are {listed}, and whole are {whole}")
        tier = self.json("status", expect=(0, 1))["tiers"][0]
        if (tier["last"], tier["kept"]) != (max(whole), len(whole)):
            raise Wrong(f"status says {tier}, and whole are {whole}")
        if not self.json("verify", "--all")["passed"]:
            raise Wrong("verify finds a lie")
        self.json("prune", "--execute")
        left = self.objects()
        stray = [key for key in left if key != MARK and not key.startswith("evidence/") and key.split("/")[1] not in whole_points(left)]
        if stray or self.unfinished():
            raise Wrong(f"a prune left {stray} {self.unfinished()}")
        if max(whole) not in whole_points(left):
            raise Wrong(f"a prune took the newest, {max(whole)}")
        if self.ok("backup", "hourly")["id"] not in whole_points(self.objects()):
            raise Wrong("the next backup is not there")
        self.home.run("scratch", "purge")  # reaps what an ended drill left
        if self.home.left_behind():
            raise Wrong(f"left behind: {self.home.left_behind()}")

    def unfinished(self):
        return []

    def steps(self, act):
        """(system call, its number in the main thread) of each that touches the store, in the order in which they come."""
        self.reset()
        log = self.home.root / "strace"
        if self.start(act, ["strace", "-qq", "-y", "-o", log, "-e", f"trace={','.join(CALLS)}"]).wait() != 0:
            raise Wrong(f"{act} does not end well")
        counts, steps = {}, []
        for line in log.read_text(errors="replace").splitlines():
            call = line.partition("(")[0]
            if call not in CALLS:
                continue
            counts[call] = counts.get(call, 0) + 1
            reads = call == "openat" and "O_CREAT" not in line
            if not reads and re.search(re.escape(str(self.store)) + r"\b", line):
                steps.append((call, counts[call]))
        return steps

    def trial(self, act, step):
        """False where the run did not come that far."""
        call, number = step
        self.reset()
        injection = f"inject={call}:signal=KILL:when={number}"
        struck = self.start(act, ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", injection]).wait() == -signal.SIGKILL
        self.check()
        return struck


class BucketGround(Ground):
    """The same in a bucket."""

    def __init__(self, schema, kind="dump"):
        super().__init__(schema, kind)
        self.gateway = radosgw.Radosgw()
        self.impostor = s3_impostor.Impostor(self.gateway.endpoint)
        self.begin_objects = {}

    def close(self):
        self.impostor.close()
        self.gateway.close()
        super().close()

    def contract(self):
        self.write_contract(f"s3://{self.gateway.bucket}/a b", f'endpoint = "{self.impostor.endpoint}"\nregion = "us-east-1"\npath_style = true')

    def environment(self):
        return {**super().environment(), "AWS_ACCESS_KEY_ID": self.gateway.access_key, "AWS_SECRET_ACCESS_KEY": self.gateway.secret_key}

    def prepare(self):
        self.contract()
        for _ in range(2):
            self.ok("backup", "hourly")
            time.sleep(1.1)
        self.gateway.request("PUT", f"a%20b/points/{LEFTOVER}/roles.sql.zst", b"half of it")
        self.begin_objects = self.objects()

    def reset(self):
        self.impostor.rules()
        there = self.objects()
        for key in there.keys() - self.begin_objects.keys():
            self.gateway.request("DELETE", self.path(key))
        for key in self.begin_objects.keys() - there.keys():
            self.gateway.request("PUT", self.path(key), self.begin_objects[key])

    @staticmethod
    def path(key):
        return "a%20b/" + key

    def objects(self):
        text = self.gateway.request("GET", "", query="list-type=2").decode()
        keys = [key.removeprefix("a b/") for key in re.findall("<Key>([^<]*)</Key>", text)]
        return {key: self.gateway.request("GET", self.path(key)) for key in keys}

    def unfinished(self):
        return re.findall("<UploadId>([^<]*)</UploadId>", self.gateway.request("GET", "", query="uploads=").decode())

    def steps(self, act):
        """(number of the request, when): at "hang" the server does not have it yet, at "silence" it has."""
        self.reset()
        if self.start(act).wait() != 0:
            raise Wrong(f"{act} does not end well")
        return [(number, when) for number in range(len(self.impostor.requests())) for when in ("hang", "silence")]

    def hold(self, act, step):
        """Starts it, and waits until it stands still at that step or has ended; the process."""
        number, when = step
        rule = {"do": "silence", "seconds": 3} if when == "pause" else {"do": when, "seconds": 60}
        self.impostor.rules({"skip": number, **rule})
        process = self.start(act)
        while process.poll() is None and not self.impostor.is_waiting():
            time.sleep(0.01)
        return process

    def trial(self, act, step):
        self.reset()
        process = self.hold(act, step)
        struck = process.poll() is None
        process.kill()
        process.wait()
        self.impostor.rules()
        self.check()
        return struck


def whole_points(objects):
    """The points whose manifest is there, each object as it says. A manifest that lies is an error."""
    whole = set()
    for key in objects:
        if not (key.startswith("points/") and key.endswith("/manifest.json")):
            continue
        identity = key.split("/")[1]
        for entry in json.loads(objects[key])["manifest"]["objects"]:
            stored = objects.get(f"points/{identity}/{entry['name']}")
            if stored is None or hashlib.sha256(stored).hexdigest() != entry["sha256"]:
                raise Wrong(f"{identity} has a manifest, and its {entry['name']} is not what it says")
        whole.add(identity)
    return whole


def sweep(ground, act, steps):
    """How many of the steps were struck."""
    struck = 0
    for step in steps:
        try:
            struck += ground.trial(act, step)
        except Wrong as wrong:
            raise Wrong(f"{act}, ended at {step}: {wrong}") from None
    return struck
