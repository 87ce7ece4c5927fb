"""How long `init` and an audit of a large database take, and what the audit reads: 10,000,000 users, and 199 tables that hang on them.

Each line audits the same rows under other indexes, and says how often the table of users was read whole, beside the time
that reading it whole takes in the same run.
"""

import sys
import time

from support.cli import Home
from support.server import Server
from support.shop import CONTRACT

USERS, TABLES = 10_000_000, 200

# Ids as they come: telegram's all over its space, and three rows where they do not belong.
SCHEMA = f"""
CREATE SEQUENCE web_user_id_seq;
CREATE TABLE users (id bigint, auth_source text NOT NULL, plan text NOT NULL, name text, created timestamptz NOT NULL DEFAULT now());
INSERT INTO users
  SELECT CASE WHEN g % 20 = 0 THEN -g / 20 WHEN g % 1000 = 1 THEN 4503599627370496 + g ELSE g * 179424673::bigint % 7900000001 + 1 END,
         CASE WHEN g % 20 = 0 THEN 'oauth' WHEN g % 1000 = 1 THEN 'test' ELSE 'telegram' END, 'free', 'somebody ' || g
    FROM generate_series(1, {USERS}) g;
INSERT INTO users VALUES (-91111101, 'test', 'free'), (-91111102, 'oauth', 'free'), (0, 'telegram', 'free');
SELECT setval('web_user_id_seq', 91111111);
ALTER TABLE users ADD PRIMARY KEY (id);
"""


def hanging(number):
    """The first two are large, like messages; the rest as most tables are."""
    rows = f"SELECT id, 'text' FROM users WHERE id % {5 * number} = 0" if number < 3 else \
        f"SELECT user_id, body FROM hangs_2 WHERE id % 200 = {number}"
    return f"""
        CREATE TABLE hangs_{number} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL, body text);
        INSERT INTO hangs_{number} (user_id, body) {rows};
        ALTER TABLE hangs_{number} ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
        CREATE INDEX ON hangs_{number} (user_id);"""


def timed(body):
    begin = time.monotonic()
    body()
    return time.monotonic() - begin


def rows_scanned(server):
    server.execute("SELECT pg_stat_force_next_flush()", "big")
    return server.execute("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'users'", "big")[0][0]


def audited(server, home, contract):
    before = rows_scanned(server)
    begin = time.monotonic()
    outcome = home.run("audit", "--contract", contract, "--on", server.url("big"), "--format", "json")
    seconds = time.monotonic() - begin
    if outcome.exit != 1:
        sys.exit(str(outcome))
    wrong = sum(finding["rows"] for finding in outcome.json["findings"] if finding["rule"] == "outside-id-space")
    return seconds, (rows_scanned(server) - before) / USERS, wrong


def main():
    settings = {"shared_buffers": "512MB", "maintenance_work_mem": "512MB", "max_wal_size": "8GB"}
    with Server(15, settings) as server:
        home = Home()
        try:
            server.create_database("big")
            print(f"filling {USERS:,} users and {TABLES - 1} tables", file=sys.stderr)
            server.execute(SCHEMA, "big")
            for number in range(1, TABLES):
                server.execute(hanging(number), "big")
            server.execute("VACUUM ANALYZE", "big")
            contract = home.contract(CONTRACT)
            seconds = timed(lambda: home.run("init", "--on", server.url("big"), "--out", "-"))
            print(f"init     {seconds:.1f} s")
            whole = timed(lambda: server.execute("SELECT auth_source, min(id), max(id), count(*) FROM users GROUP BY 1", "big"))
            for label, index in (("no index on the population", None), ("index on it", "CREATE INDEX by_source ON users (auth_source)"),
                                 ("index on it and the id", "CREATE INDEX by_both ON users (auth_source, id)")):
                if index:
                    server.execute(index + "; ANALYZE users", "big")
                seconds, read, wrong = audited(server, home, contract)
                print(f"audit    {label}: {seconds:.1f} s (at most 60), users read whole {read:.2f} times "
                      f"(reading it whole: {whole:.1f} s), {wrong} rows outside of their id spaces found")
        finally:
            home.remove()


if __name__ == "__main__":
    main()
