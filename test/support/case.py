"""The base of the end-to-end tests: one server per file, and nothing left behind by any test."""

import unittest

from support import cli, server


class Case(unittest.TestCase):
    """Every test has a home and databases of its own."""

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

    def plan(self, *arguments, expect=cli.KEEPS, **options):
        """Runs plan, checks its exit status and returns the report as JSON."""
        outcome = self.home.plan(*arguments, major=self.major, **options)
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome.json

    def assert_fails(self, outcome, status, *fragments):
        """The exit status is `status` and stderr contains every fragment, whatever its case."""
        self.assertEqual(outcome.exit, status, str(outcome))
        for fragment in fragments:
            self.assertIn(fragment.lower(), outcome.err.lower(), str(outcome))


class SharedCase(Case):
    """All tests rehearse on the same database, which no rehearsal changes: one image serves them all."""

    statements = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_database("shop")
        cls.server.execute(cls.statements or "SELECT", "shop")
        cls.source = cls.server.url("shop")
        cls.shared_home = cli.Home()
        cls.addClassCleanup(cls.shared_home.remove)

    def setUp(self):
        self.home = self.shared_home
        self.home.new_work()


def effects_of(report):
    """{"schema.table": (inserted, updated, deleted)}."""
    return {entry["table"]: (entry["inserted"], entry["updated"], entry["deleted"]) for entry in report["effects"]}


def rules_of(report):
    return {finding["rule"] for finding in report["findings"]}
