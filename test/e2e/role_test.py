"""The script runs as who would run it: permissions, row-level security and current_user are those of production."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli  # noqa: E402

TENANTS = """
CREATE ROLE clerk LOGIN REPLICATION;
ALTER ROLE clerk IN DATABASE shop SET search_path = public, app;
CREATE TABLE notes (id int PRIMARY KEY, tenant text, body text);
INSERT INTO notes SELECT g, CASE WHEN g % 2 = 0 THEN 'clerk' ELSE 'other' END, 'b' FROM generate_series(1, 10) g;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = current_user);
GRANT SELECT, DELETE ON notes TO clerk;
CREATE TABLE secrets (id int);
CREATE SCHEMA app;
CREATE TABLE app.t (id int);
INSERT INTO app.t VALUES (1);
GRANT USAGE, CREATE ON SCHEMA app TO clerk;
GRANT DELETE ON app.t TO clerk;
"""


class RoleTest(case.SharedCase):
    statements = TENANTS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.server.url("shop", "clerk")

    def rehearse(self, script, source, *options, **expectations):
        return self.plan(self.home.script(script), *options, source=source, **expectations)

    def test_row_level_security_acts_for_the_user_of_the_url(self):
        report = self.rehearse("DELETE FROM notes;", self.clerk)
        self.assertEqual(case.effects_of(report), {"public.notes": (0, 0, 5)})
        self.assertEqual(report["role"], "clerk")

    def test_another_role_is_named_by_option(self):
        report = self.rehearse("DELETE FROM notes;", self.source, "--role", "clerk")
        self.assertEqual(case.effects_of(report), {"public.notes": (0, 0, 5)})

    def test_a_superuser_sees_every_row(self):
        self.assertEqual(case.effects_of(self.rehearse("DELETE FROM notes;", self.source)), {"public.notes": (0, 0, 10)})

    def test_a_missing_permission_is_the_error_that_production_would_give(self):
        report = self.rehearse("DELETE FROM secrets;", self.clerk, expect=cli.BREAKS)
        self.assertEqual(report["failure"]["sqlstate"], "42501")

    def test_current_and_session_user_are_the_role(self):
        report = self.rehearse("CREATE TABLE app.who AS SELECT 1 WHERE current_user = 'clerk' AND session_user = 'clerk';", self.clerk)
        self.assertEqual(case.effects_of(report), {"app.who": (1, 0, 0)})

    def test_a_role_that_does_not_exist_is_an_error(self):
        outcome = self.home.plan(self.home.script("SELECT 1"), "--role", "nobody at all", source=self.source)
        self.assert_fails(outcome, cli.USAGE, "nobody at all")

    def test_settings_of_the_role_in_the_database_hold_in_the_rehearsal(self):
        self.assertEqual(case.effects_of(self.rehearse("DELETE FROM t;", self.clerk)), {"app.t": (0, 0, 1)})


if __name__ == "__main__":
    unittest.main()
