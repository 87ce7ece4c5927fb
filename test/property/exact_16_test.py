"""The law "Exact" on PostgreSQL 16."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import cases  # noqa: E402

Exact16Test = cases.case(major=16, count=8, offset=16000)

if __name__ == "__main__":
    unittest.main()
