"""The law "Row for row": apply commits exactly the plan, or nothing.

One plan, many trials of it: production is cloned, one thing is changed, and the plan applied. What the script would do
by now is found by psql alone, in one transaction on another clone of the changed production, as a difference of dumps.
The script stands at a gate somewhere between its statements, where a writer can come in between.
"""

import contextlib
import dataclasses
import random

import alterations
import apply_grounds
import control
import effects
import exact
import psycopg2
import rows
import undo
from gate import GATE, Gate, places, started, without_transactions
from support import cli, dump

# A turn of trials on one ground. An early writer has begun before the apply does, and commits in its middle; a definition in
# between is altered there.
KINDS = ["nothing", "also matched", "trigger", "writer", "no longer matched", "foreign key", "early writer", "changed column", "writer",
         "cascade child", "trigger", "also matched", "writer", "foreign key", "any write", "definition in between"]
WRITERS = ("writer", "early writer", "definition in between")


class Rows(undo.Rows):
    """Without CREATE FUNCTION: a script that changes definitions is refused before it runs."""

    KINDS = [(rows.WAYS, 8), ([way for way in control.WAYS if way[0] not in (*undo.UNWANTED, control.function)], 2)]


class Broken(AssertionError):
    """The law does not hold. The message holds everything needed to see it again."""


@dataclasses.dataclass(frozen=True)
class Trial:
    kind: str
    outcome: str  # "applied", "refused", or why there was no trial
    differs: str = ""  # what the script does by now, against the plan: "does the same", "does otherwise", "fails"


@dataclasses.dataclass
class Course:
    """What was done in a trial. Dumps of production: `before`, `changed` by the change alone, `after` the apply."""

    sql: str
    outcome: cli.Outcome
    before: dump.Dump
    changed: dump.Dump
    after: dump.Dump
    could: object  # net effects of the script as psql runs it, or how it fails; None: not known
    in_between: bool = True  # a writer's change was committed while the apply ran


