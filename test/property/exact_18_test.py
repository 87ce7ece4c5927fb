"""The law "Exact" on PostgreSQL 18."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import cases  # noqa: E402

Exact18Test = cases.case(major=18, count=8, offset=18000)

if __name__ == "__main__":
    unittest.main()
