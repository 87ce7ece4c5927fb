"""The law "Exact": what a plan says is the difference between full dumps before and after the script is really run."""

import collections
import contextlib
import random
import re

import schema
import script
import workshop
from support import cli, dump, plan_file, server

ROLES = ["app", "Büro Chef"]

# Records what is truncated while the script is really run; asked only for tables that were there before.
TRUNCATIONS = """
CREATE SCHEMA oracle;
CREATE TABLE oracle.truncated (relation oid);
GRANT USAGE ON SCHEMA oracle TO PUBLIC;
CREATE FUNCTION oracle.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN INSERT INTO oracle.truncated VALUES (TG_RELID); RETURN NULL; END $$;
DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u')
              AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema|oracle)' LOOP
    EXECUTE format('CREATE TRIGGER "~oracle" BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION oracle.note()', t);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "~oracle"', t);
  END LOOP;
END $$;
"""


class Mismatch(AssertionError):
    """The plan is not exact. The message holds everything needed to see it again."""


class Subject:
    """One generated database with a script for it, on a server that is shared."""

    def __init__(self, server_, seed, maker=script.Maker, tables=schema.Maker, role=None):
        self.server = server_
        self.seed = seed
        self.rng = random.Random(seed)
        self.database = f"case_{seed}"
        self.role = role or (server.SUPERUSER if self.rng.random() < 0.6 else self.rng.choice(ROLES))
        draft = f"draft_{seed}"
        self.server.create_database(draft, owner=self.role)
        try:
            with contextlib.closing(self.server.connect(draft, self.role)) as connection:
                shop = workshop.Workshop(connection, self.rng, self.server.major)
                self.setup = tables(shop, self.role == server.SUPERUSER).make()
            self.server.create_database(self.database, draft, self.role)
            with contextlib.closing(self.server.connect(draft, self.role)) as connection:
                shop = workshop.Workshop(connection, self.rng, self.server.major)
                shop.numbers = range(1000, 10**9).__iter__()
                self.script = maker(shop).make()
        finally:
            self.server.drop_database(draft)

    def drop(self):
        self.server.drop_database(self.database)

    def dump(self):
        with contextlib.closing(self.server.connect(self.database)) as connection:
            return dump.take(connection)

    def run_really(self, path):
        """Runs the script with psql; returns the completed process and the names of the tables that it truncated."""
        self.server.execute(TRUNCATIONS, self.database)
        names = dict(self.server.execute("SELECT c.oid::int8, n.nspname || '.' || c.relname FROM pg_class c "
                                         "JOIN pg_namespace n ON n.oid = c.relnamespace", self.database))
        ran = self.server.psql(path, self.database, self.role)
        truncated = self.server.execute("SELECT DISTINCT relation::int8 FROM oracle.truncated", self.database)
        return ran, {names[oid] for oid, in truncated}

    def story(self):
        parts = [f"-- seed {self.seed}, PostgreSQL {self.server.major}, role {self.role}: set-up"]
        for statement in self.setup:
            parts.append(statement.sql.strip() + ("" if statement.sql.strip().endswith(";") else ";"))
        whole = "\n".join(parts) + "\n-- the script\n" + self.script.text
        return re.sub(r"(.)\1{99,}", lambda run: f"{run[1]}⟨{len(run[0])} times⟩", whole)


def create_roles(server_):
    for role in ROLES:
        server_.execute(f'CREATE ROLE "{role}" LOGIN REPLICATION')