class Ground:
    """A plan, and clones of the production that it was made on."""

    def __init__(self, server_, subject, proof):
        self.server, self.subject, self.proof = server_, subject, proof
        self.rng = random.Random(f"{subject.seed} {proof}")
        self.pristine = "pristine_" + subject.database
        self.copy = "copy_" + subject.database
        self.url = server_.url(subject.database, subject.role)
        self.home = cli.Home()
        script = subject.script
        at = self.rng.choice([0, self.rng.choice(script.places or [0]), len(script.text)])
        self.text = script.text[:at] + ("" if at == 0 or script.text[at - 1] == "\n" else "\n") + GATE + script.text[at:]
        self.path = self.home.script(self.text)
        self.whole = self.home.script("BEGIN;\n" + without_transactions(self.text) + "\nCOMMIT;\n", "oracle.sql")
        server_.create_database(self.pristine, subject.database, subject.role)

    def close(self):
        for name in (self.copy, self.pristine):
            self.server.drop_database(name)
        self.subject.drop()
        self.home.remove()

    def plan(self):
        """None, or why there is nothing to apply."""
        with contextlib.closing(self.server.connect(self.pristine)) as connection:
            self.all_drawn, self.drawn = self.drawn_columns(connection)
        self.before = self.dump(self.pristine)
        self.clone(self.copy, self.pristine)
        ran, after = self.run_by_psql()
        if ran.returncode != 0:
            return "the script fails in one transaction"
        if not self.is_one_transaction(after):
            return "the script does otherwise in one transaction"
        self.planned = effects.net(self.before, after, self.drawn) | effects.sequences_set(self.before, after)
        self.planned_beside = effects.net(self.before, after, self.all_drawn)
        if not self.planned:
            return "the script changes nothing"
        planned = self.home.plan(*self.what_is_planned(), source=self.url, major=self.server.major)
        if planned.exit not in (cli.KEEPS, cli.BREAKS):
            return "no plan"
        if planned.json["failure"]:
            return "the script fails"
        return None

    def drawn_columns(self, connection):
        return effects.drawn_columns(connection, self.text)

    def is_one_transaction(self, after):
        """Whether the script does the same in as many transactions as psql makes of it, as it is rehearsed: deferred triggers may
        run at other moments."""
        self.clone(self.copy, self.pristine)
        self.server.psql(self.path, self.copy, self.subject.role)
        return effects.net(self.before, self.dump(self.copy), self.drawn) == effects.net(self.before, after, self.drawn)

    def what_is_planned(self):
        return [self.path]

    def clone(self, name, template):
        self.server.drop_database(name)
        self.server.create_database(name, template, self.subject.role)

    def dump(self, database):
        with contextlib.closing(self.server.connect(database)) as connection:
            return dump.take(connection)

    def shop(self, connection):
        shop = alterations.Shop(connection, self.rng, self.server.major, self.planned)
        shop.numbers = iter(range(2000 + self.rng.randrange(10**6), 10**9))
        return shop

    def run_by_psql(self):
        """The script on the copy, in one transaction. Returns the process and the dump after it."""
        return self.server.psql(self.whole, self.copy, self.subject.role), self.dump(self.copy)

    def run_by_psql_with(self, writer, early):
        """The same, with a writer's SQL in the middle, or begun before; and whether the writer got in here, too: apply holds other
        locks than psql does."""
        with contextlib.closing(self.server.connect(self.copy)) as connection, self.gate(self.copy) as gate:
            session = Writer(connection, "2s")
            if early:
                session.write(writer)
            with started(lambda: self.server.psql(self.whole, self.copy, self.subject.role)) as running:
                gate.wait_for(running, session.commit)
                if not early:
                    session.write(writer)
                session.commit()
                gate.open()
                ran = running.result()
        return ran, self.dump(self.copy), not session.failed

    @contextlib.contextmanager
    def gate(self, database):
        gate = Gate(self.server.connect(database))
        try:
            yield gate
        finally:
            gate.close()

    def apply(self, *arguments):
        return self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--proof", self.proof, "--format", "json",
                             "--allow-sequence-moves", "--accept-findings", "--lock-timeout", "8s", *arguments, major=self.server.major)

    def reason(self):
        """Why an apply refuses before anything runs; None where it does not."""
        self.clone(self.subject.database, self.pristine)
        dry = self.apply()
        if dry.exit == 0:
            return None
        if dry.out.startswith("{"):
            rules = sorted({reason["rule"] for reason in dry.json["reasons"]})
            if rules:
                return "refused before running: " + ", ".join(rules)
        elif dry.exit == 1:
            return "refused before running: " + dry.err.strip().splitlines()[0][:120]
        raise Broken(f"ground {self.subject.seed}: a dry run on what the plan was made on says\n{dry}\n{self.subject.story()}")

    def trial(self, kind):
        self.clone(self.subject.database, self.pristine)
        if kind in WRITERS:
            course = self.try_writer(kind)
        else:
            course = self.try_change(kind)
        if course is None:
            return Trial(kind, "nothing to change")
        faults = self.faults(kind, course)
        if faults:
            raise Broken("\n".join([f"ground {self.subject.seed}, proof {self.proof}, {kind}:", *faults, f"-- changed by: {course.sql}",
                                    str(course.outcome), f"-- planned {self.planned}\n-- psql    {course.could}"[:6000],
                                    self.subject.story(), "-- as run", self.text]))
        same = "not known" if course.could is None else "does the same" if course.could == self.planned else "fails" if isinstance(course.could, str) else "does otherwise"
        kind += "" if course.in_between else ", not let in"
        return Trial(kind, self.word(course.outcome), same)

    @staticmethod
    def word(outcome):
        if outcome.exit != 1:
            return {0: "applied", 3: "could not: "}[outcome.exit] + (outcome.json["message"] if outcome.exit == 3 else "")
        kinds = {difference["kind"] for difference in outcome.json["differences"]}
        return "refused by definition" if kinds == {"definition"} else "could not be proven" if kinds == {"unproven"} else "refused by row"

    def try_change(self, kind):
        sql = "-- nothing"
        if kind != "nothing":
            with contextlib.closing(self.server.connect(self.subject.database)) as connection:
                sql = alterations.alter(self.shop(connection), kind)
            if sql is None:
                return None
        before = self.dump(self.subject.database)
        self.clone(self.copy, self.subject.database)
        could = self.what_it_did(before, *self.run_by_psql())
        outcome = self.apply("--execute")
        return Course(sql, outcome, before, before, self.dump(self.subject.database), could)

    def what_it_did(self, before, ran, after):
        if ran.returncode != 0:
            return "it fails: " + ran.stderr[-300:]
        return effects.net(before, after, self.drawn) | effects.sequences_set(before, after)

    def try_writer(self, kind):
        early = kind == "early writer"
        write = alterations.define_in_between if kind == "definition in between" else alterations.write_in_between
        with contextlib.closing(self.server.connect(self.subject.database)) as connection, self.gate(self.subject.database) as gate:
            session, sql = Writer(connection, "60ms"), None
            if early:
                sql = write(self.shop(connection))
            with started(lambda: self.apply("--execute")) as running:
                reached = gate.wait_for(running, session.give_way)
                if not early and reached:
                    sql = write(self.shop(connection))
                session.commit()
                gate.open()
                outcome = running.result()
        after = self.dump(self.subject.database)
        self.clone(self.copy, self.pristine)
        if sql is None:
            could = self.what_it_did(self.before, *self.run_by_psql())
            return Course("-- nothing got through", outcome, self.before, self.before, after, could, False)
        ran, after_copy, got_in = self.run_by_psql_with(sql, early)
        self.clone(self.copy, self.pristine)
        self.server.execute(sql, self.copy)
        alone = self.dump(self.copy)
        could = self.what_it_did(self.before, ran, after_copy)
        if ran.returncode == 0:
            could = effects.beyond(could, effects.net(self.before, alone, self.drawn))
        if not got_in or session.gave_way:  # it was let in at another moment than here
            could = None
        return Course(sql, outcome, self.before, alone, after, could, reached and not session.gave_way)

    @staticmethod
    def did(course, drawn):
        return effects.beyond(effects.net(course.before, course.after, drawn), effects.net(course.before, course.changed, drawn))

    def faults(self, kind, course):
        did, planned = self.did(course, self.drawn), self.planned
        if kind in WRITERS:  # whose own triggers may draw from a sequence that the script has set meanwhile
            did, planned = self.did(course, self.all_drawn), self.planned_beside
        outcome, same = course.outcome, course.could == self.planned
        if outcome.exit == 0:
            if kind not in WRITERS:
                did |= effects.sequences_set(course.before, course.after)
            faults = [] if did == planned else [f"a wrong commit: it did {did}"[:3000]]
            if not same and course.could is not None:
                faults.append("it committed, and by now the script does otherwise")
            return faults
        if outcome.exit not in (1, 3):
            return ["an exit status that apply does not have"]
        faults = [f"it was refused and changed something: {did}"[:3000]] if did else []
        if '"reasons"' not in outcome.out:
            faults.append("it broke off")
        elif outcome.exit == 3 and kind not in WRITERS:
            faults.append("nothing stood in its way, and it could not")
        elif outcome.exit == 1 and same and not (kind in alterations.DEFINITIONS and self.word(outcome) == "refused by definition"):
            faults.append("it was refused, and nothing differs")
        return faults


