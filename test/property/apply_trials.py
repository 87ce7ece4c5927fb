"""The law "Row for row": apply commits exactly the plan, or nothing.

One plan, many trials of it: production is cloned, one thing is changed, and the plan applied. What the script would do
by now is found by psql alone, in one transaction on another clone of the changed production, as a difference of dumps.
The script stands at a gate (an advisory lock) before its first or after its last statement, where a writer can come in
between.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import datetime
import random
import time

import alterations
import apply_grounds
import exact
import psycopg2
import undo
import workshop
from support import cli, dump

GATE = "SELECT pg_catalog.pg_advisory_xact_lock(4711);\n"
KINDS = ["nothing", "also matched", "no longer matched", "changed column", "cascade child", "any write", "trigger", "foreign key", "writer"]

# Columns that are filled from a sequence, by "schema.table": by default or identity, and by foreign key to such.
DRAWN = """
SELECT n.nspname || '.' || c.relname, a.attnum::int, sn.nspname || '.' || s.relname, NULL, NULL
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid WHERE d.deptype IN ('a', 'i')
UNION ALL
SELECT n.nspname || '.' || c.relname, k.conkey[i]::int, NULL, m.nspname || '.' || p.relname, k.confkey[i]::int
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace m ON m.oid = p.relnamespace, generate_subscripts(k.conkey, 1) i
 WHERE k.contype = 'f'
"""


class Broken(AssertionError):
    """The law does not hold. The message holds everything needed to see it again."""


@dataclasses.dataclass(frozen=True)
class Trial:
    kind: str
    outcome: str  # "applied", "refused", "could not", or why there was no trial


def drawn_columns(connection):
    """{(table, attribute number): sequence}."""
    cursor = connection.cursor()
    cursor.execute(DRAWN)
    found, keys = {}, []
    for table, number, sequence, parent, of_parent in cursor.fetchall():
        if sequence:
            found[table, number] = sequence
        else:
            keys.append(((table, number), (parent, of_parent)))
    for _ in range(5):
        for own, other in keys:
            if other in found:
                found.setdefault(own, found[other])
    return found


def net(before, after, drawn):
    """What a run did: per table the rows that went and those that came, values that every run makes anew left out."""
    effects = {}
    for name in before.tables.keys() | after.tables.keys():
        if name not in before.tables or name not in after.tables:
            effects[name] = "table"
            continue
        old, new = before.tables[name], after.tables[name]
        gone = collections.Counter(old.rows) - collections.Counter(new.rows)
        come = collections.Counter(new.rows) - collections.Counter(old.rows)
        if not gone and not come:
            continue
        known = [set(values) for values in zip(*old.rows)] or [set()] * len(new.columns)
        masked = collections.Counter()
        for row, many in come.items():
            masked[tuple(mask(name, column, value, known[i], before, after, drawn)
                         for i, (column, value) in enumerate(zip(new.columns, row)))] += many
        effects[name] = (frozenset(gone.items()), frozenset(masked.items()))
    return effects


def beyond(total, alone):
    """What is in one net effect and not in another that it includes. Values that a writer's own triggers drew lie elsewhere where
    the script drew before it: so both are counted from the rows before, and never one from the other's."""
    effects = {}
    for name in total.keys() | alone.keys():
        if "table" in (total.get(name), alone.get(name)):
            effects[name] = "table"
            continue
        gone, come = (collections.Counter(dict(rows)) for rows in total.get(name, ((), ())))
        gone.subtract(dict(alone.get(name, ((), ()))[0]))
        come.subtract(dict(alone.get(name, ((), ()))[1]))
        # A row that the writer made and the script took away again, and the other way round.
        went, back = +gone, +come
        went.update(-come)
        back.update(-gone)
        if went or back:
            effects[name] = (frozenset(went.items()), frozenset(back.items()))
    return effects


def mask(table, column, value, known, before, after, drawn):
    sequence = drawn.get((table, column.number))
    if sequence and value.lstrip("-").isdigit():
        (low, called), (high, _) = before.sequences.get(sequence, (0, True)), after.sequences.get(sequence, (0, True))
        if low + (1 if called else 0) <= int(value) <= high:
            return "(drawn)"
    if value not in known and value[:10] in (str(datetime.date.today()), str(datetime.datetime.now(datetime.timezone.utc).date())):
        return "(clock)"
    if column.name == "token" and value not in known:
        return "(random)"
    return value


