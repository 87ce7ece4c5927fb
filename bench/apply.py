"""How fast apply and undo are, as ratios within this run: the machine is shared and noisy.

hundred   100,000 deleted rows and 100,000 by cascade: apply against psql in one transaction, undo against COPY
locks     how long production's rows are locked by a plan of 1,000 rows, against psql, by the server's own log: from the script's
          first statement, which takes the first row lock of either, to the end of COMMIT
memory    5,000,000 deleted rows: peak memory of apply and of undo
"""

import re
import statistics
import subprocess
import sys
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


def locked_for(server, first, body):
    """Milliseconds from the first statement that locks to the end of COMMIT, as the server logged them."""
    server.execute("SELECT 1")
    begin = len(server.log())
    body()
    time.sleep(0.1)
    start = end = None
    for line in server.log()[begin:].splitlines():
        ended = re.match(r"(\d+\.\d+) LOG:  duration: (\d+\.\d+) ms  (?:statement|execute \S+): (.*)", line)
        if not ended:
            continue
        if start is None and re.search(first, ended.group(3)):
            start = float(ended.group(1)) * 1000 - float(ended.group(2))
        if ended.group(3).startswith("COMMIT"):
            end = float(ended.group(1)) * 1000
    return end - start


def locks():
    settings = {**SETTINGS, "log_line_prefix": "%n ", "log_min_duration_statement": "0", "log_parameter_max_length": "0"}
    with Server(settings=settings) as server:
        shop = Shop(server, 20_000, 500)
        plain, applied = [], []
        for _ in range(3 * RUNS):
            shop.fresh()
            plain.append(locked_for(server, "^DELETE", shop.psql))
            shop.fresh()
            applied.append(locked_for(server, "^DELETE|FOR UPDATE", shop.apply))
        shop.close()
    plain, applied = statistics.median(plain), statistics.median(applied)
    print(f"locks    1,000 rows locked for {applied:.0f} ms by apply, {plain:.0f} ms by psql: {applied / plain:.2f} times (at most 2)")


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
