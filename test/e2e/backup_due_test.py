"""backup --due: what a cron takes, where, and what it hears of it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import tiers_case  # noqa: E402


class DueTest(tiers_case.Repository):
    def test_a_store_that_is_down_is_no_reason_to_dump_into_the_others(self):
        self.take()
        self.second.rename(self.home.root / "away")
        self.second.write_text("a file stands where the directory was")
        for _ in range(2):
            outcome = self.home.run("backup", "--due", "--format", "json")
            self.assert_fails(outcome, 3, "store second", "nothing was taken into it")
            self.assertEqual(outcome.json, [])
        self.assertEqual(len(list(self.local.glob("points/*"))), 1)
        shutil.rmtree(self.local / "points")
        outcome = self.home.run("backup", "--due", "--format", "json")
        self.assertEqual((outcome.exit, outcome.json[0]["stores"], outcome.json[0]["failed"][0]["store"]), (3, ["local"], "second"))
        self.second.unlink()
        (self.home.root / "away").rename(self.second)
        self.assertEqual(self.json_of("backup", "--due"), [], "each has one")
        shutil.rmtree(self.second / "points")
        self.assertEqual([each["stores"] for each in self.json_of("backup", "--due")], [["second"]])
        self.assertEqual(len(list(self.local.glob("points/*"))), 1)

    def test_cron_hears_nothing_of_what_went_well_and_a_person_does(self):
        self.write_contract(tiers_case.TIERS + '[drill]\nevery = "30d"\n')
        blocker = self.lock_parted()
        process = self.home.start("backup", "--due", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for(lambda: list(self.second.glob("points/*/roles.sql.zst")))
        other = self.run_ok("backup", "--due")
        time.sleep(1.2)
        blocker.close()
        self.assertEqual(process.communicate(timeout=60), ("", ""))
        self.assertEqual(process.returncode, 0)
        for outcome in (other, self.run_ok("backup", "--due"), self.run_ok("drill", "--due")):
            self.assertEqual((outcome.out, outcome.err), ("", ""))
        self.assertTrue(self.json_of("status")["tiers"][0]["drilled"]["passed"])
        ours, theirs = os.openpty()
        process = self.home.start("backup", "--due", stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        self.assertIn(b"nothing is due", os.read(ours, 1000))
        os.close(ours)
        self.assertEqual(process.wait(timeout=30), 0)
        dump, = self.local.glob("points/*/dump.pgdump.zst")
        content = bytearray(dump.read_bytes())
        content[len(content) // 2] ^= 1
        dump.write_bytes(content)
        shutil.rmtree(self.local / "evidence")
        shutil.rmtree(self.second / "evidence")
        self.assertIn("dump.pgdump.zst", self.home.run("drill", "--due").out)

    def test_what_somebody_else_took_meanwhile_is_not_due_any_more(self):
        self.write_contract(tiers_case.TIERS + tiers_case.TIERS.replace("hourly", "nightly"))
        taken = self.take("nightly")["id"]
        for store in (self.local, self.second):
            self.point(store, taken).rename(self.home.root / f"{store.name}-aside")
        blocker = self.lock_users()
        process = self.home.start("backup", "--due", "--format", "json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for(lambda: list(self.second.glob("points/*-hourly-*/roles.sql.zst")))
        for store in (self.local, self.second):
            (self.home.root / f"{store.name}-aside").rename(self.point(store, taken))
        blocker.close()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + err)
        self.assertEqual([each["tier"] for each in json.loads(out)], ["hourly"])


if __name__ == "__main__":
    unittest.main()