class Ground:
    """A plan, and clones of the production that it was made on."""

    def __init__(self, server_, subject, proof):
        self.server, self.subject, self.proof = server_, subject, proof
        self.rng = random.Random(f"{subject.seed} {proof}")
        self.pristine = "pristine_" + subject.database
        self.copy = "copy_" + subject.database
        self.url = server_.url(subject.database, subject.role)
        self.home = cli.Home()
        self.gate_first = self.rng.random() < 0.6
        text = subject.script.text
        self.text = GATE + text if self.gate_first else text.rstrip() + "\n" + GATE
        self.path = self.home.script(self.text)
        server_.create_database(self.pristine, subject.database, subject.role)

    def close(self):
        for name in (self.copy, self.pristine):
            self.server.drop_database(name)
        self.subject.drop()
        self.home.remove()

    def plan(self):
        """None, or why there is nothing to apply."""
        planned = self.home.plan(self.path, source=self.url, major=self.server.major)
        if planned.exit not in (cli.KEEPS, cli.BREAKS):
            return "no plan"
        report = planned.json
        if report["failure"]:
            return "the script fails"
        if not report["effects"]:
            return "the script changes nothing"
        with contextlib.closing(self.server.connect(self.pristine)) as connection:
            self.drawn = drawn_columns(connection)
        self.before = self.dump(self.pristine)
        self.clone(self.copy, self.pristine)
        ran, after = self.run_by_psql()
        if ran.returncode != 0:
            return "the script fails in one transaction"
        self.planned = net(self.before, after, self.drawn)
        return None

    def clone(self, name, template):
        self.server.drop_database(name)
        self.server.create_database(name, template, self.subject.role)

    def dump(self, database):
        with contextlib.closing(self.server.connect(database)) as connection:
            return dump.take(connection)

    def run_by_psql(self, writer=None):
        """The script on the copy, in one transaction, `writer` (SQL) in the middle. Returns the process and the dump after it."""
        whole = self.home.script("BEGIN;\n" + without_transactions(self.text) + "\nCOMMIT;\n", "oracle.sql")
        if writer is None:
            return self.server.psql(whole, self.copy, self.subject.role), self.dump(self.copy)
        with self.holding_the_gate(self.copy) as gate, cli_thread(
                lambda: self.server.psql(whole, self.copy, self.subject.role)) as running:
            gate.wait_for(running)
            with contextlib.closing(self.server.connect(self.copy)) as connection:
                connection.cursor().execute("SET lock_timeout = '1s'")
                with contextlib.suppress(psycopg2.Error):
                    connection.cursor().execute(writer)
            gate.open()
            ran = running.result()
        return ran, self.dump(self.copy)

    @contextlib.contextmanager
    def holding_the_gate(self, database):
        gate = Gate(self.server.connect(database))
        try:
            yield gate
        finally:
            gate.close()

    def apply(self):
        return self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--execute", "--proof", self.proof, "--format", "json",
                             "--allow-sequence-moves", "--accept-findings", "--lock-timeout", "8s", major=self.server.major)

    def reason(self):
        """Why an apply refuses before anything runs; None where it does not."""
        self.clone(self.subject.database, self.pristine)
        dry = self.home.run("apply", self.home.work / "out.plan", "--to", self.url, "--proof", self.proof, "--format", "json",
                            "--allow-sequence-moves", "--accept-findings", major=self.server.major)
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
        production = self.subject.database
        self.clone(production, self.pristine)
        done = self.try_writer() if kind == "writer" else self.try_change(kind)
        if done is None:
            return Trial(kind, "nothing to change")
        outcome, changed, before, after, could, sql = done
        faults = self.faults(kind, outcome, changed, before, after, could)
        if faults:
            raise Broken("\n".join([f"ground {self.subject.seed}, proof {self.proof}, {kind}:", *faults, f"-- changed by: {sql}", str(outcome),
                                    f"-- planned {self.planned}\n-- psql    {could}"[:6000], self.subject.story(), "-- as run", self.text]))
        word = {0: "applied", 1: "refused", 3: "could not"}[outcome.exit]
        if outcome.exit == 3:
            word += ": " + outcome.json["message"]
        differs = could != self.planned or kind in alterations.DEFINITIONS
        return Trial(kind, f"{word}, and nothing differed" if not differs else word)

    def try_change(self, kind):
        sql = "-- nothing"
        if kind != "nothing":
            with contextlib.closing(self.server.connect(self.subject.database)) as connection:
                shop = workshop.Workshop(connection, self.rng, self.server.major)
                shop.numbers = iter(range(2000 + self.rng.randrange(10**6), 10**9))
                sql = alterations.alter(shop, kind, self.planned)
            if sql is None:
                return None
        before = self.dump(self.subject.database)
        self.clone(self.copy, self.subject.database)
        ran, after_copy = self.run_by_psql()
        could = net(before, after_copy, self.drawn) if ran.returncode == 0 else "the script fails: " + ran.stderr[-200:]
        outcome = self.apply()
        return outcome, before, before, self.dump(self.subject.database), could, sql

    def try_writer(self):
        self.clone(self.copy, self.pristine)
        before = self.before
        with self.holding_the_gate(self.subject.database) as gate, cli_thread(self.apply) as running:
            reached, sql = gate.wait_for(running), None
            if reached:
                with contextlib.closing(self.server.connect(self.subject.database)) as connection:
                    connection.cursor().execute("SET lock_timeout = '150ms'")
                    shop = workshop.Workshop(connection, self.rng, self.server.major)
                    shop.numbers = iter(range(2000 + self.rng.randrange(10**6), 10**9))
                    sql = alterations.alter(shop, "writer", self.planned, 3)
            gate.open()
            outcome = running.result()
        after = self.dump(self.subject.database)
        if sql is None:
            ran, after_copy = self.run_by_psql()
            return outcome, before, before, after, net(before, after_copy, self.drawn), "-- nothing got through"
        ran, after_copy = self.run_by_psql(sql)
        self.clone(self.copy, self.pristine)
        with contextlib.closing(self.server.connect(self.copy)) as connection:
            connection.cursor().execute(sql)
        alone = self.dump(self.copy)
        could = "the script fails: " + ran.stderr[-200:]
        if ran.returncode == 0:
            could = beyond(net(before, after_copy, self.drawn), net(before, alone, self.drawn))
        return outcome, alone, before, after, could, sql

    def faults(self, kind, outcome, changed, before, after, could):
        """`changed` is production with the change alone, `after` with the apply."""
        did = beyond(net(before, after, self.drawn), net(before, changed, self.drawn))
        if outcome.exit == 0:
            faults = [] if did == self.planned else [f"a wrong commit: it did {did}"[:3000]]
            if could != self.planned:
                faults.append("it committed, and by now the script does otherwise")
            return faults
        if outcome.exit not in (1, 3):
            return ["an exit status that apply does not have"]
        faults = []
        if did:
            faults.append(f"it was refused and changed something: {did}"[:3000])
        if outcome.exit == 3 and '"reasons"' not in outcome.out:
            faults.append("it broke off")
        if could == self.planned and kind not in alterations.DEFINITIONS and outcome.exit == 1:
            faults.append("it was refused, and nothing differs")
        return faults


