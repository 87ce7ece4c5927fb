"""The law "Undo is exact" on PostgreSQL 18."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import undo  # noqa: E402

Undo18Test = undo.case(18, seeds=(1000, 1001, 3002), least=2)

if __name__ == "__main__":
    unittest.main()
