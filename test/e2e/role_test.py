"""The script runs as who would run it: permissions, row-level security and current_user are those of production."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli  # noqa: E402

TENANTS = """
CREATE TABLE notes (id int PRIMARY KEY, tenant text, body text);
INSERT INTO notes SELECT g, CASE WHEN g % 2 = 0 THEN 'clerk' ELSE 'other' END, 'b' FROM generate_series(1, 10) g;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = current_user);
GRANT SELECT, DELETE ON notes TO clerk, backup_clerk;
CREATE TABLE secrets (id int);
"""


class RoleTest(case.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.execute("CREATE ROLE clerk LOGIN; CREATE ROLE backup_clerk LOGIN REPLICATION")

    def source(self, user):
        self.database(TENANTS)
        return self.server.url("shop", user)

    def test_row_level_security_acts_for_the_user_of_the_url(self):
        self.database(TENANTS)
        self.server.execute("ALTER ROLE clerk REPLICATION")
        report = self.plan(self.home.script("DELETE FROM notes;"), source=self.server.url("shop", "clerk"), expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"public.notes": (0, 0, 5)})
        self.assertEqual(report["role"], "clerk")

    def test_another_role_is_named_by_option(self):
        source = self.database(TENANTS)
        report = self.plan(self.home.script("DELETE FROM notes;"), "--role", "clerk", source=source, expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"public.notes": (0, 0, 5)})

    def test_a_superuser_sees_every_row(self):
        report = self.plan(self.home.script("DELETE FROM notes;"), source=self.database(TENANTS), expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"public.notes": (0, 0, 10)})

    def test_a_missing_permission_is_the_error_that_production_would_give(self):
        source = self.source("backup_clerk")
        report = self.plan(self.home.script("DELETE FROM secrets;"), source=source, expect=cli.BREAKS)
        self.assertEqual(report["failure"]["sqlstate"], "42501")

    def test_current_and_session_user_are_the_role(self):
        self.database(TENANTS + "GRANT CREATE ON SCHEMA public TO backup_clerk")
        report = self.plan(self.home.script("CREATE TABLE who AS SELECT 1 WHERE current_user = 'backup_clerk' AND session_user = 'backup_clerk';"),
                           source=self.server.url("shop", "backup_clerk"), expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"public.who": (1, 0, 0)})

    def test_a_role_that_does_not_exist_is_an_error(self):
        outcome = self.home.plan(self.home.script("SELECT 1"), "--role", "nobody at all", source=self.database(TENANTS))
        self.assert_fails(outcome, cli.USAGE, "nobody at all")

    def test_settings_of_the_role_and_the_database_hold_in_the_rehearsal(self):
        self.database("CREATE SCHEMA app; CREATE TABLE app.t (id int); INSERT INTO app.t VALUES (1);"
                      "GRANT USAGE ON SCHEMA app TO backup_clerk; GRANT DELETE ON app.t TO backup_clerk;"
                      "ALTER ROLE backup_clerk IN DATABASE shop SET search_path = app")
        report = self.plan(self.home.script("DELETE FROM t;"), source=self.server.url("shop", "backup_clerk"), expect=cli.KEEPS)
        self.assertEqual(case.effects_of(report), {"app.t": (0, 0, 1)})


if __name__ == "__main__":
    unittest.main()
