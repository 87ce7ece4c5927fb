"""The generator has to make scripts that work, of every kind: otherwise the property test would prove nothing."""

import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import exact  # noqa: E402
from support import dump, server  # noqa: E402

SEEDS = 24


class GeneratorTest(unittest.TestCase):
    def test_most_scripts_run_to_their_end_and_change_rows_on_every_server(self):
        for major in (15, 16, 18):
            with self.subTest(major=major), server.Server(major) as running:
                exact.create_roles(running)
                ended, changed, text = 0, 0, ""
                for seed in range(SEEDS):
                    subject = exact.Subject(running, seed)
                    before = subject.dump()
                    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
                        file.write(subject.script.text)
                        file.flush()
                        ran, _ = subject.run_really(file.name)
                    ended += ran.returncode == 0
                    changed += bool(dump.difference(before, subject.dump()))
                    text += subject.script.text
                    subject.drop()
                self.assertGreater(ended, SEEDS * 0.6)
                self.assertLess(ended, SEEDS)
                self.assertGreater(changed, SEEDS * 0.6)
                for word in ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "ON CONFLICT", "ALTER TABLE", "DO $", "SAVEPOINT"):
                    self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
