"""Plans and applies on a database of its own, and looks at production as a whole before and after."""

import contextlib

from support import case, cli, dump

APPLIED, REFUSED, COULD_NOT = 0, 1, 3


class ApplyCase(case.Case):
    proof = "locked-rows"

    def setUp(self):
        super().setUp()
        self.url = self.database(self.statements)

    def sql(self, statements, user=case.server.SUPERUSER):
        return self.server.execute(statements, "shop", user)

    def look(self):
        """Everything in the tables; sequences aside, which no rollback takes back."""
        with contextlib.closing(self.server.connect("shop")) as connection:
            return dump.take(connection).values()[0]

    def make_plan(self, *arguments, script=None, expect=cli.KEEPS, **options):
        given = [self.home.script(script)] if script is not None else []
        return self.plan(*given, *arguments, source=options.pop("source", self.url), expect=expect, **options)

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
