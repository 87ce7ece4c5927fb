"""How fast apply and undo are, as ratios within this run: the machine is shared and noisy.

hundred   100,000 deleted rows and 100,000 by cascade: apply against psql in one transaction, undo against COPY
locks     how long a plan of 1,000 rows keeps production's rows locked, against psql: the longest that somebody waits who asks for one
          of them again and again
memory    5,000,000 deleted rows: peak memory of apply and of undo
"""

import statistics
import subprocess
import sys
import threading
import time

from support.cli import Home
from support.figures import figures, timed
from support.server import CLIENT, Server

SCHEMA = """
CREATE TABLE users (id bigint PRIMARY KEY, auth_source text NOT NULL, name text, plan text, created timestamptz);
CREATE TABLE subscriptions (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, tier text);
INSERT INTO users SELECT g, CASE WHEN g % 2 = 0 THEN 'test' ELSE 'oauth' END, 'name ' || g, 'free', '2026-05-11'
  FROM generate_series(1, {rows} * 2) g;
INSERT INTO subscriptions SELECT g, g * 2, 'pro' FROM generate_series(1, {rows}) g;
CREATE INDEX ON subscriptions (user_id);
ANALYZE;
"""

DELETE = "DELETE FROM users WHERE auth_source = 'test' AND id <= {0} * 2;\n"
SETTINGS = {"fsync": "on", "shared_buffers": "512MB", "max_wal_size": "4GB"}
RUNS = 5


class Shop:
    """Production, made anew from a template before every run, and one plan for it."""

    def __init__(self, server, rows, deleted):
        self.server, self.home, self.rows = server, Home(), rows
        server.create_database("seed")
        server.execute(SCHEMA.format(rows=rows), "seed")
        self.script = self.home.script(DELETE.format(deleted))
        self.fresh()
        figures(self.home, "plan", "--from", self.url, "--out", "bench.plan", self.script)

    @property
    def url(self):
        return self.server.url("shop")

    def fresh(self):
        self.server.drop_database("shop")
        self.server.create_database("shop", "seed")
        self.server.execute("CHECKPOINT; SELECT sum(length(name)) FROM users; SELECT count(*) FROM subscriptions", "shop")

    def psql(self):
        subprocess.run([CLIENT / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", self.script, "-d", self.url],
                       env=self.server.environment(), check=True)

    def apply(self):
        return figures(self.home, "apply", "bench.plan", "--to", self.url, "--proof", "locked-rows", "--execute", "--max-age", "1d",
                       "--statement-timeout", "1h")

    def undo(self):
        latest = self.home.run("applies", "--format", "json").json["applies"][0]["apply"]
        return figures(self.home, "undo", latest, "--execute")

    def close(self):
        self.server.drop_database("shop")
        self.server.drop_database("seed")
        self.home.remove()


def hundred():
    rows = 100_000
    with Server(settings=SETTINGS) as server:
        shop = Shop(server, rows, rows)
        saved = {table: str(server.directory / table) for table in ("users", "subscriptions")}
        condition = {"users": "auth_source = 'test'", "subscriptions": "true"}
        for table, path in saved.items():
            server.execute(f"COPY (SELECT * FROM {table} WHERE {condition[table]}) TO '{path}'", "seed")
        copies = "BEGIN; " + "".join(f"COPY {table} FROM '{path}'; " for table, path in saved.items()) + "COMMIT"
        plain, applied, undone, copied = [], [], [], []
        for _ in range(RUNS):
            shop.fresh()
            plain.append(timed(shop.psql))
            copied.append(timed(lambda: server.execute(copies, "shop")))
            shop.fresh()
            applied.append(shop.apply()[0])
            undone.append(shop.undo()[0])
        shop.close()
    plain, applied, undone, copied = map(statistics.median, (plain, applied, undone, copied))
    print(f"hundred  apply of 200,000 rows {applied:.2f} s, psql {plain:.2f} s: {applied / plain:.2f} times (at most 4)")
    print(f"         undo {undone:.2f} s, COPY {copied:.2f} s: {copied / undone:.2f} of its speed (at least 0.5)")


class Competitor(threading.Thread):
    """Somebody who wants a row that is to be deleted, again and again: the longest that it was kept waiting, in milliseconds."""

    def __init__(self, server):
        super().__init__()
        self.connection, self.over, self.longest = server.connect("shop"), threading.Event(), 0.0

    def run(self):
        with self.connection.cursor() as cursor:
            while not self.over.is_set():
                waited = timed(lambda: cursor.execute("SELECT FROM users WHERE id = 2 FOR KEY SHARE"))
                self.longest = max(self.longest, waited * 1000)
                time.sleep(0.0002)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.connection.close()


def locked_for(server, body):
    with Competitor(server) as competitor:
        body()
    return competitor.longest


def locks():
    with Server(settings=SETTINGS) as server:
        shop = Shop(server, 20_000, 500)
        plain, applied = [], []
        for _ in range(3 * RUNS):
            shop.fresh()
            plain.append(locked_for(server, shop.psql))
            shop.fresh()
            applied.append(locked_for(server, shop.apply))
        shop.close()
    plain, applied = statistics.median(plain), statistics.median(applied)
    print(f"locks    1,000 rows locked for {applied:.1f} ms by apply, {plain:.1f} ms by psql: {applied / plain:.2f} times (at most 2)")


def memory():
    rows = 2_500_000
    with Server(settings=SETTINGS) as server:
        shop = Shop(server, rows, rows)
        shop.fresh()
        seconds, of_apply = shop.apply()
        undo_seconds, of_undo = shop.undo()
        shop.close()
    print(f"memory   5,000,000 rows: {of_apply:.0f} MiB in apply ({seconds:.0f} s), {of_undo:.0f} MiB in undo "
          f"({undo_seconds:.0f} s) (at most 256)")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["hundred", "locks", "memory"]:
        {"hundred": hundred, "locks": locks, "memory": memory}[name]()
