"""The oracle itself, on differences that can be counted by hand."""

import contextlib
import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import dump, server  # noqa: E402
from support.dump import Effect  # noqa: E402

SCHEMA = """
CREATE TABLE keyed (id int PRIMARY KEY, note text, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE loose (note text);
CREATE TABLE parent (id int, part int) PARTITION BY LIST (part);
CREATE TABLE one PARTITION OF parent FOR VALUES IN (1);
CREATE TABLE two PARTITION OF parent FOR VALUES IN (2);
INSERT INTO keyed SELECT g, 'n' FROM generate_series(1, 10) g;
INSERT INTO loose VALUES ('a'), ('a'), (NULL), (E'\\\\N');
INSERT INTO parent VALUES (1, 1), (2, 2);
"""

CASES = [
    ("nothing", "SELECT 1", {}),
    ("a keyed row of each kind",
     "INSERT INTO keyed VALUES (11); UPDATE keyed SET note = 'x' WHERE id < 3; DELETE FROM keyed WHERE id = 5",
     {"public.keyed": Effect(1, 2, 1)}),
    ("an update that changes nothing", "UPDATE keyed SET note = 'n'", {}),
    ("a new key is a row less and a row more", "UPDATE keyed SET id = 99 WHERE id = 1", {"public.keyed": Effect(1, 0, 1)}),
    ("equal rows count as often as they stand", "INSERT INTO loose VALUES ('a'); DELETE FROM loose WHERE note IS NULL",
     {"public.loose": Effect(1, 0, 1)}),
    ("NULL is not its spelling", "DELETE FROM loose WHERE note = E'\\\\N'; INSERT INTO loose VALUES (NULL)", {"public.loose": Effect(1, 0, 1)}),
    ("a move between partitions", "UPDATE parent SET part = 2 WHERE id = 1", {"public.one": Effect(0, 0, 1), "public.two": Effect(1, 0, 0)}),
    ("a dropped table loses its rows", "DROP TABLE loose", {"public.loose": Effect(0, 0, 4)}),
    ("a renamed table is both", "ALTER TABLE loose RENAME TO other", {"public.loose": Effect(0, 0, 4), "public.other": Effect(4, 0, 0)}),
    ("a new column with a default changes every row", "ALTER TABLE keyed ADD more int DEFAULT 1", {"public.keyed": Effect(0, 10, 0)}),
    ("a new empty column changes none", "ALTER TABLE keyed ADD more int", {}),
    ("a renamed column changes none", "ALTER TABLE keyed RENAME note TO words", {}),
    ("a dropped column changes the rows that had something in it", "UPDATE keyed SET note = NULL WHERE id = 1; ALTER TABLE keyed DROP note",
     {"public.keyed": Effect(0, 10, 0)}),
    ("a table made anew is compared by key",
     "DROP TABLE keyed; CREATE TABLE keyed (id int, note text); INSERT INTO keyed VALUES (1, 'n'), (2, 'other')",
     {"public.keyed": Effect(0, 1, 8)}),
    ("a type that spells values otherwise", "ALTER TABLE keyed ALTER note TYPE bytea USING convert_to(note, 'UTF8')", {"public.keyed": Effect(0, 10, 0)}),
]


class OracleTest(unittest.TestCase):
    def test_differences_are_counted_by_the_law(self):
        with server.Server() as running:
            for what, script, expected in CASES:
                with self.subTest(what), contextlib.closing(running.connect()) as connection:
                    running.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + SCHEMA)
                    before = dump.take(connection)
                    running.execute(script)
                    self.assertEqual(dump.difference(before, dump.take(connection)), expected)

    def test_rows_of_a_changeset_are_checked_one_by_one(self):
        columns = [dump.Column(1, "id", False), dump.Column(2, "note", False)]
        old = dump.Table(7, "public.t", columns, [1], [("1", "a"), ("2", dump.NULL)])
        new = dump.Table(7, "public.t", columns, [1], [("1", "b"), ("3", "x\\ty")])
        right = [(("1", "a"), ("1", "b")), (("2", None), None), (None, ("3", "x\ty"))]
        self.assertEqual(dump.replay(old, new, right), [])
        for wrong in (right[:2], right[1:], [(("1", "z"), ("1", "b")), *right[1:]], [(("1", "a"), ("1", "z")), *right[1:]],
                      [right[0], (("2", ""), None), right[2]], [(("1",), ("1",))]):
            self.assertNotEqual(dump.replay(old, new, wrong), [], wrong)


if __name__ == "__main__":
    unittest.main()
