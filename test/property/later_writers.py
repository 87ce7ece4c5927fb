"""The law "Later writers' rows are never lost": an apply, others who write, and then an undo in each of its modes."""

import collections
import contextlib
import random
import shutil

import alterations
import psycopg2
import undo
from support import cli, dump
from values import identifier, literal
from workshop import Statement

MODES = ("refuse", "skip-changed", "force")

# Rows whose parent is missing, by foreign key: scripts may leave some by switching the keys' triggers off.
KEYS = """
SELECT k.oid::int8, format('%s%s', CASE WHEN c.relkind = 'r' THEN 'ONLY ' END, c.oid::regclass),
       format('%s%s', CASE WHEN p.relkind = 'r' THEN 'ONLY ' END, p.oid::regclass),
       (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(k.conkey) n
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n),
       (SELECT string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND ') FROM unnest(k.conkey, k.confkey) u(n, m)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = m)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conparentid = 0
"""


class Broken(AssertionError):
    """The law does not hold. The message holds everything needed to see it again."""


def take_back(shop, planned=0.6):
    """A row under the key of one that the apply took away."""
    tables = [t for t in shop.touched(lambda t: t.key) if shop.deleted(t)]
    if not tables:
        return None
    table = shop.rng.choice(tables)
    row = shop.rng.choice(shop.deleted(table))
    columns = [c for c in table.columns if not c.generated]
    other = shop.rng.choice([c for c in columns if c.name not in table.key] or [None]) if shop.rng.random() < 0.7 else None
    values = [literal(shop.value(c, table) if c is other else None if row[c.name] == dump.NULL else row[c.name], c.type) for c in columns]
    return Statement(f"INSERT INTO {table.sql} ({', '.join(c.sql for c in columns)}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(values)})")


def set_back(shop, planned=0.6):
    """One column of a row that the apply changed becomes what it was."""
    tables = [t for t in shop.touched(lambda t: t.key) if shop.deleted(t)]
    table = tables and shop.rng.choice(tables)
    payload = [c for c in table.columns if c.writable and c.name not in table.key] if table else []
    if not payload:
        return None
    row, column = shop.rng.choice(shop.deleted(table)), shop.rng.choice(payload)
    where = " AND ".join(f"{identifier(name)}::text = {literal(row[name], 'text')}" for name in table.key)
    value = literal(None if row[column.name] == dump.NULL else row[column.name], column.type)
    return Statement(f"UPDATE {table.sql} SET {column.sql} = {value} WHERE {where}")


WAYS = [*alterations.WRITERS, alterations.any_write, alterations.any_write, take_back, take_back, set_back]


class Shop(alterations.Shop):
    """Prefers rows that the apply has changed, as they are now, and knows those that it took away."""

    def __init__(self, connection, rng, major, before, after):
        gone = {name: collections.Counter(table.rows) for name, table in before.tables.items()}
        come = {name: collections.Counter(table.rows) for name, table in after.tables.items()}
        self.taken = {name: (gone[name] - come[name]).items() for name in gone}
        changed = {name: ((come[name] - gone[name]).items(), ()) for name in gone if gone[name] != come[name]}
        super().__init__(connection, rng, major, changed)

    def deleted(self, table):
        return self.rows_of(table, self.taken.get(f"{table.schema}.{table.name}", ()))


def write(server_, subject, before, after):
    """What others do after the apply, a few statements; returns their SQL."""
    done = []
    rng = random.Random(f"later {subject.seed}")
    with contextlib.closing(server_.connect(subject.database)) as connection:
        shop = Shop(connection, rng, server_.major, before, after)
        shop.numbers = iter(range(5000 + rng.randrange(10**6), 10**9))
        for _ in range(rng.randint(1, 4)):
            for _ in range(8):
                statement = alterations.attempt(shop, rng.choice(WAYS))
                if not statement:
                    continue
                try:
                    shop.cursor.execute("COMMIT")
                    done.append(statement.sql)
                except psycopg2.Error:
                    pass
                break
    return done


