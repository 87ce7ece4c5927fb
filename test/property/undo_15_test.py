"""The law "Undo is exact" on PostgreSQL 15."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import undo  # noqa: E402

Undo15Test = undo.case(15, seeds=(1000, 1001, 1002, 1003), least=3)

if __name__ == "__main__":
    unittest.main()
