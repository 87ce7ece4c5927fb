"""The incident, and what only PostgreSQL 18 understands, on PostgreSQL 18."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop, version_case  # noqa: E402


class Version18Test(version_case.VersionCase):
    major = 18

    def test_returning_old_and_new_is_run(self):
        report = self.rehearse("UPDATE users SET plan = 'pro' WHERE id = 1 RETURNING old.plan, new.plan;\n"
                               "DELETE FROM users WHERE id = 2 RETURNING old.*;")
        self.assertEqual(case.effects_of(report), {"public.users": (0, 1, 1)})

    def test_a_table_with_virtual_generated_columns_can_be_written(self):
        report = self.rehearse("CREATE TABLE v (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2), note text);\n"
                               "INSERT INTO v (id) VALUES (1), (2);\nUPDATE v SET note = 'x';\nDELETE FROM v WHERE id = 1;")
        self.assertEqual(case.effects_of(report), {"public.v": (1, 0, 0)})

    def test_the_audit_finds_the_incident_and_takes_no_constraint_for_one_that_is_not_enforced(self):
        url = self.database(shop.SCHEMA + "ALTER TABLE users ADD CHECK (auth_source = 'telegram' AND id BETWEEN 1 AND 9) NOT ENFORCED", name="lax")
        for source, wanted in ((self.source, "sequence-far-ahead"), (url, "population-check-missing")):
            outcome = self.home.run("audit", "--contract", self.home.contract(shop.CONTRACT), "--on", source, "--format", "json")
            self.assertEqual(outcome.exit, cli.BREAKS, str(outcome))
            self.assertIn(wanted, case.rules_of(outcome.json))


if __name__ == "__main__":
    unittest.main()
