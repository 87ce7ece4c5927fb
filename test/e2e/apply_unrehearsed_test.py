"""What a script does by now and did not when it was rehearsed, where no row of a planned table says so: sequences that it sets, work
that it leaves to COMMIT, rows that nobody counts."""

import contextlib
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import applying  # noqa: E402

SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "5"}

class AlteredWhileItStartsTest(applying.ApplyCase):
    """A column that nobody had looked at would go with its rows, and no undo knows what was in it."""

    proof = "decoded"
    settings = SETTINGS
    statements = "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (3); CREATE TABLE busy (id int)"

    def test_a_column_that_is_added_before_the_transaction_begins_is_seen(self):
        self.make_plan(script="DELETE FROM users WHERE id = 3;\n")
        with contextlib.closing(self.server.connect("shop")) as writer:
            writer.autocommit = False
            writer.cursor().execute("INSERT INTO busy VALUES (1)")  # for which a slot has to wait
            process = self.home.start("apply", self.home.work / "out.plan", "--to", self.url, "--format", "json", "--proof", "decoded",
                                      "--execute", "--lock-timeout", "10s", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.communicate)
            deadline = time.monotonic() + 20
            while not self.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%create_logical_replication_slot%'"
                               " AND application_name = 'pgrehearse' AND state = 'active'"):
                self.assertLess(time.monotonic(), deadline, "no slot was made")
                time.sleep(0.02)
            self.sql("ALTER TABLE users ADD COLUMN note text; UPDATE users SET note = 'precious'")
            before = self.sql("SELECT * FROM users")
            writer.rollback()
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, applying.REFUSED, said)
        self.assertIn("column public.users.note", {difference["table"] for difference in json.loads(said)["differences"]})
        self.assertEqual(self.sql("SELECT * FROM users"), before)


if __name__ == "__main__":
    unittest.main()