def check(server_, seed, home=None):
    """Plans the script of this seed, runs it, and compares. Raises Mismatch."""
    own_home = home or cli.Home()
    subject = Subject(server_, seed)
    try:
        path = own_home.script(subject.script.text)
        before = subject.dump()
        outcome = own_home.plan(path, source=server_.url(subject.database, subject.role), major=server_.major)
        faults, failure = [], None
        if subject.dump().values() != before.values():
            faults.append("the source is not what it was before the plan")
        ran, truncated = subject.run_really(path)
        after = subject.dump()
        if outcome.exit not in (cli.KEEPS, cli.BREAKS):
            faults.append(f"plan could not be made: {outcome}")
        else:
            report = outcome.json
            failure = report["failure"]
            faults += compare_effects(report, before, after, truncated)
            faults += compare_rows(own_home.work / "out.plan", before, after)
            faults += compare_sequences(report, before, after)
            faults += compare_end(report, outcome, ran, subject.script.statements)
        faults += [f"left behind: {left}" for left in own_home.left_behind()]
        if faults:
            raise Mismatch("\n".join([f"PGREHEARSE_SEED={seed} does not hold:", *faults, subject.story(),
                                      f"-- psql: exit status {ran.returncode}\n{ran.stderr}\n-- the rehearsal: {failure}"]))
        return ran
    finally:
        subject.drop()
        if home is None:
            own_home.remove()


def compare_effects(report, before, after, truncated=None):
    """`truncated` are the names of the tables that were; None where nobody looked."""
    expected = dump.difference(before, after)
    found, faults = {}, []
    for entry in report["effects"]:
        name = entry["table"]
        if name in found:
            faults.append(f"{name} stands twice in effects[]")
        found[name] = dump.Effect(entry["inserted"], entry["updated"], entry["deleted"])
        if found[name] == dump.Effect() and not entry["truncated"]:
            faults.append(f"{name} stands in effects[] without any")
        same = name in before.tables and name in after.tables and before.tables[name].oid == after.tables[name].oid
        if truncated is not None and same and entry["truncated"] != (name in truncated):
            faults.append(f"{name}: truncated is {entry['truncated']}, in truth {name in truncated}")
    for name in sorted(expected.keys() | found.keys()):
        wanted, got = expected.get(name, dump.Effect()), found.get(name, dump.Effect())
        if wanted != got:
            faults.append(f"{name}: expected {wanted}, got {got}")
    faults += [f"{name} was truncated, and effects[] does not say so" for name in (truncated or set()) - found.keys()
               if name in after.tables and before.tables[name].oid == after.tables[name].oid]
    return faults


def compare_rows(plan, before, after):
    """The changeset holds the very rows, before and after, and no others."""
    by_table = collections.defaultdict(list)
    for change in plan_file.changes(plan):
        by_table[change.relation.table].append((change.before, change.after))
    faults = []
    for name, changes in by_table.items():
        if name not in before.tables and name not in after.tables:
            faults.append(f"{name}: rows of a table that is in neither dump")
            continue
        faults += [f"{name}: {fault}" for fault in dump.replay(before.tables.get(name), after.tables.get(name), changes)]
    return faults


def compare_sequences(report, before, after):
    faults = []
    told = {entry["name"]: entry for entry in report["sequences"]}
    for name in before.sequences.keys() & after.sequences.keys():
        if before.sequences[name] == after.sequences[name] and name in told:
            faults.append(f"sequence {name} did not move: {told[name]}")
        if before.sequences[name] != after.sequences[name] and name not in told:
            faults.append(f"sequence {name} moved from {before.sequences[name]} to {after.sequences[name]}, and nothing is said")
    return faults


def compare_end(report, outcome, ran, statements):
    """Where the script ended, with what verdict, and that statements stand where the report says."""
    faults = []
    failed = report["failure"] is not None
    if failed != (ran.returncode != 0):
        faults.append(f"psql ended with {ran.returncode} ({ran.stderr[-300:]}), the rehearsal with {report['failure']}")
    elif failed and report["failure"]["message"] not in ran.stderr:
        faults.append(f"psql failed with {ran.stderr[-300:]}, the rehearsal with {report['failure']}")
    if failed and (outcome.exit != cli.BREAKS or report["verdict"] != "breaks"):
        faults.append(f"a script that fails breaks the contract, and the verdict is {report['verdict']}")
    if (report["verdict"] == "keeps") != (outcome.exit == cli.KEEPS):
        faults.append(f"verdict {report['verdict']} with exit status {outcome.exit}")
    for entry in report["statements"]:
        number, line = entry["number"], entry["line"]
        if not 1 <= number <= len(statements) or statements[number - 1].line != line:
            faults.append(f"statement {number} does not stand in line {line}: {entry['words']}")
    return faults
