"""What a repository holds is told apart from what somebody made of it: lost, or mixed up."""

import json
import pathlib
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import tiers_case  # noqa: E402


class LostManifestTest(tiers_case.Repository):
    def setUp(self):
        super().setUp()
        self.taken = self.take()["id"]

    def lose(self):
        (self.point(self.local, self.taken) / "manifest.json").unlink()

    def assert_told_and_kept(self, because):
        found = self.json_of("verify", "--all", expect=1)["bad"]
        self.assertEqual([(bad["store"], bad["object"]) for bad in found], [("local", "manifest.json")])
        self.assertIn(because, found[0]["message"])
        self.assertEqual(self.home.run("verify", self.taken).exit, 1)
        told = {entry["store"]: entry["problem"] for entry in self.json_of("backups")["backups"]}
        self.assertIn("manifest.json is missing", told["local"])
        self.assertIn("manifest.json is missing", self.json_of("status", expect=1)["notes"][0])
        pruned = self.json_of("prune", "--execute")["stores"][0]
        self.assertEqual((pruned["store"], pruned["leftovers"]), ("local", []))
        self.assertIn("manifest.json is missing", pruned["keep"][0]["reason"])
        self.assertTrue((self.point(self.local, self.taken) / "dump.pgdump.zst").exists())

    def test_what_another_store_has_whole_is_told_and_comes_back_with_its_manifest(self):
        self.lose()
        self.assert_told_and_kept("copy it back from store second")
        shutil.copy(self.point(self.second, self.taken) / "manifest.json", self.point(self.local, self.taken))
        time.sleep(1)  # of proofs within one second the worse is believed
        self.assertTrue(self.json_of("verify", "--all")["passed"])
        self.assertEqual(self.kept(), {"local": 1, "second": 1})

    def write_local_contract(self, more=""):
        self.write_contract(tiers_case.TIERS.replace(', "second"', "") + more, stores=("local",))

    def test_what_is_held_is_told_and_kept(self):
        self.lose()
        self.write_local_contract()
        self.assertEqual(self.json_of("prune")["stores"][0]["leftovers"], [self.taken], "nothing tells it from what was never finished")
        self.write_local_contract(f'[holds."{self.taken}"]\nreason = "the court asked"\n')
        self.assert_told_and_kept("a hold names it")

    def test_what_was_proven_is_told_and_kept(self):
        self.json_of("verify", "--all")
        self.lose()
        self.write_local_contract()
        self.assert_told_and_kept("there is evidence of it")


class SourcesTest(tiers_case.Repository):
    """Two databases never pass for each other."""

    def setUp(self):
        super().setUp()
        self.other = self.database("CREATE TABLE t AS SELECT 1 AS one", "other")

    def ids(self):
        return {entry["id"] for entry in self.json_of("backups")["backups"]}

    def test_another_database_is_taken_only_where_it_is_said_to_be_the_same(self):
        first = self.take()["id"]
        refused = self.home.run("backup", "hourly", "--on", self.other)
        self.assert_fails(refused, 1, "another database", first, "other at", "--new-source", "nothing was backed up")
        self.assertEqual(self.ids(), {first})
        self.assertEqual(len(list(self.local.glob("points/*"))), 1)
        renamed = self.json_of("backup", "hourly", "--on", self.other, "--new-source")["id"]
        manifest = json.loads((self.point(self.local, renamed) / "manifest.json").read_text())["manifest"]
        self.assertEqual(manifest["database"]["continues"]["name"], "shop")
        self.json_of("backup", "hourly", "--on", self.other)
        self.take()
        self.assertEqual(self.kept(), {"local": 4, "second": 4})
        self.assertEqual(self.json_of("status")["tiers"][0]["problems"], [])

    def test_databases_that_share_a_tier_all_the_same_are_told_apart(self):
        one_store = '[tiers.hourly]\nwhat = "dump"\nevery = "1s"\nkeep = "1s"\nrpo = "1h"\nstores = ["{}"]\n'
        self.write_contract(one_store.format("local"))
        first = self.take()["id"]
        self.write_contract(one_store.format("second"))
        time.sleep(1.1)
        second = self.take("hourly", "--on", self.other)["id"]
        shutil.copytree(self.point(self.second, second), self.point(self.local, second))
        self.write_contract(one_store.format("local"))
        time.sleep(1.1)
        tier = self.json_of("status", expect=1)["tiers"][0]
        self.assertIn("local holds points of 2 databases", tier["problems"][0])
        self.assertEqual((tier["stores"][0]["last"], tier["kept"]), (first, 1), "of the one that is worse off")
        self.assertEqual(self.json_of("prune", "--execute")["stores"][0]["remove"], [])
        files = self.home.work / "files"
        self.assert_fails(self.home.run("restore", "latest", "--into", files, "--store", "local"), 1, "2 databases", first, second)
        self.assert_fails(self.home.run("drill", "hourly", "--store", "local"), 1, "2 databases", first, second)
        self.run_ok("restore", first, "--into", files)


if __name__ == "__main__":
    unittest.main()
