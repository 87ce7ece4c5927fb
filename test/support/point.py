"""Recovery points made without pgrehearse, from docs/formats/repository.md alone: for what a backup would never write."""

import ctypes
import datetime
import hashlib
import json
import secrets
import struct
import subprocess

from support import server

zstd = ctypes.CDLL("libzstd.so.1")
zstd.ZSTD_compressBound.restype = ctypes.c_size_t
zstd.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
zstd.ZSTD_compress.restype = ctypes.c_size_t
zstd.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]

TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2"""

# A tier of each kind, in the store named.
TIERS = """
[tiers.hourly]
what = "dump"
every = "1h"
keep = "48h"
stores = ["{at}"]

[tiers.cache]
what = "redis"
every = "6h"
keep = "14d"
stores = ["{at}"]
"""
REPOSITORY = """
[stores.local]
url = "file://{store}"
""" + TIERS.replace("{at}", "local") + """
[redis]
url = "redis://localhost:1"
"""


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def rfc3339(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def compress(content):
    bound = zstd.ZSTD_compressBound(len(content))
    out = ctypes.create_string_buffer(bound)
    size = zstd.ZSTD_compress(out, bound, content, len(content), 3)
    return out.raw[:size]


def dump(source, database):
    """pg_dump of a test server's database, with its time in UTC."""
    return subprocess.run([server.CLIENT / "pg_dump", "-Fc", "-Z0", "-d", source.url(database)], check=True, stdout=subprocess.PIPE,
                          env={**source.environment(), "TZ": "UTC"}).stdout


def rows(source, database):
    return [{"schema": schema, "name": name, "rows": source.execute(f'SELECT count(*) FROM "{schema}"."{name}"', database)[0][0]}
            for schema, name in source.execute(TABLES, database)]


def write_hashed(path, name, body):
    """JSON with the hash of its body, which is dumped as nlohmann::json does: compact, keys sorted, UTF-8."""
    compact = json.dumps(body, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    text = json.dumps({"version": 1, "sha256": hashlib.sha256(compact.encode()).hexdigest(), name: body}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n")


REDIS_KINDS = ["string", "list", "set", "zset", "hash", "stream", "module"]


def redis_facts(index, keys):
    """A manifest's figures about one Redis database; `keys` is [(name, kind, expiry in ms or None)]. See src/redis/census.h."""
    def lanes(digest):
        return struct.unpack("<4Q", digest)

    names, expiries, counts = [0] * 4, [0] * 4, {kind: 0 for kind in REDIS_KINDS}
    for name, kind, expiry in keys:
        counts[kind] += 1
        head = struct.pack("<QBB", index, REDIS_KINDS.index(kind), expiry is not None)
        digest = hashlib.blake2b(head + name, digest_size=32).digest()
        names = [a + b for a, b in zip(names, lanes(digest))]
        if expiry is not None:
            other = hashlib.blake2b(digest + struct.pack("<q", expiry), digest_size=32).digest()
            expiries = [a + b for a, b in zip(expiries, lanes(other))]

    def text(sums):
        return "".join(f"{lane % 2**64:016x}" for lane in sums)

    return {"index": index, "keys": {kind: count for kind, count in counts.items() if count},
            "expiring": sum(1 for key in keys if key[2] is not None), "names": text(names), "expiries": text(expiries)}


class Point:
    """A recovery point in a directory. Change `manifest` or `objects`, and write() it again."""

    def __init__(self, store, what="dump", tier="hourly", taken=None):
        taken = taken or now()
        self.id = f"{taken:%Y%m%dT%H%M%SZ}-{tier}-{secrets.token_hex(4)}"
        self.directory = store / "points" / self.id
        self.evidence = store / "evidence" / self.id
        self.objects = {}
        self.manifest = {"id": self.id, "tier": tier, "what": what, "taken": rfc3339(taken), "finished": rfc3339(taken),
                         "source": "a test", "program": "a test", "objects": [], "database": None, "redis": None, "restore": []}

    def of_database(self, source, database, roles=""):
        major = source.major
        self.objects = {"dump.pgdump.zst": dump(source, database), "roles.sql.zst": roles.encode()}
        self.manifest["database"] = {"name": database, "major": major, "version": f"{major}.0", "system_identifier": "7000000000000000000",
                                     "encoding": "UTF8", "tables": rows(source, database), "audit": None, "continues": None}
        return self

    def of_redis(self, rdb, databases):
        """`databases` as redis_facts() makes them."""
        self.objects = {"dump.rdb.zst": rdb}
        self.manifest["redis"] = {"server": "redis at test", "continues": None, "version": "7.0", "databases": databases}
        return self

    def write(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.manifest["objects"] = []
        for name, content in self.objects.items():
            stored = compress(content)
            (self.directory / name).write_bytes(stored)
            self.manifest["objects"].append({
                "name": name, "bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest(), "compression": "zstd",
                "content_bytes": len(content), "content_sha256": hashlib.sha256(content).hexdigest(), "sealed_with": None})
        write_hashed(self.directory / "manifest.json", "manifest", self.manifest)
        return self

    def drills(self):
        """The evidence that lies beside it, oldest first."""
        files = sorted(self.evidence.glob("*-drill-*.json")) if self.evidence.is_dir() else []
        return [json.loads(file.read_text())["evidence"] for file in files]

    def stored(self, name):
        return self.directory / name

    def flip(self, name, at):
        path = self.stored(name)
        content = bytearray(path.read_bytes())
        content[at if at >= 0 else len(content) + at] ^= 0x55
        path.write_bytes(content)
