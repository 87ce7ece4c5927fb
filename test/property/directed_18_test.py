"""The law "Exact" on directed cases, on PostgreSQL 18."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import directed  # noqa: E402

Directed18Test = directed.case(major=18)

if __name__ == "__main__":
    unittest.main()