def orphans(server_, database):
    """{(key, the row that misses its parent)}"""
    found = set()
    with contextlib.closing(server_.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute("SET search_path = ''; SET row_security = off")
        cursor.execute(KEYS.replace("FROM pg_constraint", "FROM pg_catalog.pg_constraint"))
        for key, child, parent, referring, same in cursor.fetchall():
            cursor.execute(f"SELECT c::text FROM {child} c WHERE {referring} AND NOT EXISTS (SELECT FROM {parent} p WHERE {same})")
            found |= {(key, row) for row, in cursor.fetchall()}
    return found


def by_key(table):
    positions = [[c.number for c in table.columns].index(number) for number in table.key]
    return {tuple(row[at] for at in positions): row for row in table.rows}


class Verdict:
    """What an undo made of rows as they were `before` the apply, `after` it, as others left them (`theirs`), and are `now`."""

    def __init__(self, before, after, theirs, now):
        self.before, self.after, self.theirs, self.now = (d.tables for d in (before, after, theirs, now))
        self.left = 0  # rows that the apply changed and that are not as they were before it
        self.faults = []

    def look(self, mode):
        for name, table in self.before.items():
            if mode == "refuse":
                self.all_is_back(name)
            elif table.key:
                self.by_key(name, mode)
            else:
                self.by_contents(name)
        return self.faults

    def rows(self, name):
        return (collections.Counter(tables[name].rows) for tables in (self.before, self.after, self.theirs, self.now))

    def all_is_back(self, name):
        before, after, theirs, now = self.rows(name)
        expected = collections.Counter(before)
        expected.subtract(after)
        expected.update(theirs)
        if any(many < 0 for many in expected.values()) or +expected != now:
            self.faults.append(f"{name}: too many {list((now - +expected).items())[:3]}, too few {list((+expected - now).items())[:3]}")

    def by_key(self, name, mode):
        before, after, theirs, now = (by_key(tables[name]) for tables in (self.before, self.after, self.theirs, self.now))
        for key in {*before, *after, *theirs, *now}:
            b, a, t, n = (rows.get(key) for rows in (before, after, theirs, now))
            self.left += b != a and n != b
            made_since = a is None and t is not None
            if (t != a if mode == "skip-changed" else made_since) and n != t:
                self.faults.append(f"{name} {key}: others left {t}, and now it is {n}")
            elif n not in (b, t):
                self.faults.append(f"{name} {key}: it was {b}, others left {t}, and now it is {n}")

    def by_contents(self, name):
        before, after, theirs, now = self.rows(name)
        restored, removed = now - theirs, theirs - now
        gone, come = before - after, after - before
        if restored - gone or removed - come:
            self.faults.append(f"{name}: made {list((restored - gone).items())[:3]}, took {list((removed - come).items())[:3]}")
        self.left += (gone - restored).total() + (come - removed).total()


def try_mode(home, server_, url, apply_id, mode, subject, dumps, known_orphans, ground):
    """Returns (outcome, faults)."""
    outcome = home.run("undo", apply_id, "--to", url, "--execute", "--mode", mode, "--format", "json", major=server_.major)
    now = subject.dump()
    before, after, theirs = dumps
    if outcome.exit not in (0, 1) or not outcome.out.startswith("{"):
        refused = ground.excuses(outcome) and outcome.exit == 1
        faults = [] if refused else ["it neither undid nor refused"]
        return outcome, faults + ([] if now.values() == theirs.values() else ["and something was changed"])
    report = outcome.json
    if outcome.exit == 1:
        faults = [] if now.values() == theirs.values() else ["it was refused and changed something"]
        return outcome, faults + ([] if report["conflict_count"] else ["it was refused without a conflict"])
    verdict = Verdict(before, after, theirs, now)
    faults = verdict.look(mode)
    if verdict.left != report["conflict_count"] and mode != "refuse":
        faults.append(f"{verdict.left} rows are not as they were, and {report['conflict_count']} conflicts are told")
    new = orphans(server_, subject.database) - known_orphans
    if new:
        faults.append(f"rows without their parents: {sorted(new)[:3]}")
    return outcome, faults


def check(server_, seed, ground=undo.GROUND):
    """Returns how the undo of the default mode ended and whether the others did something; or why it did not come to an undo."""
    home = cli.Home()
    subject = ground.subject(server_, seed)
    later = f"later_{seed}"
    try:
        known = orphans(server_, subject.database)
        begun = undo.applied(home, server_, subject)
        if isinstance(begun, str):
            return begun
        url = server_.url(subject.database, ground.undoing(server_, subject, begun.effects))
        written = write(server_, subject, begun.before, begun.after)
        theirs = subject.dump()
        if not written:
            return "nobody wrote"
        known |= orphans(server_, subject.database)
        server_.create_database(later, subject.database, subject.role)
        shutil.copytree(home.path / "state", home.root / "state")
        ends = []
        for mode in MODES:
            server_.drop_database(subject.database)
            server_.create_database(subject.database, later, subject.role)
            shutil.rmtree(home.path / "state")
            shutil.copytree(home.root / "state", home.path / "state")
            outcome, faults = try_mode(home, server_, url, begun.id, mode, subject, (begun.before, begun.after, theirs), known, ground)
            if faults:
                raise Broken("\n".join([f"seed {seed}, {mode}: later writers", *faults, str(outcome), subject.story(), "-- others", *written]))
            ends.append("done" if outcome.exit == 0 else "refused")
        return ", ".join(ends)
    finally:
        server_.drop_database(later)
        subject.drop()
        home.remove()
