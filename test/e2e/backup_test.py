"""Tiers are taken, told, verified, pruned; and what they leave in a store can be restored without us."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import case, cli, server, shop  # noqa: E402
from support.tiers_case import TIERS, Repository  # noqa: E402

class TakingTest(Repository):
    def test_a_backup_exists_in_every_store_and_says_what_it_holds(self):
        taken = self.take()
        self.assertEqual((taken["tier"], taken["stores"]), ("hourly", ["local", "second"]))
        for store in (self.local, self.second):
            folder = self.point(store, taken["id"])
            manifest = json.loads((folder / "manifest.json").read_text())["manifest"]
            for entry in manifest["objects"]:
                stored = (folder / entry["name"]).read_bytes()
                self.assertEqual((len(stored), hashlib.sha256(stored).hexdigest()), (entry["bytes"], entry["sha256"]))
            rows = {table["name"]: table["rows"] for table in manifest["database"]["tables"]}
            self.assertEqual(rows["users"], 133)
            self.assertEqual(rows["web_messages"], 80)
            self.assertEqual(taken["bytes"], sum(entry["bytes"] for entry in manifest["objects"]))
            self.assertFalse(list(store.glob("claims/**/*.json")), "a claim stayed behind")

    def test_the_rows_counted_are_those_of_the_dump(self):
        """A writer goes on all the time: dump and counts are of one snapshot."""
        writer = subprocess.Popen([server.CLIENT / "psql", "-qXd", self.url, "-c",
                                   "DO $$ BEGIN LOOP INSERT INTO users (id, auth_source) "
                                   "SELECT 1000 + coalesce(max(id), 0), 'telegram' FROM users WHERE id < 4503599627370496; "
                                   "COMMIT; END LOOP; END $$"])
        try:
            taken = self.take()
        finally:
            writer.terminate()
            writer.wait()
        folder = self.point(self.local, taken["id"])
        manifest = json.loads((folder / "manifest.json").read_text())["manifest"]
        counted = {table["name"]: table["rows"] for table in manifest["database"]["tables"]}
        content = subprocess.run(["zstd", "-dc", folder / "dump.pgdump.zst"], check=True, capture_output=True).stdout
        script = subprocess.run([server.CLIENT / "pg_restore", "--data-only", "--table=users", "--file=-"], input=content,
                                check=True, capture_output=True).stdout.decode()
        rows = script.split("FROM stdin;\n", 1)[1].split("\\.\n", 1)[0].splitlines()
        self.assertEqual(len(rows), counted["users"])

    def test_restores_with_what_every_machine_has(self):
        taken = self.take()
        folder = self.point(self.local, taken["id"])
        manifest = json.loads((folder / "manifest.json").read_text())["manifest"]
        for entry in manifest["objects"]:
            line = f"{entry['sha256']}  {folder / entry['name']}\n"
            subprocess.run(["sha256sum", "--check", "--quiet"], input=line, text=True, check=True)
        with server.Server() as empty:
            target = empty.url("postgres")
            psql, restore = server.CLIENT / "psql", server.CLIENT / "pg_restore"
            pipe = (f"zstd -dc {folder}/roles.sql.zst | {psql} -qX -v ON_ERROR_STOP=1 -d '{target}' && "
                    f"zstd -dc {folder}/dump.pgdump.zst | {restore} --exit-on-error --create -d '{target}'")
            subprocess.run(["bash", "-o", "pipefail", "-c", pipe], check=True, stdout=subprocess.DEVNULL)
            for table, rows in (("users", 133), ("subscriptions", 11), ("web_messages", 80)):
                self.assertEqual(empty.execute(f"SELECT count(*) FROM {table}", "shop"), [(rows,)])

    def test_only_what_is_due_is_taken(self):
        first = self.json_of("backup", "--due")
        self.assertEqual([taken["tier"] for taken in first], ["hourly"])
        self.assertEqual(self.json_of("backup", "--due"), [])
        shutil.rmtree(self.second / "points")
        self.assertEqual(len(self.json_of("backup", "--due")), 1, "one of its stores has none")

    def test_a_disk_that_is_not_mounted_is_no_empty_store(self):
        taken = self.take()
        self.second.rename(self.home.root / "elsewhere")
        for mounted_on in ("nothing", "a mount point"):
            outcome = self.home.run("backup", "hourly", "--format", "json")
            self.assertEqual((outcome.exit, outcome.json["stores"]), (3, ["local"]), mounted_on)
            self.assertIn("there is no repository in", outcome.json["failed"][0]["message"])
            self.assertIn("is it mounted", outcome.err)
            status = self.json_of("status", expect=1)
            self.assertEqual([store["reachable"] for store in status["stores"]], [True, False])
            self.assertEqual(list(self.second.glob("*")) if self.second.exists() else [], [])
            if mounted_on == "nothing":
                self.second.mkdir()
        self.second.rmdir()
        (self.home.root / "elsewhere").rename(self.second)
        self.local.rename(self.home.root / "elsewhere")
        self.write_contract(TIERS.replace(', "second"', ""), stores=("local",))
        told = self.home.run("backups")
        self.assertEqual(told.exit, 3)
        self.assertNotIn("no recovery point yet", told.out, "nobody knows")
        (self.home.root / "elsewhere").rename(self.local)
        self.write_contract(TIERS)
        self.assertIn(taken["id"], [point["id"] for point in self.json_of("backups")["backups"] if point["store"] == "second"])

    def test_one_at_a_time(self):
        blocker = self.lock_users()
        first = self.home.start("backup", "hourly", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for(lambda: list(self.second.glob("claims/hourly/*.json")))
        self.assert_fails(self.home.run("backup", "hourly"), 1, "is being taken by", "process")
        self.assertEqual(self.run_ok("backup", "--due").out, "")
        blocker.close()
        out, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0, out + err)

    def test_what_a_process_that_died_here_held_ends_with_it(self):
        temporary = self.home.root / "t"
        temporary.mkdir()
        environment = {"TMPDIR": str(temporary)}
        blocker = self.lock_parted()
        first = self.home.start("backup", "hourly", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: list(self.second.glob("claims/hourly/*.json")))
        self.wait_for(lambda: list(temporary.glob("*/service")))
        first.kill()
        first.wait()
        blocker.close()
        self.assertEqual(len(list(temporary.iterdir())), 1)
        taken = self.take(env=environment)
        self.assertEqual(list(temporary.iterdir()), [])
        backups = self.json_of("backups")["backups"]
        self.assertEqual({entry["id"] for entry in backups}, {taken["id"]}, "what was never finished does not exist")
        pruned = self.json_of("prune", "--execute")
        self.assertEqual(len(pruned["stores"][0]["leftovers"]), 1)
        self.assertEqual([path.name for path in (self.local / "points").iterdir()], [taken["id"]])
        self.assertEqual([str(path) for path in self.local.rglob("*.pgrehearse*")], [])

    def test_of_many_who_come_at_once_one_takes_it_whatever_their_clocks_say(self):
        blocker = self.lock_users()
        clocks = [{}, {}, self.clock("+1y"), self.clock("-1y"), {}, self.clock("+40m")]
        crowd = [self.home.start("backup", "hourly", env=clock, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for clock in clocks]
        self.wait_for(lambda: sum(one.poll() is not None for one in crowd) >= len(crowd) - 1)
        blocker.close()
        ended = [(one.communicate(timeout=60)[1], one.returncode) for one in crowd]
        self.assertEqual(sorted(status for _, status in ended), [0, 1, 1, 1, 1, 1], ended)
        for said, status in ended:
            self.assertTrue(status == 0 or "is being taken by" in said, said)
        self.assertEqual(len(list(self.local.glob("points/*/manifest.json"))), 1)

    def test_the_claim_of_another_machine_ends_with_its_lease_by_the_stores_clock(self):
        if os.getuid() != 0:
            self.skipTest("only root may make a namespace of process numbers")
        blocker = self.lock_users()
        elsewhere = subprocess.Popen(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", cli.program(), "backup", "hourly"],
                                     env=self.home.environment(), cwd=self.home.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: list(self.second.glob("points/*/roles.sql.zst")))
        elsewhere.kill()
        elsewhere.wait()
        blocker.close()
        for clock in ({}, self.clock("+1y"), self.clock("-1y")):
            self.assert_fails(self.home.run("backup", "hourly", env=clock), 1, "is being taken by")
            self.assertEqual(len(self.json_of("prune", "--execute", env=clock)["stores"][0]["at_work"]), 1)
        long_ago = time.time() - 31 * 60
        for claim in (*self.local.glob("claims/hourly/*"), *self.second.glob("claims/hourly/*")):
            os.utime(claim, (long_ago, long_ago))
        self.take()
        self.assertEqual(len(self.json_of("prune", "--execute")["stores"][0]["leftovers"]), 1)

    def test_a_full_disk_is_one_stores_failure(self):
        if os.getuid() != 0:
            self.skipTest("only root may mount a small filesystem")
        self.second.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "small", self.second], check=True)
        self.addCleanup(subprocess.run, ["umount", self.second], check=True)
        self.server.execute("CREATE TABLE noise AS SELECT md5(g::text) AS text FROM generate_series(1, 20000) g", "shop")
        failed = self.home.run("backup", "hourly", "--format", "json")
        self.assert_fails(failed, 3, "no space left", "store second")
        self.assertEqual(failed.json["stores"], ["local"])
        self.assertEqual([entry["store"] for entry in self.json_of("backups")["backups"]], ["local"])
        self.assertEqual(self.json_of("status", expect=1)["tiers"][0]["problems"], ["there is no good recovery point in second"])
        self.json_of("prune", "--execute")
        self.assertEqual([path.name for path in self.second.rglob("*") if path.is_file()], ["repository.json"])

    def test_interrupted_it_leaves_a_clean_repository(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            blocker = self.lock_users()
            process = self.home.start("backup", "hourly", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.wait_for(lambda: list(self.second.glob("points/*/roles.sql.zst")))
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=30), 130)
            blocker.close()
            self.assert_clean()
        self.assertEqual(self.json_of("backups")["backups"], [])

    def assert_clean(self):
        left = [path for store in (self.local, self.second) for path in store.rglob("*")]
        self.assertEqual({path.name for path in left if path.is_file()}, {"repository.json"})
        self.assertEqual([path for path in left if path.parent.name == "points"], [])

    def test_a_backup_that_the_server_refuses_leaves_a_clean_repository(self):
        self.server.execute("CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader")
        self.addCleanup(self.server.execute, "DROP ROLE reader")
        self.addCleanup(self.server.execute, "DROP OWNED BY reader", "shop")
        self.server.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY", "shop")
        self.assert_fails(self.home.run("backup", "hourly", "--on", self.server.url("shop", "reader")), 3, "row-level security")
        self.assert_clean()

    def test_a_store_that_fails_does_not_stop_the_others(self):
        self.second.write_text("a file stands where the directory should be")
        outcome = self.home.run("backup", "hourly", "--format", "json")
        self.assertEqual(outcome.exit, 3, str(outcome))
        self.assertEqual(outcome.json["stores"], ["local"])
        self.assertEqual(outcome.json["failed"][0]["store"], "second")
        status = self.json_of("status", expect=1)
        self.assertFalse(status["kept"])
        by_store = {store["name"]: store["reachable"] for store in status["stores"]}
        self.assertEqual(by_store, {"local": True, "second": False})

    def test_a_store_that_goes_away_in_the_middle_does_not_stop_the_others(self):
        blocker = self.lock_users()
        process = self.home.start("backup", "hourly", "--format", "json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for(lambda: list(self.second.glob("points/*/roles.sql.zst")))
        self.second.rename(self.home.root / "away")
        self.second.write_text("a file stands where the directory was")
        blocker.close()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, out + err)
        taken = json.loads(out)
        self.assertEqual((taken["stores"], taken["failed"][0]["store"]), (["local"], "second"))
        self.second.unlink()
        (self.home.root / "away").rename(self.second)
        self.assertTrue(self.json_of("verify", "--all")["passed"])

    def test_a_claim_that_is_lost_in_one_store_does_not_stop_the_others(self):
        blocker = self.lock_users()
        process = self.home.start("backup", "hourly", "--format", "json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for(lambda: list(self.second.glob("points/*/roles.sql.zst")))
        for claim in self.local.glob("claims/hourly/*"):
            claim.unlink()
        blocker.close()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, out + err)
        taken = json.loads(out)
        self.assertEqual((taken["stores"], taken["failed"][0]["store"]), (["second"], "local"))
        self.assertIn("the claim on tier hourly", taken["failed"][0]["message"])
        problems = {entry["store"]: entry["problem"] for entry in self.json_of("backups")["backups"]}
        self.assertIsNone(problems["second"])
        self.assertIn("manifest.json is missing: copy it back from store second", problems["local"])

    def test_what_one_store_keeps_from_being_done_is_done_in_the_others(self):
        self.write_contract(TIERS, stores=("second", "local"))
        taken = self.take()
        leftover = self.local / "points/20260101T000000Z-hourly-0badcafe"
        leftover.mkdir()
        (leftover / "roles.sql.zst").write_text("never finished")
        self.second.rename(self.home.root / "away")
        self.second.write_text("a file stands where the directory was")
        verified = self.home.run("verify", "--all", "--format", "json")
        self.assert_fails(verified, 3, "store second", "was not read to the end")
        self.assertEqual((verified.json["objects"], verified.json["passed"]), (3, True))
        pruned = self.home.run("prune", "--execute", "--format", "json")
        self.assert_fails(pruned, 3, "store second")
        self.assertFalse(leftover.exists())
        self.assertEqual([store["store"] for store in pruned.json["stores"]], ["local"])
        dump = self.point(self.local, taken["id"]) / "dump.pgdump.zst"
        dump.write_bytes(dump.read_bytes()[:-1])
        lie = self.home.run("verify", taken["id"])
        self.assert_fails(lie, 1, "store second")
        self.assertIn("dump.pgdump.zst", lie.out)
        self.assert_fails(self.home.run("verify", "--all", "--store", "moon"), 2, "no store moon")

    def test_output_that_nobody_reads_is_no_failure_of_a_store(self):
        self.take()
        with open("/dev/full", "w") as full:
            process = self.home.start("prune", "--execute", stdout=full, stderr=subprocess.PIPE, text=True)
        said = process.communicate(timeout=30)[1]
        self.assertEqual(process.returncode, 3, said)
        self.assertIn("standard output", said)
        self.assertNotIn("store local", said)
        process = self.home.start("prune", "--execute", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        self.assertEqual((process.wait(timeout=30), said), (0, ""))

    def test_without_any_configuration(self):
        (self.home.work / "pgrehearse.toml").unlink()
        environment = {"XDG_DATA_HOME": str(self.home.root / "data")}
        if os.getuid() == 0:  # whose data directory is the machine's: not a test's to write to
            self.home.contract(f'[stores.local]\nurl = "file://{self.home.root}/data/pgrehearse/repository"\n')
        taken = self.json_of("backup", "daily", "--on", self.url, env=environment)
        self.assertEqual(taken["stores"], ["local"])
        folder = self.home.root / "data/pgrehearse/repository/points" / taken["id"]
        self.assertTrue((folder / "manifest.json").exists())

    def test_bad_usage(self):
        self.assert_fails(self.home.run("backup"), 2, "TIER, --due and --all")
        self.assert_fails(self.home.run("backup", "weekly"), 2, "there is no tier weekly", "hourly")
        self.assert_fails(self.home.run("backup", "hourly", "--on", self.server.url("nowhere")), 3, "does not exist")
        self.assertEqual(self.json_of("backups")["backups"], [])


class TellingTest(Repository):
    def test_status_holds_the_promise_against_what_is_there(self):
        before = self.json_of("status", expect=1)
        self.assertIsNone(before["tiers"][0]["actual_s"])
        self.assertIn("loses all of the database", before["loss"][0])
        taken = self.take()
        after = self.json_of("status")
        tier = after["tiers"][0]
        self.assertEqual((tier["name"], tier["promise_s"], tier["kept"], tier["last"], tier["drilled"]),
                         ("hourly", 3600, 1, taken["id"], None))
        self.assertLess(tier["actual_s"], 60)
        self.assertTrue(self.run_ok("status", "--format", "nagios").out.startswith("PGREHEARSE OK - "))
        self.assertIn('pgrehearse_promise_kept{tier="hourly"} 1', self.run_ok("status", "--format", "prometheus").out)
        self.assertIn("EVERY PROMISE IS KEPT", self.run_ok("status").out)

    def test_what_a_store_costs_is_said_however_little_it_is(self):
        self.take()
        self.assertIn("less than 0.01 a month by its price_per_gb", " ".join(self.run_ok("status").out.split()))

    def test_a_proof_that_failed_is_said_whole_on_a_narrow_terminal(self):
        taken = self.take()
        dump = self.point(self.local, taken["id"]) / "dump.pgdump.zst"
        dump.write_bytes(dump.read_bytes()[:-1])
        for proof, verb in (("verify", "verification"), ("drill", "drill")):
            self.assertEqual(self.home.run(proof, taken["id"], "--store", "local").exit, 1)
            told = self.run_ok("backups", env={"COLUMNS": "80"}).out
            self.assertIn("FAILED", told)
            self.assertRegex(" ".join(told.split()), f"{taken['id']} in local: the {verb} failed .* ago")

    def test_an_old_recovery_point_breaks_the_promise(self):
        self.take()
        aged = self.json_of("status", expect=1, env=self.clock("+3h"))
        self.assertIn("3 h", aged["tiers"][0]["problems"][0])
        outcome = self.home.run("status", "--format", "nagios", env=self.clock("+3h"))
        self.assertEqual((outcome.exit, outcome.out.startswith("PGREHEARSE CRITICAL")), (2, True))

    def test_clocks_that_jump_empty_nothing(self):
        taken = [self.take()["id"] for _ in range(2)]
        for offset in ("+20y", "-20y"):
            pruned = self.json_of("prune", "--execute", env=self.clock(offset))
            self.assertEqual([store["remove"] for store in pruned["stores"]], [[], []], offset)
        self.assertEqual(len(self.json_of("backups")["backups"]), 2 * len(taken))

    def test_retention_keeps_a_full_set_and_what_is_held(self):
        self.write_contract('[tiers.hourly]\nwhat = "dump"\nevery = "1s"\nkeep = "2s"\nstores = ["local"]\n')
        taken = sorted(self.take()["id"] for _ in range(4))
        self.write_contract('[tiers.hourly]\nwhat = "dump"\nevery = "1s"\nkeep = "2s"\nstores = ["local"]\n'
                            f'[holds."{taken[0]}"]\nreason = "the court asked"\n')
        time.sleep(2.1)
        dry = self.json_of("prune")["stores"][0]
        self.assertEqual([gone["id"] for gone in dry["remove"]], [taken[1]])
        self.assertEqual(len(list((self.local / "points").iterdir())), 4, "a dry run removes nothing")
        self.run_ok("prune", "--execute")
        self.assertEqual(sorted(path.name for path in (self.local / "points").iterdir()), [taken[0], taken[2], taken[3]])

    def test_verify_finds_every_lie(self):
        taken = self.take()
        self.assertEqual(self.json_of("verify", "--all"), {"version": 1, "passed": True, "objects": 6, "bad": []})
        self.flip(self.local, taken["id"])
        found = self.json_of("verify", "--all", expect=1)
        self.assertEqual([(bad["store"], bad["object"]) for bad in found["bad"]], [("local", "dump.pgdump.zst")])
        status = self.json_of("status", expect=1)
        stores = {store["name"]: store["actual_s"] for store in status["tiers"][0]["stores"]}
        self.assertIsNone(stores["local"], "a point that is known to be bad is none")
        self.assertIsNotNone(stores["second"])
        (self.point(self.second, taken["id"]) / "roles.sql.zst").unlink()
        self.assertEqual(self.json_of("backups")["backups"][1]["problem"], "roles.sql.zst is gone")
        self.assertEqual(self.home.run("verify", taken["id"]).exit, 1)


if __name__ == "__main__":
    unittest.main()
