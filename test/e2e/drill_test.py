"""Restores done for practice: what is sound passes, and every lie that a repository can hold is caught and named."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, point, server, shop  # noqa: E402

EXTRA = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE parted (id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO parted SELECT g, '2026-05-11' FROM generate_series(1, 50) g;
CREATE INDEX by_name ON users USING gin (name gin_trgm_ops);
"""
# Takes four seconds to restore, and as long to look into.
SLOW = """
CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN n; END $$;
CREATE TABLE t AS SELECT g AS n FROM generate_series(1, 20) g;
CREATE INDEX ON t (slow(n));
"""


class DrillTest(case.Case):
    """One source and one dump of it; each test makes its own repository out of that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_database("shop")
        cls.server.execute(shop.DATABASE + EXTRA, "shop")
        cls.sound = point.Point(pathlib.Path("/")).of_database(cls.server, "shop")

    def setUp(self):
        super().setUp()
        self.store = self.home.work / "store"
        self.contract()

    def contract(self, more=""):
        self.home.contract(point.REPOSITORY.format(store=self.store) + more)

    def point(self, **options):
        """A good point of the shared dump, which may be minutes old by now."""
        made = point.Point(self.store, **options)
        if not options:
            made.manifest["taken"] = self.sound.manifest["taken"]
        made.objects = dict(self.sound.objects)
        made.manifest["database"] = {**self.sound.manifest["database"], "tables": [dict(t) for t in self.sound.manifest["database"]["tables"]]}
        return made.write()

    def drill(self, *arguments, expect):
        outcome = self.home.run("drill", *arguments, "--format", "json")
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome.json

    def failures(self, made):
        """{check: message} of what did not pass; the evidence in the repository says the same."""
        report = self.drill(made.id, expect=cli.BREAKS)
        self.assertFalse(report["passed"])
        kept = made.drills()[-1]
        self.assertEqual([(c["name"], c["passed"], c["message"]) for c in kept["checks"]],
                         [(c["name"], c["passed"], c["message"]) for c in report["checks"]])
        return {check["name"]: check["message"] for check in report["checks"] if not check["passed"]}

    def assert_caught(self, made, check, *words):
        failures = self.failures(made)
        self.assertEqual(list(failures), [check], failures)
        for word in words:
            self.assertIn(word, failures[check])

    def test_a_sound_point_passes_every_check_and_the_evidence_is_kept(self):
        self.contract('[drill]\nrto = "10m"\nchecks = ["SELECT count(*) = 133 FROM public.users", "SELECT max(at) > \'2026-01-01\' FROM public.parted"]\n'
                      + shop.CONTRACT)
        made = self.point()
        # The incident's own findings, as an audit of the source would have told them.
        audit = self.home.run("audit", "--on", self.server.url("shop"), "--format", "json").json
        made.manifest["database"]["audit"] = [{"rule": f["rule"], "table": f["table"]} for f in audit["findings"] if f["severity"] != "note"]
        made.write()
        report = self.drill("hourly", expect=cli.KEEPS)
        self.assertEqual([check["name"] for check in report["checks"]],
                         ["objects", "archive", "restore", "server", "rows", "indexes", "foreign-keys", "audit", "check 1", "check 2", "rto"])
        self.assertEqual((report["id"], report["passed"], report["version"]), (made.id, True, 1))
        self.assertGreater(report["rto_s"], 0)
        kept, = made.drills()
        self.assertTrue(kept["passed"])
        self.assertEqual(kept["point"], made.id)
        self.assertEqual(kept["rto_ms"], round(report["rto_s"] * 1000))
        self.assertEqual(self.home.run("drill", "--due", "--format", "json").json, [])

    def test_a_point_is_found_by_the_beginning_of_its_id_and_text_tells_what_was_found(self):
        made = self.point()
        outcome = self.home.run("drill", made.id[:15])
        self.assertEqual(outcome.exit, cli.KEEPS, str(outcome))
        for words in ("RESTORABLE", made.id, "pg_restore went through", "as in the manifest", "read by amcheck"):
            self.assertIn(words, outcome.out)

    def test_flipped_bytes_are_caught_wherever_they_are(self):
        for name, at in (("dump.pgdump.zst", 40), ("dump.pgdump.zst", -40), ("roles.sql.zst", -1)):
            with self.subTest(name=name, at=at):
                made = self.point()
                made.flip(name, at)
                self.assert_caught(made, "objects", name, "hash")

    def test_an_object_that_is_lost_and_a_manifest_that_was_altered_are_caught(self):
        made = self.point()
        made.stored("dump.pgdump.zst").unlink()
        self.assert_caught(made, "objects", "dump.pgdump.zst is gone")
        altered = self.point()
        path = altered.stored("manifest.json")
        path.write_text(path.read_text().replace('"rows": 133', '"rows": 132'))
        self.assert_caught(altered, "manifest", "hash")

    def test_what_a_backup_of_something_else_holds_is_caught(self):
        emptied = self.point()
        self.database("", "emptied")
        self.server.execute(shop.DATABASE + EXTRA + "TRUNCATE web_messages; CREATE TABLE stranger ()", "emptied")
        archive = point.dump(self.server, "emptied")
        emptied.objects["dump.pgdump.zst"] = archive
        emptied.manifest["database"]["name"] = "emptied"
        emptied.write()
        self.assert_caught(emptied, "rows", "public.web_messages has 0 rows instead of 80", "public.stranger")
        other = self.point()
        other.objects["dump.pgdump.zst"] = archive
        failures = self.failures(other.write())
        self.assertIn("emptied", failures["archive"])

    def test_an_old_dump_under_a_new_name_is_caught(self):
        made = self.point()
        archive = bytearray(made.objects["dump.pgdump.zst"])
        # The header: magic 5, version 3, sizes 2, format 1, compression 5, then second, minute, hour, day, month, year.
        self.assertEqual(archive[:7], b"PGDMP\x01\x0e")
        archive[16 + 5 * 5 + 1] -= 1  # the year
        made.objects["dump.pgdump.zst"] = bytes(archive)
        self.assert_caught(made.write(), "archive", "it was made at", made.manifest["taken"])

    def test_a_dump_of_a_broken_index_is_caught_by_the_restore(self):
        self.database("CREATE TABLE u (id int, email text); CREATE UNIQUE INDEX u_email ON u (email)", "broken")
        self.server.execute("UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'u_email'::regclass", "broken")
        self.server.execute("INSERT INTO u VALUES (1, 'ada@example.com'), (2, 'ada@example.com')", "broken")
        self.server.execute("UPDATE pg_index SET indisready = true, indisvalid = true WHERE indexrelid = 'u_email'::regclass", "broken")
        made = point.Point(self.store).of_database(self.server, "broken").write()
        self.assert_caught(made, "restore", 'could not create unique index "u_email"')
        self.assertNotIn("ada@example.com", str(made.drills()))

    def test_orphans_are_caught_by_the_restore(self):
        self.database(shop.DATABASE, "orphaned")
        self.server.execute("SET session_replication_role = replica; DELETE FROM users WHERE id = -91111105", "orphaned")
        made = point.Point(self.store).of_database(self.server, "orphaned").write()
        self.assert_caught(made, "restore", "violates foreign key constraint", "user_id_fkey")

    def test_own_checks_the_audit_and_the_rto_are_held_to(self):
        self.contract('[drill]\nrto = "1s"\nchecks = ["SELECT true", "SELECT count(*) > 1000 FROM public.users"]\n' + shop.CONTRACT)
        self.database(shop.DATABASE + SLOW, "slow_shop")
        failures = self.failures(point.Point(self.store).of_database(self.server, "slow_shop").write())
        self.assertEqual(list(failures), ["audit", "check 2", "rto"])
        self.assertIn("public.users", failures["audit"])
        self.assertIn("it answered false: SELECT count(*) > 1000", failures["check 2"])
        restored = self.home.run("restore", "latest", "--into", self.home.work / "files")
        self.assertEqual(restored.exit, cli.KEEPS, "the point is not to blame: " + str(restored))

    def tablespace(self, name):
        directory = server.private_directory("pgt-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.server.execute(f"CREATE TABLESPACE {name} LOCATION '{directory}'")
        self.addCleanup(self.server.execute, f"DROP TABLESPACE {name}")

    def test_a_database_in_its_own_tablespace_that_is_read_only_by_default_is_sound(self):
        self.tablespace('"fast disk"')
        self.addCleanup(self.server.drop_database, "placed")
        self.server.execute('CREATE DATABASE placed TABLESPACE "fast disk"')
        self.server.execute(shop.DATABASE, "placed")
        self.server.execute("ALTER DATABASE placed SET default_transaction_read_only = on")
        point.Point(self.store).of_database(self.server, "placed").write()
        restored, = (check for check in self.drill("hourly", expect=cli.KEEPS)["checks"] if check["name"] == "restore")
        self.assertIn("tablespace fast disk", restored["message"])
        script = self.home.script("SET default_transaction_read_only = off; " + shop.RANGE_DELETE)
        self.assertEqual(case.effects_of(self.plan(script, source="repository"))["public.users"], (0, 0, 11))

    def test_a_tier_without_a_good_point_is_said_and_fails(self):
        outcome = self.home.run("drill", "--due")
        self.assert_fails(outcome, cli.BREAKS, "tier hourly has no good recovery point")
        self.assert_fails(self.home.run("drill", "hourly", "--due"), cli.USAGE, "not both")
        self.assertNotIn("Excludes", self.home.run("drill", "--help").out)
        self.assert_fails(self.home.run("drill", "20200101"), cli.USAGE, "no recovery point 20200101")

    def test_a_point_known_to_be_bad_is_passed_over_for_the_one_before_it(self):
        before = self.point(taken=point.now() - point.datetime.timedelta(minutes=3))
        bad = self.point()
        bad.flip("dump.pgdump.zst", -40)
        self.failures(bad)
        self.assertEqual(self.drill("hourly", expect=cli.KEEPS)["id"], before.id)

    def test_a_rehearsal_stands_on_the_newest_point_and_uses_its_image_again(self):
        made = self.point()
        script = self.home.script(shop.RANGE_DELETE)
        first = self.plan(script, source="repository")
        self.assertEqual(case.effects_of(first)["public.users"], (0, 0, 11))
        self.assertIn(made.id, first["source"])
        self.assertTrue(self.plan(script, source="repository:hourly")["image"]["reused"])
        self.point(taken=point.now() + point.datetime.timedelta(seconds=2))
        self.assertFalse(self.plan(script, source="repository")["image"]["reused"])
        self.assertIn(made.id, self.plan(script, source=f"repository:{made.id}")["source"])
        outcome = self.home.plan(script, source="repository:nightly")
        self.assert_fails(outcome, cli.USAGE, "no recovery point nightly")

    def redis_file(self, commands):
        """The RDB file of a server that was told `commands`."""
        directory = self.home.root / "r"
        directory.mkdir(exist_ok=True)
        socket = directory / "s"
        process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--dir", directory, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            for attempt in range(200):
                if subprocess.run(["redis-cli", "-s", socket, "ping"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout == b"PONG\n":
                    break
                time.sleep(0.02)
            subprocess.run(["redis-cli", "-s", socket], input="\n".join([*commands, "SAVE"]).encode(), check=True, stdout=subprocess.DEVNULL)
        finally:
            process.kill()
            process.wait()
        return (directory / "dump.rdb").read_bytes()

    def test_redis_points_are_booted_and_compared(self):
        expiry = 4102444800123
        rdb = self.redis_file(["SET a 1", "RPUSH l x y", f"SET t 1 PXAT {expiry}", "HSET h f v", "SELECT 3", "SADD s m"])
        facts = [point.redis_facts(0, [(b"a", "string", None), (b"l", "list", None), (b"t", "string", expiry), (b"h", "hash", None)]),
                 point.redis_facts(3, [(b"s", "set", None)])]
        made = point.Point(self.store, what="redis", tier="cache").of_redis(rdb, facts).write()
        report = self.drill("cache", expect=cli.KEEPS)
        self.assertEqual([check["name"] for check in report["checks"]], ["objects", "keys", "made", "server", "loaded", "rto"])
        self.assertTrue(made.drills()[0]["passed"])
        other = [point.redis_facts(0, [(b"a", "string", None), (b"l", "list", None), (b"t", "string", expiry + 1), (b"h", "hash", None)]), facts[1]]
        lies = {"they expire at other times": other, "database 3: 1 set keys instead of 0": facts[:1],
                "database 5: 0 set keys instead of 1": [*facts, point.redis_facts(5, [(b"s", "set", None)])],
                "not the same names": [facts[0], point.redis_facts(3, [(b"S", "set", None)])]}
        for words, claimed in lies.items():
            with self.subTest(words=words):
                self.assert_caught(point.Point(self.store, what="redis", tier="cache").of_redis(rdb, claimed).write(), "keys", words)
        later = point.Point(self.store, what="redis", tier="cache", taken=point.now() + point.datetime.timedelta(minutes=10))
        self.assert_caught(later.of_redis(rdb, facts).write(), "made", "by the clock of its server", later.manifest["taken"])
        damaged = bytearray(rdb)
        damaged[-12] ^= 1
        self.assert_caught(point.Point(self.store, what="redis", tier="cache").of_redis(bytes(damaged), facts).write(), "keys")

    def test_what_this_machine_lacks_says_nothing_about_the_point(self):
        lacking = {}
        for words in ("uses extension pg_nowh", "unsupported version (1.99)"):
            lacking[words] = self.point()
            archive = bytearray(self.sound.objects["dump.pgdump.zst"])
            if "extension" in words:
                archive = archive.replace(b"pg_trgm", b"pg_nowh")
            else:
                archive[6] = 99  # of the archive's format, the minor version
            lacking[words].objects["dump.pgdump.zst"] = bytes(archive)
            lacking[words].write()
        for words, made in lacking.items():
            self.assert_fails(self.home.run("drill", made.id), cli.FAILED, words, "install")
            self.assertEqual(made.drills(), [])

    def test_a_tier_that_cannot_be_drilled_today_keeps_no_other_from_it(self):
        cannot = self.point()
        cannot.manifest["database"]["major"] = 99
        cannot.write()
        cache = point.Point(self.store, what="redis", tier="cache").of_redis(self.redis_file(["SET a 1"]), [point.redis_facts(0, [(b"a", "string", None)])]).write()
        outcome = self.home.run("drill", "--format", "json")
        self.assert_fails(outcome, cli.FAILED, cannot.id, "99")
        self.assertEqual([(drill["id"], drill["passed"]) for drill in outcome.json], [(cache.id, True)])

    def test_a_scratch_server_that_dies_says_nothing_about_the_point(self):
        self.database(SLOW, "slow")
        made = point.Point(self.store).of_database(self.server, "slow").write()
        for number, doing in enumerate(("the restore", "amcheck")):
            with self.subTest(doing=doing):
                process = self.home.start("drill", made.id, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                os.kill(self.busy_backend(number, process), signal.SIGKILL)
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, cli.FAILED, err)
                self.assertIn("the scratch server ended during the drill", err)
                self.assertEqual(made.drills(), [])
                self.assertEqual(self.home.left_behind(), [])

    def busy_backend(self, number, drill):
        """The process of the scratch's session in `slow` that is the first (0) or second (1) to last for a while."""
        since, lasted = {}, set()
        while drill.poll() is None:
            found = self.scratch_backends()
            since = {process: since.get(process, time.monotonic()) for process in found}
            lasted.update(process for process, began in since.items() if time.monotonic() - began > 1)
            if len(lasted) > number and (lasting := lasted & found):
                return lasting.pop()
            time.sleep(0.05)
        raise AssertionError(drill.communicate())

    def scratch_backends(self):
        """The numbers of the processes that serve a session in `slow`, of this test's own scratch alone."""
        listed = subprocess.run(["pgrep", "-f", "postgres slow .local."], capture_output=True, text=True).stdout.split()
        return {int(process) for process in listed if self.directory_of(process).startswith(str(self.home.path))}

    @staticmethod
    def directory_of(process):
        try:
            return os.readlink(f"/proc/{process}/cwd")
        except OSError:  # it has ended
            return ""

    def test_ctrl_c_and_sigkill_leave_nothing(self):
        made = self.point()
        for signal_, delay in ((signal.SIGINT, 0.5), (signal.SIGINT, 1.4), (signal.SIGKILL, 1.2)):
            with self.subTest(signal=signal_, delay=delay):
                process = self.home.start("drill", "hourly", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                time.sleep(delay)
                process.send_signal(signal_)
                process.communicate(timeout=30)
                if signal_ == signal.SIGKILL:
                    self.home.run("scratch", "list")
                    self.home.run("scratch", "purge")
                self.assertEqual(self.home.left_behind(), [])
        self.assertEqual([e for e in made.drills() if not e["passed"]], [])


if __name__ == "__main__":
    unittest.main()
