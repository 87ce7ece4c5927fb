"""How fast a rehearsal is, as ratios within this run: the machine is shared and noisy.

million   1,000,000 deleted rows plus 250,000 by cascade, clone to report on a fresh image, against the bare DELETE
size      the same 1,000-row script on a small and on a large image, on a file system that reflinks (XFS, loop-mounted)
demo      the demo's own plan, image warm
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from support.cli import Home
from support.figures import figures, timed
from support.server import Server

CONTRACT = """[tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.oauth]
[tables.users.populations.test]
disposable = true
"""

SCHEMA = """
CREATE TABLE users (id bigint PRIMARY KEY, auth_source text NOT NULL, name text, plan text, created timestamptz);
CREATE TABLE subscriptions (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, tier text);
INSERT INTO users SELECT g, CASE WHEN g % 2 = 0 THEN 'test' ELSE 'oauth' END, 'name ' || g, 'free', '2026-05-11'
  FROM generate_series(1, 1200000) g;
INSERT INTO subscriptions SELECT g, g * 4, 'pro' FROM generate_series(1, 300000) g;
CREATE INDEX ON subscriptions (user_id);
"""

DELETE = "DELETE FROM users WHERE id <= 1000000"


def image_of(home):
    listing = home.run("scratch", "list").out
    return "image:" + re.search(r"^\s*(\S+-[0-9a-f]{6})\b", listing, re.M).group(1)


def million():
    with Server() as server:
        home = Home()
        try:
            server.create_database("big")
            server.execute(SCHEMA, "big")
            script, contract = home.script(DELETE + ";\n"), home.contract(CONTRACT)
            figures(home, "plan", "--from", server.url("big"), "--contract", contract, home.script("SELECT 1;", "warm.sql"))
            image = image_of(home)
            seconds, memory = figures(home, "plan", "--from", image, "--contract", contract, script)
            bare = timed(lambda: server.execute("BEGIN; " + DELETE + "; ROLLBACK", "big"))
            print(f"million  clone to report {seconds:.1f} s (at most 15), {1_250_000 / seconds:,.0f} rows/s, "
                  f"{memory:.0f} MiB in pgrehearse (at most 256), {seconds / bare:.1f} times the bare DELETE ({bare:.1f} s)")
        finally:
            home.remove()


class Xfs:
    """A loop-mounted XFS, which can reflink."""

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="pgrehearse-xfs-", dir="/var/tmp")
        os.truncate(self.file.name, 14 << 30)
        subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", self.file.name], check=True)
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="pgrx-", dir="/tmp"))
        subprocess.run(["mount", "-o", "loop", self.file.name, self.mount], check=True)
        self.mount.chmod(0o711)
        return self.mount

    def __exit__(self, *_):
        subprocess.run(["umount", self.mount], check=True)
        self.mount.rmdir()
        self.file.close()


def sized_image(home, rows):
    """An image whose data are `rows` rows of 1 kB, and the same small table beside them."""
    with Server() as server:
        server.create_database("sized")
        server.execute(f"""
            CREATE TABLE users (id bigint PRIMARY KEY, auth_source text NOT NULL);
            INSERT INTO users SELECT g, 'test' FROM generate_series(1, 2000) g;
            CREATE TABLE ballast (id bigint, filler text);
            ALTER TABLE ballast ALTER filler SET STORAGE PLAIN;
            INSERT INTO ballast SELECT g, repeat('x', 1000) FROM generate_series(1, {rows}) g;
            """, "sized")
        figures(home, "plan", "--from", server.url("sized"), home.script("SELECT 1;", "warm.sql"))
        return image_of(home)


def size():
    medians = {}
    with Xfs() as mount:
        for label, rows in (("100 MB", 60_000), ("4 GB", 4_000_000)):
            home = Home(mount / label.split()[0])
            try:
                image = sized_image(home, rows)
                script = home.script("DELETE FROM users WHERE id <= 1000;\n")
                runs = sorted(figures(home, "plan", "--from", image, script)[0] for _ in range(5))
                medians[label] = runs[2]
            finally:
                home.run("scratch", "purge")
                home.remove()
    small, large = medians.values()
    print(f"size     1,000 rows on 100 MB {small:.2f} s, on 4 GB {large:.2f} s: {large / small:.2f} times (at most 1.5)")


def demo():
    home = Home()
    try:
        seconds = timed(lambda: home.run("demo"))
        print(f"demo     all of it {seconds:.1f} s (at most 60)")
    finally:
        home.remove()
    with Server() as server:
        home = Home()
        try:
            server.create_database("shop")
            server.execute(SCHEMA.replace("1200000", "21204").replace("300000", "7000").replace("g * 4", "g * 3"), "shop")
            script, contract = home.script("DELETE FROM users WHERE id BETWEEN 100 AND 110;\n"), home.contract(CONTRACT)
            arguments = ["plan", "--from", server.url("shop"), "--contract", contract, script]
            figures(home, *arguments)
            runs = sorted(figures(home, *arguments)[0] for _ in range(5))
            print(f"warm     a plan of the demo's size, image warm: {runs[2]:.2f} s (under 2)")
        finally:
            home.remove()


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["demo", "million", "size"]
    for name in wanted:
        {"million": million, "size": size, "demo": demo}[name]()
