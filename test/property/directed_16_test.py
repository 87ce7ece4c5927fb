"""The law "Exact" on directed cases, on PostgreSQL 16."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import directed  # noqa: E402

Directed16Test = directed.case(major=16)

if __name__ == "__main__":
    unittest.main()