class RowsGround(Ground):
    """The same script as a program's, which is applied as rows: it does what the plan says, whatever the script would do by now."""

    def drawn_columns(self, connection):
        """None: the numbers are the plan's."""
        return effects.Columns({}, {}), effects.Columns({}, {})

    def what_is_planned(self):
        path = self.home.script(self.text, "program.sql")
        return ["--exec", f"psql -X -q -v ON_ERROR_STOP=1 -f '{path}'"]

    def reason(self):
        """Rows that a trigger kept though their parents went, which no foreign key lets anybody write."""
        self.clone(self.subject.database, self.pristine)
        dry = self.apply()
        if dry.exit == 1 and "planned rows cannot be written" in dry.out:
            return "refused before running: foreign key"
        return super().reason()

    def faults(self, kind, course):
        did, planned = self.did(course, self.drawn), self.planned
        if course.outcome.exit == 0:
            return [] if did == planned else [f"a wrong commit: it did {did}"[:3000]]
        faults = [f"it was refused and changed something: {did}"[:3000]] if did else []
        if course.outcome.exit != 1 or '"reasons"' not in course.outcome.out:
            faults.append("it broke off")
        elif kind == "nothing":
            faults.append("it was refused, and nothing differs")
        return faults


class Writer:
    """A session in whose way nobody stands for long."""

    def __init__(self, connection, lock_timeout):
        self.connection, self.cursor = connection, connection.cursor()
        self.cursor.execute(f"SET lock_timeout = '{lock_timeout}'")
        self.gave_way = self.failed = False

    def write(self, sql):
        """In a transaction that is left open."""
        self.cursor.execute("BEGIN")
        self._try(sql)

    def give_way(self):
        self.gave_way = True
        self.commit()

    def commit(self):
        if self.connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            self._try("COMMIT")

    def _try(self, sql):
        try:
            self.cursor.execute(sql)
        except psycopg2.Error:
            self.failed = True


SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "10", "max_replication_slots": "10"}


def create_roles(server_):
    undo.GROUND.create_roles(server_)


def subject_of(server_, number):
    """Every third ground is written by hand."""
    if number % 3 == 2:
        return apply_grounds.Written(server_, number // 3)
    return exact.Subject(server_, number, Rows)


def run(server_, number, proof, trials, kinds=None, report=None, as_rows=False):
    """The trials of one ground; yields Trials. Broken ones go to `report`, or are raised. `as_rows`: of the script as a program's."""
    kinds = kinds or [kind for kind in KINDS if not as_rows or kind not in WRITERS]
    ground = (RowsGround if as_rows else Ground)(server_, subject_of(server_, number), proof)
    try:
        reason = ground.plan() or ground.reason()
        if reason:
            yield Trial("-", reason)
            return
        for at in range(trials):
            kind = kinds[at % len(kinds)]
            try:
                yield ground.trial(kind)
            except Broken as broken:
                if not report:
                    raise
                report(broken)
                yield Trial(kind, "broken")
    finally:
        ground.close()
