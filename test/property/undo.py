"""The law "Undo is exact": after an apply and its undo every table equals what it was."""

import os
import unittest

import control
import exact
import rows
import script
from support import cli, server

# What an undo may say no to: what would write along, and what the role may not see. All of it is in the schema.
EXCUSES = ["would fire", "would apply", "row-level security", "is over a generated column"]


UNWANTED = (control.procedure, control.large_object, control.settings, control.cursor_delete)


class Rows(script.Maker):
    """Scripts that an apply takes: they change rows alone, in the one transaction that the apply makes of them."""

    KINDS = [(rows.WAYS, 8), ([way for way in control.WAYS if way[0] not in UNWANTED], 2)]
    FAILING = 0

    def transaction_control(self):
        pass


class Broken(AssertionError):
    """The law does not hold. The message holds everything needed to see it again."""


def create_roles(server_):
    """Roles that may keep triggers silent, so that these are no reason to refuse."""
    exact.create_roles(server_)
    for role in exact.ROLES:
        server_.execute(f'GRANT SET ON PARAMETER session_replication_role TO "{role}"')


def applied(home, server_, subject):
    """Plans and applies the subject's script. Returns the apply's id and the dumps before and after it; or why it did not come to that."""
    url = server_.url(subject.database, subject.role)
    path = home.script(subject.script.text)
    planned = home.plan(path, source=url, major=server_.major)
    if planned.exit not in (cli.KEEPS, cli.BREAKS) or not planned.json["effects"] or planned.json["catalog"]:
        return "nothing to apply"
    before = subject.dump()
    outcome = home.run("apply", home.work / "out.plan", "--to", url, "--execute", "--allow-sequence-moves", "--accept-findings",
                       "--format", "json", major=server_.major)
    after = subject.dump()
    if outcome.exit != 0:
        if after.values()[0] != before.values()[0]:
            raise Broken(f"seed {subject.seed}: the apply was refused and changed something\n{outcome}\n{subject.story()}")
        return "not applied"
    return outcome.json["apply"], before, after


def check(server_, seed):
    """Plans, applies and undoes the script of this seed. Returns "undone", or why it did not come to that."""
    home = cli.Home()
    subject = exact.Subject(server_, seed, Rows)
    try:
        begun = applied(home, server_, subject)
        return begun if isinstance(begun, str) else _undo(home, server_, subject, seed, *begun)
    finally:
        subject.drop()
        home.remove()


def _undo(home, server_, subject, seed, apply_id, before, after):
    dry = home.run("undo", apply_id, "--format", "json", major=server_.major)
    faults = []
    if subject.dump().values() != after.values():
        faults.append("a dry run changed something")
    done = home.run("undo", apply_id, "--execute", "--format", "json", major=server_.major)
    now = subject.dump()
    if dry.exit != done.exit:
        faults.append(f"the dry run ended with {dry.exit}, the undo with {done.exit}")
    if done.exit == 0:
        changed = [name for name, table in before.values()[0].items() if now.values()[0].get(name) != table]
        if changed:
            faults.append(f"not as they were: {changed}")
        outcome = "undone"
    else:
        outcome = "excused"
        if now.values() != after.values():
            faults.append("the undo was refused and changed something")
        if not any(excuse in done.out + done.err for excuse in EXCUSES):
            faults.append("there is no reason for a refusal")
    if faults:
        raise Broken("\n".join([f"seed {seed}: undo is not exact", *faults, str(dry), str(done), subject.story()]))
    return outcome


def case(major, seeds, least):
    """A test of these seeds, of which at least so many have to come to be undone: a test that does nothing proves nothing."""
    def test(self):
        asked = os.environ.get("PGREHEARSE_SEED")
        chosen = [int(seed) for seed in asked.split(",")] if asked else seeds
        undone = 0
        with server.Server(major) as running:
            create_roles(running)
            for seed in chosen:
                with self.subTest(seed=seed):
                    undone += check(running, seed) == "undone"
        if not asked:
            self.assertGreaterEqual(undone, least)

    return type(f"Undo{major}Test", (unittest.TestCase,), {"test_apply_and_undo_leave_every_table_as_it_was": test})
