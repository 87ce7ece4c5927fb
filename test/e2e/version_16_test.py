"""The incident, and what only PostgreSQL 16 understands, on PostgreSQL 16."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import version_case  # noqa: E402


class Version16Test(version_case.VersionCase):
    major = 16


if __name__ == "__main__":
    unittest.main()
