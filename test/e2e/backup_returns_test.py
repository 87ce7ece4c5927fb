"""What backup took is what drill proves, restore brings back and plan rehearses on."""

import pathlib
import shutil
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, shop  # noqa: E402
from support.tiers_case import TIERS, Repository  # noqa: E402


class ReturningTest(Repository):
    def test_the_way_back(self):
        self.write_contract(TIERS + '[drill]\nrto = "5m"\nchecks = ["SELECT count(*) = 133 FROM users"]\n')
        taken = self.take()
        self.assertEqual(self.json_of("status", expect=1)["tiers"][0]["problems"], ["no restore of it was ever drilled"])
        for inside in (self.local / "points" / "zz", self.local / "zz"):
            self.assert_fails(self.home.run("restore", "latest", "--into", inside), 1, "lies inside the store", "nothing was changed")
        drill = self.json_of("drill", "hourly")
        self.assertEqual((drill["id"], drill["passed"]), (taken["id"], True))
        self.assertEqual([check["name"] for check in drill["checks"] if not check["passed"]], [])
        told = self.json_of("status")["tiers"][0]["drilled"]
        self.assertEqual((told["passed"], told["rto_s"]), (True, drill["rto_s"]))
        self.assertIn(f'pgrehearse_drill_rto_seconds{{tier="hourly"}} {drill["rto_s"]}', self.run_ok("status", "--format", "prometheus").out)
        self.assertIn(f'hourly_rto={drill["rto_s"]}s', self.run_ok("status", "--format", "nagios").out)
        self.server.execute("DROP TABLE users CASCADE", "shop")
        self.run_ok("restore", "latest", "--into", self.server.url("again"))
        self.addCleanup(self.server.drop_database, "again")
        self.assertEqual(self.server.execute("SELECT count(*) FROM users", "again"), [(133,)])
        report = self.plan(self.home.script(shop.CONTRACT_DELETE), "--from", "repository")
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 3))

    def drilled(self):
        """Whether the last drill of each copy passed, by store; None where it was never drilled."""
        return {entry["store"]: entry["drilled"] and entry["drilled"]["passed"] for entry in self.json_of("backups")["backups"]}

    def test_a_drill_of_one_copy_clears_no_other(self):
        taken = self.take()
        self.flip(self.local, taken["id"])
        self.assertEqual(self.json_of("drill", "hourly", expect=1)["checks"][0]["name"], "objects")
        self.assertTrue(self.json_of("drill", "hourly")["passed"], "the copy in second is whole")
        self.assertEqual(self.drilled(), {"local": False, "second": True})
        self.json_of("status", expect=1)
        self.assertEqual(self.kept(), {"local": 0, "second": 1})
        restored = self.json_of("restore", "latest", "--into", self.home.work / "files")
        self.assertEqual(restored["store"], "second")
        shutil.copy(self.point(self.second, taken["id"]) / "dump.pgdump.zst", self.point(self.local, taken["id"]))
        self.assertTrue(self.json_of("verify", "--all")["passed"])
        self.assertEqual(self.kept(), {"local": 1, "second": 1})

    def test_a_copy_that_nobody_read_was_never_drilled(self):
        self.take()
        self.json_of("drill", "hourly")
        self.assertEqual(self.drilled(), {"local": True, "second": None})
        self.assertEqual(self.run_ok("status").out.count("never"), 0, "the tier was drilled")

    def test_a_question_with_another_answer_leaves_the_point_good(self):
        for number, question in enumerate(("selec", "SELECT false"), start=1):
            self.write_contract(TIERS + f'[drill]\nchecks = ["{question}"]\n')
            taken = self.take()["id"]
            drill = self.json_of("drill", "hourly", expect=1)
            self.assertEqual([check["name"] for check in drill["checks"] if not check["passed"]], ["check 1"])
            self.assertEqual(self.kept(), {"local": number, "second": number})
            status = self.json_of("status", expect=1)
            self.assertIn("the last drill failed", status["tiers"][0]["problems"][0])
            self.assertNotIn("loses all", status["loss"][0])
            restored = self.json_of("restore", "latest", "--into", self.home.work / f"files {number}")
            self.assertEqual(restored["id"], taken)

    def test_a_drill_that_is_late_leaves_the_point_good(self):
        self.write_contract(TIERS + '[drill]\nrto = "1s"\nchecks = ["SELECT pg_sleep(0) IS NOT NULL"]\n')
        self.server.execute("CREATE TABLE slow (n int CHECK (pg_sleep(1.2) IS NOT NULL)); INSERT INTO slow VALUES (1)", "shop")
        taken = self.take()
        drill = self.json_of("drill", "hourly", expect=1)
        self.assertEqual([check["name"] for check in drill["checks"] if not check["passed"]], ["rto"])
        tier = self.json_of("status", expect=1)["tiers"][0]
        self.assertEqual((tier["last"], tier["kept"]), (taken["id"], 1))
        self.assertIn("the last drill failed", tier["problems"][0])


if __name__ == "__main__":
    unittest.main()
