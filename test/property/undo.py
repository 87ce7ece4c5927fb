"""The law "Undo is exact": after an apply and its undo every table equals what it was."""

import dataclasses
import os
import unittest

import control
import exact
import rows
import script
from support import cli, dump, server


UNWANTED = (control.procedure, control.large_object, control.settings, control.cursor_delete)


class Rows(script.Maker):
    """Scripts that an apply takes: they change rows alone, in the one transaction that the apply makes of them."""

    KINDS = [(rows.WAYS, 8), ([way for way in control.WAYS if way[0] not in UNWANTED], 2)]
    FAILING = 0

    def transaction_control(self):
        pass


class Broken(AssertionError):
    """The law does not hold. The message holds everything needed to see it again."""


class Ground:
    """What the laws are tried on: databases of all sorts, whose owners undo what they applied, and may keep triggers silent."""

    # What an undo may say no to: what would write along, and what the role may not see. All of it is in the schema.
    EXCUSES = ("would fire", "would apply", "row-level security", "is over a generated column")

    def create_roles(self, server_):
        exact.create_roles(server_)
        for role in exact.ROLES:
            server_.execute(f'GRANT SET ON PARAMETER session_replication_role TO "{role}"')

    def subject(self, server_, seed):
        return exact.Subject(server_, seed, Rows)

    def undoing(self, server_, subject, effects):
        """The role that is to undo what the subject's role applied."""
        return subject.role

    def excuses(self, outcome):
        return any(excuse in outcome.out + outcome.err for excuse in self.EXCUSES)


GROUND = Ground()


@dataclasses.dataclass
class Applied:
    id: str
    before: dump.Dump
    after: dump.Dump
    effects: list  # of the plan


def applied(home, server_, subject):
    """Plans and applies the subject's script. Returns an Applied; or why it did not come to that."""
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
    return Applied(outcome.json["apply"], before, after, planned.json["effects"])


def check(server_, seed, ground=GROUND):
    """Plans, applies and undoes the script of this seed. Returns "undone", or why it did not come to that."""
    home = cli.Home()
    subject = ground.subject(server_, seed)
    try:
        begun = applied(home, server_, subject)
        return begun if isinstance(begun, str) else _undo(home, server_, subject, begun, ground)
    finally:
        subject.drop()
        home.remove()


def _undo(home, server_, subject, begun, ground):
    before, after = begun.before, begun.after
    url = server_.url(subject.database, ground.undoing(server_, subject, begun.effects))
    undo = ("undo", begun.id, "--to", url, "--format", "json")
    dry = home.run(*undo, major=server_.major)
    faults = []
    if subject.dump().values() != after.values():
        faults.append("a dry run changed something")
    done = home.run(*undo, "--execute", major=server_.major)
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
        if not ground.excuses(done):
            faults.append("there is no reason for a refusal")
    if faults:
        raise Broken("\n".join([f"seed {subject.seed}: undo is not exact", *faults, str(dry), str(done), subject.story()]))
    return outcome


def case(major, seeds, least, ground=GROUND):
    """A test of these seeds, of which at least so many have to come to be undone: a test that does nothing proves nothing."""
    def test(self):
        asked = os.environ.get("PGREHEARSE_SEED")
        chosen = [int(seed) for seed in asked.split(",")] if asked else seeds
        undone = 0
        with server.Server(major) as running:
            ground.create_roles(running)
            for seed in chosen:
                with self.subTest(seed=seed):
                    undone += check(running, seed, ground) == "undone"
        if not asked:
            self.assertGreaterEqual(undone, least)

    return type(f"Undo{major}Test", (unittest.TestCase,), {"test_apply_and_undo_leave_every_table_as_it_was": test})
