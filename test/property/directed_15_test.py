"""The law "Exact" on directed cases, on PostgreSQL 15."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

import directed  # noqa: E402

Directed15Test = directed.case(major=15)

if __name__ == "__main__":
    unittest.main()
