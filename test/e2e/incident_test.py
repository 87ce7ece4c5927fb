"""The incident end to end: the script that removed ten people is refused, the contract's own clean-up is not."""

import pathlib
import sys
import unittest

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])

from support import case, cli, shop  # noqa: E402


def populations(entry):
    return {p["name"]: (p["protected"], p["inserted"], p["updated"], p["deleted"]) for p in entry["populations"]}


class IncidentTest(case.SharedCase):
    statements = shop.DATABASE

    def rehearse(self, script, expect):
        contract = self.home.contract(shop.CONTRACT)
        return self.plan(self.home.script(script), "--contract", contract, source=self.source, expect=expect)

    def test_the_range_delete_breaks_the_contract_and_names_the_ten_and_all_that_hangs_on_them(self):
        report = self.rehearse(shop.RANGE_DELETE, cli.BREAKS)
        self.assertEqual(report["verdict"], "breaks")
        self.assertEqual(case.effects_of(report), {
            "public.users": (0, 0, 11), "public.subscriptions": (0, 0, 11),
            "public.chat_sessions": (0, 0, 20), "public.web_messages": (0, 0, 80),
        })
        by_table = {entry["table"]: entry for entry in report["effects"]}
        self.assertEqual(populations(by_table["public.users"]), {"oauth": (True, 0, 0, 10), "test": (False, 0, 0, 1)})
        self.assertEqual(populations(by_table["public.subscriptions"]), {"oauth": (True, 0, 0, 10), "test": (False, 0, 0, 1)})
        self.assertEqual(populations(by_table["public.chat_sessions"]), {"oauth": (True, 0, 0, 20)})
        self.assertEqual(populations(by_table["public.web_messages"]), {"oauth": (True, 0, 0, 80)})
        self.assertLessEqual({"protected-deleted", "protected-cascaded", "probe-in-deleted-range"}, case.rules_of(report))
        deleted = next(f for f in report["findings"] if f["rule"] == "protected-deleted")
        self.assertEqual((deleted["statement"], deleted["table"], deleted["rows"]), (1, "public.users", 10))

    def test_the_report_attributes_the_cascades_to_the_statement_and_says_how_they_came(self):
        report = self.rehearse("SELECT 1;\n\n" + shop.RANGE_DELETE, cli.BREAKS)
        self.assertEqual([s["number"] for s in report["statements"]], [1, 2])
        self.assertEqual(report["statements"][0]["effects"], [])
        statement = report["statements"][1]
        self.assertEqual((statement["number"], statement["line"]), (2, 3))
        self.assertTrue(statement["file"].endswith("script.sql"))
        self.assertEqual({e["table"]: e["via"] for e in statement["effects"]}, {
            "public.users": "statement", "public.subscriptions": "cascade",
            "public.chat_sessions": "cascade", "public.web_messages": "cascade"})

    def test_the_clean_up_by_attribute_keeps_the_contract_and_takes_only_what_is_disposable(self):
        report = self.rehearse(shop.CONTRACT_DELETE, cli.KEEPS)
        self.assertEqual(report["verdict"], "keeps")
        self.assertEqual(report["findings"], [])
        self.assertEqual(case.effects_of(report), {"public.users": (0, 0, 3), "public.subscriptions": (0, 0, 1)})
        for entry in report["effects"]:
            self.assertEqual([(p["name"], p["protected"]) for p in entry["populations"]], [("test", False)])

    def test_a_probe_tells_where_the_next_sign_up_lands(self):
        report = self.rehearse(shop.CONTRACT_DELETE, cli.KEEPS)
        self.assertEqual([(p["name"], p["landed"]) for p in report["probes"]],
                         [("oauth signup", [{"table": "public.users", "id": "-91111112", "population": "oauth"}])])

    def test_probes_are_no_part_of_the_effects_and_move_no_sequence_of_the_report(self):
        report = self.rehearse("SELECT 1;", cli.KEEPS)
        self.assertEqual((report["effects"], report["sequences"]), ([], []))

    def test_an_upsert_that_rewrites_a_real_person_breaks_the_contract(self):
        report = self.rehearse("INSERT INTO users (id, auth_source, plan) VALUES (-91111105, 'test', 'pro')\n"
                               "ON CONFLICT (id) DO UPDATE SET plan = excluded.plan;", cli.BREAKS)
        self.assertIn("protected-upserted", case.rules_of(report))
        self.assertEqual(case.effects_of(report), {"public.users": (0, 1, 0)})
        self.assertEqual(report["statements"][0]["upserts"][0]["columns"], ["plan"])

    def test_a_sequence_set_from_data_breaks_the_contract(self):
        report = self.rehearse("SELECT setval('web_user_id_seq', 4000000000);", cli.BREAKS)
        self.assertIn("sequence-jump", case.rules_of(report))
        self.assertEqual([(s["name"], s["before"], s["after"]) for s in report["sequences"]],
                         [("public.web_user_id_seq", 91111111, 4000000000)])

    def test_a_test_user_in_the_id_space_of_sign_ups_breaks_the_contract(self):
        report = self.rehearse("INSERT INTO users (id, auth_source) VALUES (-500, 'test');", cli.BREAKS)
        self.assertEqual(case.rules_of(report), {"outside-id-space"})

    def test_truncate_of_a_contract_table_breaks_the_contract_and_counts_every_row(self):
        report = self.rehearse("TRUNCATE users CASCADE;", cli.BREAKS)
        self.assertIn("truncate", case.rules_of(report))
        self.assertEqual(case.effects_of(report), {
            "public.users": (0, 0, 133), "public.subscriptions": (0, 0, 11),
            "public.chat_sessions": (0, 0, 20), "public.web_messages": (0, 0, 80)})
        self.assertTrue(all(entry["truncated"] is True for entry in report["effects"]))

    def test_more_rows_than_the_budget_break_the_contract(self):
        report = self.rehearse("INSERT INTO users (id, auth_source) SELECT 4503599627370600 + g, 'test' FROM generate_series(1, 1001) g;",
                               cli.BREAKS)
        self.assertEqual(case.rules_of(report), {"over-budget"})


if __name__ == "__main__":
    unittest.main()
