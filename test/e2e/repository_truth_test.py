"""What a repository holds is told apart from what somebody made of it: lost, mixed up, or forged."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import backup_test  # noqa: E402


class LostManifestTest(backup_test.Repository):
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
        self.assertTrue(self.json_of("verify", "--all")["passed"])
        self.assertEqual(self.kept(), {"local": 1, "second": 1})

    def write_local_contract(self, more=""):
        self.write_contract(backup_test.TIERS.replace(', "second"', "") + more, stores=("local",))

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


if __name__ == "__main__":
    unittest.main()
