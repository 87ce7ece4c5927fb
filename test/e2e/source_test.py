"""Where the data comes from: live databases, dumps of every kind, images; and what is said when it cannot be had."""

import pathlib
import subprocess
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, server, shop  # noqa: E402


class SourceTest(case.SharedCase):
    statements = shop.DATABASE

    def dump(self, how, name):
        path = self.home.work / name
        subprocess.run([server.CLIENT / "pg_dump", f"-F{how}", "-f", path, "-d", self.source], check=True, env=self.server.environment())
        return path

    def rehearse(self, source, expect=cli.KEEPS, **options):
        return self.plan(self.home.script(shop.RANGE_DELETE), source=source, expect=expect, **options)

    def refuse(self, source, status, *fragments, **options):
        self.assert_fails(self.home.plan(self.home.script("SELECT 1"), source=source, **options), status, *fragments)

    def test_dumps_of_all_four_formats_give_the_same_effects(self):
        for how, name in (("c", "shop.dump"), ("d", "shop.dir"), ("t", "shop.tar"), ("p", "shop.sql")):
            with self.subTest(format=how):
                effects = case.effects_of(self.rehearse(f"dump:{self.dump(how, name)}"))
                self.assertEqual(effects["public.users"], (0, 0, 11))
                self.assertEqual(effects["public.web_messages"], (0, 0, 80))

    def test_an_image_is_used_by_its_name(self):
        name = self.rehearse(self.source)["image"]["name"]
        report = self.rehearse(f"image:{name}")
        self.assertEqual((report["image"]["name"], report["image"]["reused"]), (name, True))
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 11))

    def test_an_image_that_does_not_exist_is_an_error(self):
        self.refuse("image:nothing", cli.USAGE, "nothing", "scratch list")

    def test_an_image_is_used_again_while_the_source_is_as_it_was(self):
        self.rehearse(self.source)
        self.assertTrue(self.rehearse(self.source)["image"]["reused"])
        self.server.execute("INSERT INTO users VALUES (101, 'telegram'); DELETE FROM users WHERE id = 101", "shop")
        self.assertFalse(self.rehearse(self.source)["image"]["reused"])

    def test_the_environment_names_the_source_where_nothing_else_does(self):
        env = {"PGHOST": self.server.sockets, "PGDATABASE": "shop", "PGUSER": "postgres"}
        report = self.plan(self.home.script(shop.RANGE_DELETE), env=env)
        self.assertEqual(case.effects_of(report)["public.users"], (0, 0, 11))

    def test_a_conninfo_string_is_a_source(self):
        self.assertEqual(case.effects_of(self.rehearse(f"host={self.server.sockets} dbname=shop user=postgres"))["public.users"], (0, 0, 11))

    def test_a_role_that_may_not_replicate_is_served_by_a_dump(self):
        self.server.execute("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
        self.server.execute("CREATE TABLE mine (id int PRIMARY KEY); INSERT INTO mine SELECT generate_series(1, 5);"
                            "ALTER TABLE mine OWNER TO plain", self.make("own", "plain"))
        report = self.plan(self.home.script("DELETE FROM mine WHERE id > 2;"), source=self.server.url("own", "plain"))
        self.assertEqual(case.effects_of(report), {"public.mine": (0, 0, 3)})

    def make(self, name, owner=server.SUPERUSER):
        self.database(name=name, owner=owner)
        return name

    def test_an_unreachable_server_is_an_error_that_names_it(self):
        self.refuse(f"postgresql://someone@/db?host={self.home.work}", cli.FAILED, str(self.home.work))
        self.refuse("postgresql://someone@127.0.0.1:1/db?connect_timeout=3", cli.FAILED, "127.0.0.1")

    def test_a_database_that_does_not_exist_is_an_error_that_names_it(self):
        self.refuse(self.server.url("no_such_db"), cli.FAILED, "no_such_db")

    def test_a_connection_string_that_makes_no_sense_is_a_usage_error(self):
        self.refuse("postgresql://[::1", cli.USAGE)

    def test_binaries_of_the_sources_version_that_are_not_here_are_named(self):
        with server.Server(18) as newer:
            outcome = self.home.plan(self.home.script("SELECT 1"), source=newer.url(), major=15, env={"PATH": "/usr/bin:/bin"})
            self.assert_fails(outcome, cli.FAILED, "18")

    def test_garbage_is_not_a_dump(self):
        path = self.home.work / "garbage.dump"
        for content in (b"PGDMP\x01garbage", b"\x00\xff" * 500, b"", b"not SQL at all\n"):
            with self.subTest(content=content[:10]):
                path.write_bytes(content)
                self.refuse(f"dump:{path}", cli.FAILED, "garbage.dump")

    def test_a_dump_cut_short_is_an_error(self):
        for how, name in (("c", "cut.dump"), ("p", "cut.sql")):
            path = self.dump(how, name)
            content = path.read_bytes()
            path.write_bytes(content[:len(content) * 2 // 3])
            with self.subTest(format=how):
                self.refuse(f"dump:{path}", cli.FAILED, name)

    def test_a_dump_that_is_not_there_is_an_error(self):
        self.refuse("dump:/no/such/file", cli.FAILED, "/no/such/file")

    def test_the_source_is_the_same_after_a_rehearsal(self):
        def state():
            return self.server.execute("SELECT (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_publication),"
                                       "(SELECT count(*) FROM pg_event_trigger), (SELECT count(*) FROM pg_namespace), (SELECT last_value FROM web_user_id_seq)", "shop")
        before = state()
        self.rehearse(self.source)
        self.assertEqual(state(), before)


class PasswordTest(unittest.TestCase):
    def test_a_wrong_password_is_said_to_be_wrong_and_not_repeated(self):
        home = cli.Home()
        self.addCleanup(home.remove)
        with server.Server(authentication="scram-sha-256", password="right") as running:
            outcome = home.plan(home.script("SELECT 1"), source=running.url(password="very wrong"))
            self.assertEqual(outcome.exit, cli.FAILED, str(outcome))
            self.assertIn("password", outcome.err)
            self.assertNotIn("very", outcome.err + outcome.out)
            self.assertEqual(home.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
