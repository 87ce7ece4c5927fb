"""A sealed repository: only who holds the key can read it, or pass anything off as part of it; and it can be restored without us."""

import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import point, server  # noqa: E402
from support.tiers_case import TIERS, Repository  # noqa: E402

UNSEAL = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/unseal.py"


class Sealed(Repository):
    def setUp(self):
        super().setUp()
        self.keys = self.home.root / "keys"
        self.new_key()
        self.sealed_contract()

    def sealed_contract(self, tiers=TIERS, **options):
        self.write_contract(tiers + f'[encryption]\nkey_file = "{self.keys}"\n', **options)

    def new_key(self, others=""):
        """In the place of the ring; with `others` below."""
        self.keys.write_text(self.run_ok("keys", "new").out + others)
        self.keys.chmod(0o600)


class EncryptedTest(Sealed):
    def test_sealed_objects_and_the_rotation_of_keys(self):
        taken = self.take()
        stored = (self.point(self.local, taken["id"]) / "dump.pgdump.zst").read_bytes()
        self.assertTrue(stored.startswith(b"PGRHSEAL"))
        self.assertNotIn(b"PGDMP", stored)
        self.assertTrue(self.json_of("verify", "--all")["passed"])
        self.new_key(self.keys.read_text())
        self.assertTrue(self.json_of("drill", "hourly")["passed"], "an old key still opens what it sealed")
        self.new_key()
        self.assert_fails(self.home.run("drill", "hourly"), 1, taken["id"], "is sealed with key")
        self.assert_fails(self.home.run("drill", taken["id"]), 2, "key", "put that key back")
        self.assertEqual([entry["tier"] for entry in self.json_of("backup", "--due")], ["hourly"], "a point that nobody can open is none")
        self.keys.chmod(0o644)
        self.assert_fails(self.home.run("backup", "hourly"), 1, "chmod 600")

    def test_without_the_key_what_lies_there_is_told_and_nothing_is_removed(self):
        self.take()
        self.keys.unlink()
        for command in ("backup", "hourly"), ("drill", "hourly"), ("prune", "--execute"):
            self.assert_fails(self.home.run(*command), 2, "there is no key file", "keys new")
        for command in ["backups"], ["verify", "--all"], ["prune"]:
            self.assertIn("who wrote the manifests was not checked", self.run_ok(*command).err)
        self.assertIn("who wrote the manifests was not checked", self.json_of("status")["notes"][0])

    def test_a_stranger_restores_it_by_what_the_manifest_says(self):
        taken = self.take()["id"]
        folder = self.home.work / "found"
        shutil.copytree(self.point(self.local, taken), folder)
        shutil.copy(UNSEAL, folder)
        shutil.copy(self.keys, folder / "KEY_FILE")
        manifest = (folder / "manifest.json").read_bytes()
        program = ["/usr/bin/python3", UNSEAL, folder / "KEY_FILE"]
        subprocess.run(program, input=manifest, check=True)
        self.assertNotEqual(subprocess.run(program, input=manifest.replace(b'"hourly"', b'"weekly"'), stderr=subprocess.DEVNULL).returncode, 0)
        with server.Server() as empty:
            environment = {**empty.environment(), "PGHOST": str(empty.sockets), "PGUSER": server.SUPERUSER, "PATH": f"{server.CLIENT}:/usr/bin:/bin"}
            script = "\n".join(json.loads(manifest)["manifest"]["restore"])
            subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
            self.assertEqual(empty.execute("SELECT count(*) FROM users", "shop"), [(133,)])


