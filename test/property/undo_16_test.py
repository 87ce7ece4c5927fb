"""The law "Undo is exact" on PostgreSQL 16."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import undo  # noqa: E402

Undo16Test = undo.case(16, seeds=(2000, 2002, 2005), least=2)

if __name__ == "__main__":
    unittest.main()
