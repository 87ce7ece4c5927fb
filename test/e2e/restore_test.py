"""Recovery points brought back, into databases and directories: whole, or not at all, and never onto what is there."""

import hashlib
import json
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import time
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, point, proxy, server, shop  # noqa: E402

SETUP = """
ALTER DATABASE shop SET statement_timeout = '77s';
COMMENT ON DATABASE shop IS 'the shop of DATABASE shop';
GRANT CONNECT ON DATABASE shop TO clerk;
ALTER TABLE users OWNER TO clerk;
CREATE FUNCTION talk() RETURNS text LANGUAGE sql AS $$ SELECT 'ALTER DATABASE shop; ' $$;
"""

ROLES = """-- Makes the roles that are missing.
do $roles$ begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'clerk') then
    create role clerk nologin;
  end if;
end $roles$;
"""


class AtStatement(proxy.Proxy):
    """Strikes at a statement of ours instead of a number; pg_restore writes them large."""

    def note(self, what):
        if self.struck or not self.armed or not what.startswith(self.armed):
            return False
        self.struck = True
        return True


class RestoreTest(case.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_database("shop")
        cls.server.execute("CREATE ROLE clerk")
        cls.server.execute(shop.DATABASE, "shop")
        cls.server.execute(SETUP, "shop")
        cls.sound = point.Point(pathlib.Path("/")).of_database(cls.server, "shop", ROLES)

    def setUp(self):
        super().setUp()
        self.store = self.home.work / "store"
        self.home.contract(point.REPOSITORY.format(store=self.store))
        self.made = point.Point(self.store)
        self.made.objects = dict(self.sound.objects)
        self.made.manifest["database"] = dict(self.sound.manifest["database"])
        self.made.write()

    def tearDown(self):
        for name in self.databases() - {"shop", "postgres", "template0", "template1"}:
            self.server.drop_database(name)
        super().tearDown()

    def databases(self):
        return {row[0] for row in self.server.execute("SELECT datname FROM pg_database")}

    def restore(self, *arguments, expect=cli.KEEPS, which="latest"):
        outcome = self.home.run("restore", which, *arguments, "--format", "json")
        self.assertEqual(outcome.exit, expect, str(outcome))
        return outcome.json if expect == cli.KEEPS else outcome

    def rows(self, database):
        return self.server.execute("SELECT id, auth_source, plan, name FROM users ORDER BY id", database)

    def assert_restored(self, database):
        self.assertEqual(self.rows(database), self.rows("shop"))
        self.assertEqual(self.server.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'users'", database), [("clerk",)])

    def test_a_missing_database_is_created_with_all_that_belongs_to_it(self):
        report = self.restore("--into", self.server.url("back"))
        self.assertEqual((report["id"], report["kept_as"], report["notes"]), (self.made.id, None, []))
        self.assert_restored("back")
        self.assertEqual(self.server.execute("SHOW statement_timeout", "back"), [("77s",)])
        self.assertEqual(self.server.execute("SELECT shobj_description(oid, 'pg_database'), datacl::text LIKE '%clerk=c/%' FROM pg_database WHERE datname = 'back'"),
                         [("the shop of DATABASE shop", True)])
        self.assertEqual(self.server.execute("SELECT talk()", "back"), [("ALTER DATABASE shop; ",)])

    def test_an_empty_database_is_filled(self):
        self.database(name="back")
        self.restore("--into", self.server.url("back"))
        self.assert_restored("back")

    def test_a_database_that_holds_anything_is_refused(self):
        for holds in ("CREATE TABLE t ()", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA s", "CREATE TYPE e AS ENUM ()"):
            with self.subTest(holds=holds):
                url = self.database(holds, "back")
                self.assert_fails(self.restore("--into", url, expect=cli.BREAKS), cli.BREAKS, "not empty", "--replace", "nothing was changed")
                self.server.drop_database("back")

    def test_replace_swaps_the_names_and_keeps_the_old_database(self):
        url = self.database("CREATE TABLE precious AS SELECT 1 AS one", "back")
        busy = self.server.connect("back")
        report = self.restore("--into", url, "--replace")
        busy.close()
        self.assertEqual(report["kept_as"], f"back_before_{self.made.id}")
        self.assert_restored("back")
        self.assertEqual(self.server.execute("SELECT one FROM precious", report["kept_as"]), [(1,)])
        again = self.restore("--into", url, "--replace", expect=cli.BREAKS)
        self.assert_fails(again, cli.BREAKS, report["kept_as"], "already")

    def test_an_object_that_lies_is_taken_back_whole(self):
        self.database("CREATE TABLE precious AS SELECT 1 AS one", "full")
        self.database(name="back")
        before = self.databases()
        # The last bytes of the content are what its hash is right or wrong by: everything before them was restored by then.
        self.made.manifest["database"]["tables"] = []
        self.made.write()
        path = self.made.stored("manifest.json")
        body = json.loads(path.read_text())["manifest"]
        for entry in body["objects"]:
            if entry["name"] == "dump.pgdump.zst":
                entry["content_sha256"] = hashlib.sha256(b"another").hexdigest()
        point.write_hashed(path, "manifest", body)
        for arguments in (["--into", self.server.url("back")], ["--into", self.server.url("new")], ["--into", self.server.url("full"), "--replace"],
                          ["--into", self.home.work / "files"]):
            with self.subTest(arguments=arguments):
                self.assert_fails(self.restore(*arguments, expect=cli.FAILED), cli.FAILED, "dump.pgdump.zst", "hash")
                self.assertEqual(self.databases(), before)
        self.assertEqual(self.server.execute("SELECT count(*) FROM pg_class WHERE oid >= 16384", "back"), [(0,)])
        self.assertEqual(self.server.execute("SELECT one FROM precious", "full"), [(1,)])
        self.assertEqual([p.name for p in self.home.work.iterdir() if p.name.startswith("files")], [])

    def test_a_newer_point_that_a_proof_calls_bad_is_passed_over_and_said(self):
        newer = point.Point(self.store, taken=point.now() + point.datetime.timedelta(seconds=1))
        newer.objects = dict(self.sound.objects)
        newer.manifest["database"] = dict(self.sound.manifest["database"])
        newer.write()
        newer.flip("dump.pgdump.zst", -30)
        self.assertEqual(self.home.run("drill", newer.id).exit, cli.BREAKS)
        report = self.restore("--into", self.home.work / "files")
        self.assertEqual(report["id"], self.made.id)
        self.assertIn(newer.id, report["notes"][0])

    def test_flipped_bytes_end_a_restore_that_leaves_nothing(self):
        self.made.flip("dump.pgdump.zst", -30)
        before = self.databases()
        for into in (self.server.url("new"), self.home.work / "files"):
            self.assert_fails(self.restore("--into", into, expect=cli.FAILED), cli.FAILED, f"dump.pgdump.zst of {self.made.id} in {self.store}",
                              "damaged", "nothing was changed", "another store (--store)")
        self.assertEqual(self.databases(), before)

    def test_where_one_copy_is_damaged_another_one_is_restored(self):
        other = self.home.work / "offsite"
        shutil.copytree(self.store, other)
        self.home.contract(point.REPOSITORY.format(store=self.store).replace('["local"]', '["local", "offsite"]') + f'[stores.offsite]\nurl = "file://{other}"\n')
        for number, (name, at) in enumerate((("dump.pgdump.zst", -30), ("dump.pgdump.zst", 40), ("roles.sql.zst", -1))):
            with self.subTest(name=name, at=at):
                self.made.write().flip(name, at)
                for into in (self.server.url(f"back{number}"), self.home.work / f"files{number}"):
                    report = self.restore("--into", into)
                    self.assertEqual((report["id"], report["store"]), (self.made.id, "offsite"))
                    self.assertIn(f"{name} in store local", report["notes"][0])
                self.assert_restored(f"back{number}")
        self.made.flip("dump.pgdump.zst", -31)
        for path in other.glob("points/*/dump.pgdump.zst"):
            path.write_bytes(path.read_bytes()[:-1])
        self.assert_fails(self.restore("--into", self.server.url("none"), expect=cli.FAILED), cli.FAILED, str(other), "nothing was changed")

    def test_roles_that_are_missing_are_made_or_named(self):
        self.made.objects["roles.sql.zst"] = ROLES.replace("clerk", "newcomer").encode()
        self.made.write()
        self.addCleanup(self.server.execute, "DROP ROLE IF EXISTS newcomer; DROP ROLE IF EXISTS builder")
        self.restore("--into", self.server.url("back"))
        self.assertEqual(self.server.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'newcomer'"), [(False,)])
        self.server.execute("CREATE ROLE builder LOGIN CREATEDB")
        with server.Server() as other:
            other.execute("CREATE ROLE builder LOGIN CREATEDB")
            refused = self.restore("--into", other.url("back", "builder"), expect=cli.BREAKS)
            self.assert_fails(refused, cli.BREAKS, "clerk", "CREATEROLE")
            self.assertEqual(other.execute("SELECT count(*) FROM pg_database"), [(3,)])

    def test_ctrl_c_drops_what_was_made(self):
        before = self.databases()
        for delay in (0.3, 0.6, 0.9):
            process = self.home.start("restore", "latest", "--into", self.server.url("back"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            if process.returncode == cli.KEEPS:
                break
            self.assertEqual(self.databases(), before)

    def test_where_the_last_answer_is_lost_the_server_is_asked_again(self):
        directory = server.private_directory("pgx-")
        self.addCleanup(shutil.rmtree, directory)
        between = AtStatement(self.server.sockets, directory)
        self.addCleanup(between.close)
        into = f"postgresql://{server.SUPERUSER}@/back?host={directory}"
        before = self.databases()
        between.arm("alter database", proxy.BEFORE, proxy.Connection.cut)
        self.assert_fails(self.restore("--into", into, expect=cli.FAILED), cli.FAILED, "nothing was changed: what was made was dropped again")
        self.assertEqual(self.databases(), before)
        between.arm("commit", proxy.ANSWERED, proxy.Connection.cut)
        self.restore("--into", into)
        self.assertTrue(between.struck)
        self.assert_restored("back")

    def test_a_directory_gets_everything_that_is_needed(self):
        files = self.home.work / "files"
        report = self.restore("--into", files)
        self.assertEqual(sorted(p.name for p in files.iterdir()), ["README", "dump.pgdump", "manifest.json", "roles.sql"])
        self.assertEqual((files / "dump.pgdump").read_bytes(), self.made.objects["dump.pgdump.zst"])
        self.assertEqual((files / "roles.sql").read_text(), ROLES)
        self.assertEqual(stat.S_IMODE(files.stat().st_mode), 0o700)
        self.assertIn("pg_restore --create", (files / "README").read_text())
        self.assertTrue(report["commands"])
        refused = self.restore("--into", files, expect=cli.BREAKS)
        self.assert_fails(refused, cli.BREAKS, "not empty")

    def placed(self):
        """A point of a database in a tablespace of its own, which is read-only by default."""
        directory = server.private_directory("pgt-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.server.execute(f"CREATE TABLESPACE fast LOCATION '{directory}'")
        self.addCleanup(self.server.execute, "DROP TABLESPACE fast")
        self.server.execute("CREATE DATABASE placed TABLESPACE fast")
        self.server.execute(shop.DATABASE, "placed")
        self.server.execute("ALTER DATABASE placed SET default_transaction_read_only = on")
        return point.Point(self.store, taken=point.now() + point.datetime.timedelta(seconds=1)).of_database(self.server, "placed").write()

    def test_a_tablespace_is_used_where_it_is_and_done_without_where_it_is_not(self):
        made = self.placed()
        where = "SELECT t.spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE datname = 'back'"
        self.assertEqual(self.restore("--into", self.server.url("back"), which=made.id)["notes"], [])
        self.assertEqual(self.server.execute(where), [("fast",)])
        with server.Server() as other:
            report = self.restore("--into", other.url("back"), which=made.id)
            self.assertIn('tablespace "fast" does not exist', report["notes"][0])
            self.assertEqual(other.execute(where), [("pg_default",)])
            self.assertEqual(other.execute("SELECT count(*) FROM users", "back"), [(133,)])

    def test_the_commands_that_are_given_restore_a_database_that_is_read_only_by_default(self):
        files = self.home.work / "files"
        report = self.restore("--into", files, which=self.placed().id)
        with server.Server() as other:
            directory = server.private_directory("pgt-")
            self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
            other.execute(f"CREATE TABLESPACE fast LOCATION '{directory}'")
            environment = {**other.environment(), "PGHOST": str(other.sockets), "PGUSER": server.SUPERUSER, "PATH": f"{server.CLIENT}:/usr/bin:/bin"}
            for command in report["commands"][:2]:
                subprocess.run(command, shell=True, check=True, cwd=files, env=environment, stdout=subprocess.DEVNULL)
            self.assertEqual(other.execute("SELECT count(*) FROM users", "placed"), [(133,)])

    def test_a_directory_that_is_there_and_empty_is_used_and_what_a_killed_run_left_is_removed(self):
        files = self.home.work / "files"
        files.mkdir()
        left = self.home.work / "files.restoring"
        left.mkdir(0o700)
        (left / "dump.pgdump").write_text("half")
        self.restore("--into", files)
        self.assertFalse(left.exists())
        self.assertEqual((files / "dump.pgdump").read_bytes(), self.made.objects["dump.pgdump.zst"])

    def test_what_makes_no_sense_is_said_before_anything_is_done(self):
        self.assert_fails(self.restore("--into", "/nowhere/at/all", expect=cli.USAGE), cli.USAGE, "/nowhere/at")
        self.assert_fails(self.restore("--into", self.server.url("back"), which="latest:nightly", expect=cli.USAGE), cli.USAGE, "no tier nightly")
        self.assert_fails(self.restore("--into", self.server.url("back"), which="latest:cache", expect=cli.BREAKS), cli.BREAKS, "no good recovery point of tier cache")
        self.assert_fails(self.restore("--into", self.server.url("back"), "--store", "moon", expect=cli.USAGE), cli.USAGE, "no store moon")
        cache = point.Point(self.store, what="redis", tier="cache").of_redis(b"REDIS0009", []).write()
        self.assert_fails(self.restore("--into", self.server.url("back"), which=cache.id, expect=cli.USAGE), cli.USAGE, "directory")
        report = self.restore("--into", self.home.work / "cache", which=cache.id)
        self.assertIn("redis-server", report["commands"][0])


if __name__ == "__main__":
    unittest.main()
