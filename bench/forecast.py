"""How long a year of nights takes at the demo's scale, and a night against the same night without a forecast around it.

year      365 nights of twelve sign-ups and a clean-up that holds, image warm
ratio     one of its nights against a bare one: the same statements through libpq, every sign-up on a session of its own
growth    disk and memory of 20 nights and of 80, each of which rewrites a table
"""

import pathlib
import subprocess
import sys
import threading
import time

from support import shop
from support.cli import Home
from support.server import Server

CONTRACT = shop.CONTRACT.replace("rows = 1000", "rows = 1000000")

# The demo's healthy life (src/demo/history.h).
DATABASE = shop.SCHEMA + """
CREATE INDEX ON subscriptions (user_id);
CREATE INDEX ON chat_sessions (user_id);
CREATE INDEX ON web_messages (session_id);
INSERT INTO users (id, auth_source, name)
  SELECT 1000000 + g * 179424673::bigint % 7900000000, 'telegram', 'tg ' || g FROM generate_series(1, 20000) g;
INSERT INTO users (id, auth_source, name) SELECT -nextval('web_user_id_seq'), 'oauth', 'web ' || g FROM generate_series(1, 1194) g;
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users WHERE id % 3 = 0;
INSERT INTO chat_sessions (user_id, title) SELECT id, 'hello' FROM users WHERE id % 2 = 0;
INSERT INTO web_messages (session_id, body) SELECT id, 'message ' || n FROM chat_sessions, generate_series(1, 3) n;
"""

PROBE = "INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth') RETURNING id"
CLEANUP = """INSERT INTO users (id, auth_source) SELECT 4503599627370496 + g, 'test' FROM generate_series(1, 50) g;
DELETE FROM users WHERE auth_source = 'test';
"""


def bare_nights(server, nights):
    """Seconds that one night takes without anybody watching."""
    server.create_database("bare", template="shop")
    begin = time.monotonic()
    for _ in range(nights):
        for _ in range(12):
            server.execute(PROBE, "bare")
        server.execute(CLEANUP, "bare")
    took = time.monotonic() - begin
    server.drop_database("bare")
    return took / nights


class Footprint(threading.Thread):
    """The most that the program held in memory and its home on disk."""

    def __init__(self, pid, home):
        super().__init__(daemon=True)
        self.pid, self.home, self.memory, self.disk = pid, home, 0, 0
        self.start()

    def run(self):
        status = pathlib.Path(f"/proc/{self.pid}/status")
        while True:
            try:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
                self.memory = max(self.memory, int(fields["VmHWM"].split()[0]) / 1024)
            except (OSError, KeyError):
                return
            sizes = subprocess.run(["du", "-sm", self.home.path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            self.disk = max([self.disk, *map(int, sizes.split()[:1])])
            time.sleep(0.5)


def forecast(home, server, contract, script, nights):
    """Runs it, and returns its seconds and footprint."""
    begin = time.monotonic()
    process = home.start("forecast", "--from", server.url("shop"), "--contract", contract, script, "--each", "oauth signup=12",
                         "--nights", nights, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    footprint = Footprint(process.pid, home)
    _, err = process.communicate()
    if process.returncode != 0:
        sys.exit(err.decode())
    return time.monotonic() - begin, footprint


def year(home, server, contract):
    script = home.script(CLEANUP, "cleanup.sql")
    few = forecast(home, server, contract, script, 1)[0]
    few = min(few, forecast(home, server, contract, script, 1)[0])  # the first one made the image
    seconds, footprint = forecast(home, server, contract, script, 365)
    print(f"year     365 nights in {seconds:.1f} s (at most 60), {footprint.memory:.0f} MiB in pgrehearse, {footprint.disk} MiB on disk")
    night, bare = (seconds - few) / 364, bare_nights(server, 60)
    print(f"ratio    a night {night * 1000:.0f} ms, {night / bare:.1f} times a bare one ({bare * 1000:.0f} ms)")


def growth(home, server, contract):
    script = home.script("UPDATE web_messages SET body = body;\n", "rewrite.sql")
    for nights in (20, 80):
        seconds, footprint = forecast(home, server, contract, script, nights)
        print(f"growth   {nights} nights that rewrite 31,000 rows each: {footprint.memory:.0f} MiB in pgrehearse, "
              f"{footprint.disk} MiB on disk, {seconds:.0f} s")


def main():
    with Server() as server:
        home = Home()
        try:
            server.create_database("shop")
            server.execute(DATABASE, "shop")
            contract = home.contract(CONTRACT)
            for name in sys.argv[1:] or ["year", "growth"]:
                {"year": year, "growth": growth}[name](home, server, contract)
        finally:
            home.remove()


if __name__ == "__main__":
    main()
