"""What every major version after the parser's own has to do; subclasses set `major`, and add what only theirs understands."""

from support import case, cli, shop


class VersionCase(case.SharedCase):
    statements = shop.DATABASE

    def rehearse(self, text, expect=cli.KEEPS):
        return self.plan(self.home.script(text), source=self.source, expect=expect)

    def test_the_range_delete_breaks_the_contract(self):
        contract = self.home.contract(shop.CONTRACT)
        report = self.plan(self.home.script(shop.RANGE_DELETE), "--contract", contract, source=self.source, expect=cli.BREAKS)
        self.assertEqual(report["server_major"], self.major)
        self.assertEqual(case.effects_of(report)["public.web_messages"], (0, 0, 80))

    def test_the_clean_up_by_attribute_keeps_the_contract(self):
        contract = self.home.contract(shop.CONTRACT)
        self.plan(self.home.script(shop.CONTRACT_DELETE), "--contract", contract, source=self.source, expect=cli.KEEPS)

    def test_statements_that_the_parser_of_15_does_not_know_are_run(self):
        report = self.rehearse("SELECT JSON_OBJECT('a': 1);\nSELECT ANY_VALUE(id) FROM users;\n"
                               "UPDATE users SET plan = JSON_ARRAY('x' RETURNING text) WHERE id = 1;")
        self.assertEqual(case.effects_of(report), {"public.users": (0, 1, 0)})
