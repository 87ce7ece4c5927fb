"""Plans and applies on a database of its own, and looks at production as a whole before and after."""

import contextlib
import unittest

from support import case, cli, dump

APPLIED, REFUSED, COULD_NOT = 0, 1, 3


class ApplyCase(case.Case):
    """Every test has production to itself, a copy of the same template. Plans are made of images of it that are a few seconds
    old, and a plan that another test had made of the same script is taken over: each would be the same."""

    proof = "locked-rows"
    statements = ""

    # Of this process: server, home, plans, and arguments that have an image of the template, for classes that begin with the same.
    grounds = {}

    @classmethod
    def setUpClass(cls):
        key = (cls.__module__, cls.major, cls.statements, *cls.settings.items())
        if key not in cls.grounds:
            server = case.server.Server(cls.major, cls.settings)
            unittest.addModuleCleanup(server.close)
            server.create_database("template")
            server.execute(cls.statements, "template")
            home = cli.Home()
            unittest.addModuleCleanup(home.remove)
            cls.grounds[key] = server, home, {}, set()
        cls.server, cls.home, cls.made, cls.images = cls.grounds[key]

    def setUp(self):
        self.home.new_work()
        self.server.create_database("shop", "template")
        self.addCleanup(self.server.drop_database, "shop")
        self.url = self.server.url("shop")
        self.altered = False  # since it was copied

    def sql(self, statements, user=case.server.SUPERUSER):
        self.altered = True
        return self.server.execute(statements, "shop", user)

    def look(self):
        """Everything in the tables; sequences aside, which no rollback takes back."""
        with contextlib.closing(self.server.connect("shop")) as connection:
            return dump.take(connection).values()[0]

    def make_plan(self, *arguments, script=None, expect=cli.KEEPS, anew=False):
        """As work/out.plan; `anew`: its file is going to be looked at, and has to be of this moment."""
        given = [self.home.script(script)] if script is not None else []
        out, what = self.home.work / "out.plan", (script, arguments)
        if what in self.made and not self.altered and not anew:
            report, plan = self.made[what]
            out.write_bytes(plan)
            return report
        age = ["--max-age", "1h"] if arguments in self.images and not self.altered else []
        report = self.plan(*given, *arguments, *age, source=self.url, expect=expect)
        if self.altered:
            self.images.clear()  # an old one will do, and by now that could be this one
        else:
            self.images.add(arguments)
            self.made[what] = report, out.read_bytes()
        return report

    def apply(self, *arguments, to=None, plan=None, proof=None, env=None):
        return self.home.run("apply", plan or self.home.work / "out.plan", "--to", to or self.url, "--format", "json",
                             "--proof", proof or self.proof, *arguments, major=self.major, env=env)

    def assert_applied(self, outcome):
        self.assertEqual(outcome.exit, APPLIED, str(outcome))
        self.assertIs(outcome.json["applied"], True, str(outcome))
        self.assertEqual(outcome.json["differences"], [], str(outcome))
        return outcome.json

    def assert_refused(self, outcome, before, status=REFUSED):
        """Refused, and every table is as it was."""
        self.assertEqual(outcome.exit, status, str(outcome))
        self.assertIs(outcome.json["applied"], False, str(outcome))
        self.assertEqual(self.look(), before, "something was changed")
        return outcome.json

    def differences(self, outcome):
        return {(d["table"], d["kind"]): d["ids"] for d in outcome.json["differences"]}

    def reasons(self, outcome):
        return {reason["rule"] for reason in outcome.json["reasons"]}
