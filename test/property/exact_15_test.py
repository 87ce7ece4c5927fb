"""The law "Exact" on PostgreSQL 15."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import cases  # noqa: E402

Exact15Test = cases.case(major=15, count=12, offset=0)

if __name__ == "__main__":
    unittest.main()
