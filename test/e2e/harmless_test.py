"""A rehearsal cannot reach the world, whatever the source is wired to and whatever the script tries."""

import pathlib
import shutil
import socket
import sys
import unittest

import psycopg2

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, server  # noqa: E402


class HarmlessTest(case.Case):
    """The source archives, subscribes to another server and knows it as a foreign server."""

    @classmethod
    def setUpClass(cls):
        cls.world = server.private_directory("pgw-")  # where a reached world would show
        cls.world.chmod(0o777)
        cls.addClassCleanup(shutil.rmtree, cls.world, True)
        cls.other = server.Server(settings={"wal_level": "logical"})
        cls.addClassCleanup(cls.other.close)
        cls.other.execute("CREATE TABLE told (who text); CREATE TABLE fed (id int); INSERT INTO fed VALUES (1);"
                          "CREATE PUBLICATION feed FOR TABLE fed")
        cls.other.execute("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')")
        cls.settings = {"archive_mode": "on", "archive_command": f"touch {cls.world}/archived-%f", "wal_level": "replica"}
        super().setUpClass()
        host = cls.other.sockets
        cls.server.execute("CREATE TABLE fed (id int); CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw;"
                           f"CREATE SERVER world FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', dbname 'postgres');"
                           "CREATE USER MAPPING FOR postgres SERVER world OPTIONS (user 'postgres', password_required 'false');"
                           "CREATE FOREIGN TABLE told (who text) SERVER world")
        cls.server.execute(f"CREATE SUBSCRIPTION eager CONNECTION 'host={host} user=postgres dbname=postgres' PUBLICATION feed "
                           "WITH (create_slot = false, slot_name = 'mine', enabled = false)")
        cls.server.execute("SELECT pg_switch_wal()")

    def rehearse(self, script, **options):
        for file in self.world.iterdir():
            file.unlink()
        outcome = self.home.plan(self.home.script(script), source=self.server.url(), **options)
        self.assertIn(outcome.exit, (cli.KEEPS, cli.BREAKS), str(outcome))
        return outcome.json

    def escaped(self):
        return [file.name for file in self.world.iterdir() if not file.name.startswith("archived-")]

    def test_the_source_itself_reaches_all_of_this(self):
        """Otherwise the tests below would prove nothing."""
        self.server.execute(f"COPY (SELECT 1) TO PROGRAM 'cat > {self.world}/program'; COPY (SELECT 1) TO '{self.world}/file';"
                            "INSERT INTO told VALUES ('the source')")
        self.assertEqual(sorted(self.escaped()), ["file", "program"])
        self.assertEqual(self.other.execute("SELECT who FROM told"), [("the source",)])
        self.other.execute("DELETE FROM told")
        self.assertTrue(any(file.name.startswith("archived-") for file in self.world.iterdir()))

    def test_copy_to_program_writes_nothing_outside(self):
        self.rehearse(f"COPY (SELECT 1) TO PROGRAM 'cat > {self.world}/program';")
        self.assertEqual(self.escaped(), [])

    def test_copy_to_a_file_writes_nothing_outside(self):
        self.rehearse(f"COPY (SELECT 1) TO '{self.world}/file';")
        self.assertEqual(self.escaped(), [])

    def test_a_program_of_the_script_cannot_use_the_source_by_its_socket(self):
        self.rehearse(f"COPY (SELECT 1) TO PROGRAM '{server.CLIENT}/psql -X -h {self.server.sockets} -U postgres -c \"CREATE TABLE escaped ()\"';")
        self.assertEqual(self.server.execute("SELECT to_regclass('escaped')"), [(None,)])

    def test_dblink_reaches_nobody(self):
        report = self.rehearse(f"SELECT dblink_exec('host={self.other.sockets} user=postgres dbname=postgres', 'INSERT INTO told VALUES (1)');")
        self.assertIsNotNone(report["failure"])
        self.assertEqual(self.other.execute("SELECT * FROM told"), [])

    def test_a_foreign_table_reaches_nobody(self):
        report = self.rehearse("INSERT INTO told VALUES ('the rehearsal');")
        self.assertIsNotNone(report["failure"])
        self.assertEqual(self.other.execute("SELECT * FROM told"), [])

    def test_a_subscription_that_the_script_enables_receives_nothing(self):
        report = self.rehearse("ALTER SUBSCRIPTION eager ENABLE;\nSELECT pg_sleep(2);")
        self.assertNotIn("public.fed", case.effects_of(report))
        self.assertEqual(self.other.execute("SELECT active FROM pg_replication_slots WHERE slot_name = 'mine'"), [(False,)])

    def test_the_clone_archives_nothing(self):
        self.rehearse("CREATE TABLE much AS SELECT g, repeat('x', 100) FROM generate_series(1, 100000) g;\nSELECT pg_switch_wal();\nCHECKPOINT;")
        last, = self.server.execute("SELECT last_archived_wal FROM pg_stat_archiver")[0]
        archived = sorted(file.name.removeprefix("archived-") for file in self.world.iterdir())
        self.assertLessEqual([name for name in archived if "." not in name and name > (last or "")], [])

    def test_the_script_cannot_switch_archiving_on(self):
        self.rehearse(f"ALTER SYSTEM SET archive_command = 'touch {self.world}/mine';\nSELECT pg_reload_conf();\nSELECT pg_switch_wal();\nSELECT pg_sleep(1);")
        self.assertEqual(self.escaped(), [])

    def test_the_script_cannot_reach_the_network(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(1)
            port = listener.getsockname()[1]
            script = f"SELECT dblink_connect('hostaddr=127.0.0.1 port={port} user=x dbname=x connect_timeout=2');"
            with self.assertRaises(psycopg2.Error):
                self.server.execute(script)
            listener.accept()[0].close()  # the source itself does reach it
            self.assertIsNotNone(self.rehearse(script)["failure"])
            with self.assertRaises(TimeoutError):
                listener.accept()


if __name__ == "__main__":
    unittest.main()