def without_transactions(text):
    """The script is one transaction as a whole."""
    lines = [line for line in text.split("\n") if line.strip().rstrip(";").strip().upper() not in ("BEGIN", "COMMIT")]
    return "\n".join(lines)


class Gate:
    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.cursor()
        self.cursor.execute("SELECT pg_advisory_lock(4711)")

    def wait_for(self, running, seconds=20):
        """True once somebody stands at the gate; False where they ended without."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not running.done():
            self.cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
                                " (SELECT oid FROM pg_database WHERE datname = current_database())")
            if self.cursor.fetchone()[0]:
                return True
            time.sleep(0.01)
        return False

    def open(self):
        self.cursor.execute("SELECT pg_advisory_unlock_all()")

    def close(self):
        self.connection.close()


@contextlib.contextmanager
def cli_thread(body):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        yield pool.submit(body)


SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "10", "max_replication_slots": "10"}


def create_roles(server_):
    undo.create_roles(server_)


def subject_of(server_, number):
    """Every third ground is written by hand."""
    if number % 3 == 2:
        return apply_grounds.Written(server_, number // 3)
    return exact.Subject(server_, number, undo.Rows)


def run(server_, number, proof, trials, kinds=None, report=None):
    """The trials of one ground; yields Trials. Broken ones go to `report`, or are raised."""
    ground = Ground(server_, subject_of(server_, number), proof)
    try:
        why_not = ground.plan()
        if why_not:
            yield Trial("-", why_not)
            return
        reason = ground.reason()
        if reason:
            yield Trial("-", reason)
            return
        for at in range(trials):
            kind = (kinds or KINDS)[at % len(kinds or KINDS)]
            try:
                yield ground.trial(kind)
            except Broken as broken:
                if not report:
                    raise
                report(broken)
                yield Trial(kind, "broken")
    finally:
        ground.close()
