"""The base of the end-to-end tests: one server per file, one home per test, and nothing left behind by any of them."""

import unittest

from support import cli, server


class Case(unittest.TestCase):
    settings = {}
    major = 15

    @classmethod
    def setUpClass(cls):
        cls.server = server.Server(cls.major, cls.settings)
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.home = cli.Home()
        self.addCleanup(self.home.remove)

    def tearDown(self):
        self.assertEqual(self.home.left_behind(), [], "left behind")

    def database(self, statements="", name="shop", owner=server.SUPERUSER):
        """A fresh database for this test, filled by `statements`; returns its URL."""
        self.server.create_database(name, owner=owner)
        self.addCleanup(self.server.drop_database, name)
        if statements:
            self.server.execute(statements, name)
        return self.server.url(name)

    def plan(self, *arguments, expect=None, **options):
        """Runs plan, checks its exit status and returns the report as JSON."""
        outcome = self.home.plan(*arguments, major=self.major, **options)
        if expect is not None:
            self.assertEqual(outcome.exit, expect, str(outcome))
        if outcome.exit in (cli.KEEPS, cli.BREAKS):
            return outcome.json
        return outcome

    def assert_fails(self, outcome, status, *fragments):
        """The exit status is `status` and stderr contains every fragment, whatever its case."""
        self.assertEqual(outcome.exit, status, str(outcome))
        for fragment in fragments:
            self.assertIn(fragment.lower(), outcome.err.lower(), str(outcome))


def effects_of(report):
    """{"schema.table": (inserted, updated, deleted)}."""
    return {entry["table"]: (entry["inserted"], entry["updated"], entry["deleted"]) for entry in report["effects"]}


def rules_of(report):
    return {finding["rule"] for finding in report["findings"]}