class ForgedTest(Sealed):
    """Who may write to the store, and has no key, passes nothing off as ours."""

    def setUp(self):
        super().setUp()
        self.taken = self.take()["id"]
        self.files = self.home.work / "files"

    def forge(self, identity=None):
        """A point in local of another database, in the clear, in the place of ours; its manifest is right in everything that is no secret."""
        facts = json.loads((self.point(self.second, self.taken) / "manifest.json").read_text())["manifest"]["database"]
        self.database("CREATE TABLE t AS SELECT 1 AS one", "other")
        made = point.Point(self.local).of_database(self.server, "other")
        made.manifest["id"] = identity or self.taken
        made.directory = self.point(self.local, made.manifest["id"])
        made.manifest["database"].update(name="shop", system_identifier=facts["system_identifier"])
        shutil.rmtree(made.directory, ignore_errors=True)
        return made.write()

    def test_what_bears_no_seal_is_refused(self):
        self.forge()
        for command in (["drill", self.taken], ["restore", self.taken, "--into", self.files]):
            refused = self.home.run(*command, "--store", "local")
            self.assert_fails(refused, 1, self.taken, "store local", "bears no seal", "--allow-unsealed", "nothing was restored")
        for command in (["drill", "hourly"], ["restore", "latest", "--into", self.files]):
            self.assert_fails(self.home.run(*command, "--store", "local"), 1, "no good recovery point", self.taken, "bears no seal")
        found = self.json_of("verify", "--all", expect=1)["bad"]
        self.assertEqual([(bad["store"], bad["object"]) for bad in found], [("local", "manifest.json")])
        self.assertIn("--allow-unsealed", found[0]["message"])
        self.assertTrue(self.json_of("verify", "--all", "--allow-unsealed")["passed"])
        self.assertEqual(self.json_of("restore", "latest", "--into", self.files, "--allow-unsealed")["store"], "local")

    def test_where_one_copy_is_forged_another_one_is_taken(self):
        self.forge()
        self.assertTrue(self.json_of("drill", "hourly")["passed"])
        self.assertIn("second", self.plan(self.home.script("SELECT count(*) FROM users"), source="repository")["source"])
        for number, wish in enumerate(("latest", self.taken)):
            self.assertEqual(self.json_of("restore", wish, "--into", f"{self.files}{number}")["store"], "second")

    def test_what_bears_no_seal_is_no_promise_kept_and_makes_nothing_superfluous(self):
        self.sealed_contract('[tiers.hourly]\nwhat = "dump"\nevery = "1s"\nkeep = "1s"\nrpo = "1h"\nstores = ["local"]\n')
        time.sleep(1.1)
        forged = self.forge(point.Point(self.local).id)
        ours = {entry["id"]: entry["complete"] for entry in self.json_of("backups")["backups"] if entry["store"] == "local"}
        self.assertEqual(ours, {self.taken: True, forged.manifest["id"]: False})
        status = self.json_of("status")
        self.assertEqual((status["tiers"][0]["last"], status["tiers"][0]["kept"]), (self.taken, 1))
        self.assertIn("bears no seal", status["notes"][0])
        self.assertEqual(self.json_of("prune", "--execute")["stores"][0]["remove"], [])
        restored = self.json_of("restore", "latest", "--into", self.files, "--store", "local")
        self.assertEqual(restored["id"], self.taken)
        self.assertIn(f"{forged.manifest['id']} is newer and was passed over: in store local its manifest cannot be relied on", restored["notes"][0])
        shutil.rmtree(self.point(self.local, self.taken))
        self.assertIn("there is no good recovery point in local", self.json_of("status", expect=1)["tiers"][0]["problems"])
        self.assertEqual(len(self.json_of("backup", "--due")), 1)

    def test_a_seal_that_was_made_for_another_manifest_is_none(self):
        self.forge()
        path = self.point(self.local, self.taken) / "manifest.json"
        forged = json.loads(path.read_text())
        forged["mac"] = json.loads((self.point(self.second, self.taken) / "manifest.json").read_text())["mac"]
        path.write_text(json.dumps(forged))
        found = self.json_of("verify", "--all", expect=1)["bad"]
        self.assertEqual([(bad["store"], bad["object"]) for bad in found], [("local", "manifest.json")])
        self.assertIn("was not written with key", found[0]["message"])
        self.assertEqual(self.kept(), {"local": 0, "second": 1})
        self.assertEqual(self.json_of("restore", "latest", "--into", self.files)["store"], "second")
        self.assertTrue(self.json_of("drill", "hourly")["passed"], "the copy in second is ours")

    def test_without_its_key_a_manifest_is_neither_trusted_nor_called_a_lie(self):
        kept = self.keys.read_text()
        self.new_key()
        self.assert_fails(self.home.run("restore", self.taken, "--into", self.files), 2, "which is not in", "put that key back")
        self.assert_fails(self.home.run("restore", "latest", "--into", self.files), 1, "no good recovery point", "which is not in")
        self.assertTrue(self.json_of("verify", "--all")["passed"])
        self.keys.write_text(kept)
        self.run_ok("restore", "latest", "--into", self.files)


if __name__ == "__main__":
    unittest.main()
