"""What a run did to a database, as a difference of dumps in which runs of the same script are equal: values that every run
makes anew (numbers drawn from sequences, the clock, random tokens) are left out, and where a row refers to another by such a
value, the other's contents stand in its place."""

import collections
import datetime
import json
import re

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

# Columns of partitions and what they are in their root: the root's default fills them.
LEAVES = """
SELECT n.nspname || '.' || c.relname, a.attnum::int, m.nspname || '.' || p.relname, b.attnum::int
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = pg_partition_root(c.oid)
  JOIN pg_namespace m ON m.oid = p.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_attribute b ON b.attrelid = p.oid AND b.attname = a.attname WHERE c.relispartition AND c.relkind = 'r'
"""

# Columns that refer though no key says so, in apply_grounds.NAMES; and what stands for JSON of a whole row there.
REFERRING = {"row_id": "public.acc_id_seq"}
IMAGE = "image"
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SET = re.compile(r"setval\('([^']+)'|ALTER SEQUENCE (.+?) RESTART")


class Columns(dict):
    """(table, attribute number): sequence. `owners`: the columns that the sequences were made for, by sequence: of tables, or of all
    partitions of one. `are_set`: sequences that the script sets, so that nothing tells what was drawn from them."""

    def __init__(self, columns, owners, are_set=()):
        super().__init__(columns)
        self.owners, self.are_set = owners, are_set


def drawn_columns(connection, script):
    """{(table, attribute number): sequence}: all, and those of sequences that the script does not set, whose numbers are its own."""
    are_set = {name.replace('"', "") for names in SET.findall(script) for name in names}
    cursor = connection.cursor()
    cursor.execute(DRAWN)
    found, keys, owners = {}, [], {}
    for table, number, sequence, parent, of_parent in cursor.fetchall():
        if sequence:
            found[table, number] = sequence
            owners[sequence] = {(table, number)}
        else:
            keys.append(((table, number), (parent, of_parent)))
    cursor.execute(LEAVES)
    for table, number, root, of_root in cursor.fetchall():
        sequence = found.get((root, of_root))
        if sequence and (root, of_root) in owners[sequence]:
            found[table, number] = sequence
            owners[sequence].add((table, number))
    for _ in range(5):
        for own, other in keys:
            if other in found:
                found.setdefault(own, found[other])
    own = {column: sequence for column, sequence in found.items() if sequence not in are_set}
    return Columns(found, owners, are_set), Columns(own, owners)


def net(before, after, drawn):
    """What a run did: per table the rows that went and those that came."""
    effects, names = {}, Names(before, after, drawn)
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
            masked[tuple(names.mask(name, column, value, known[i])
                         for i, (column, value) in enumerate(zip(new.columns, row)))] += many
        effects[name] = (frozenset(gone.items()), frozenset(masked.items()))
    return effects


def sequences_set(before, after):
    """Sequences that no number of draws in these trials takes so far."""
    return {f"sequence {name}": "set" for name, (value, _) in after.sequences.items()
            if abs(value - before.sequences.get(name, (value, True))[0]) >= 100_000}


def beyond(total, alone):
    """What is in one net effect and not in another that it includes. Values that a writer's own triggers drew lie elsewhere where
    the script drew before it: so both are counted from the rows before, and never one from the other's."""
    effects = {}
    for name in total.keys() | alone.keys():
        if isinstance(total.get(name), str) or isinstance(alone.get(name), str):
            effects[name] = total.get(name, "table")
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


class Names:
    """What rows of one run are called: by their contents, where their keys are made anew."""

    def __init__(self, before, after, drawn):
        self.before, self.after, self.drawn = before, after, drawn
        self.called = {}
        self.uuids = {value for table in before.tables.values() for row in table.rows for value in row if UUID.fullmatch(value)}

    def mask(self, table, column, value, known, deep=True):
        sequence = self.drawn.get((table, column.number)) or REFERRING.get(column.name)
        if sequence and self.was_drawn(sequence, value):
            return "(drawn)" if not deep or (table, column.number) in self.drawn.owners.get(sequence, ()) else self.name(sequence, value)
        if value not in known and self.is_now(value):
            return "(clock)"
        if column.name == "token" and value not in known:
            return "(random)"
        if UUID.fullmatch(value) and value not in self.uuids:
            return "(random)" if not deep or column.number == 1 and table != "public.shares" else self.person(value)
        if column.name == IMAGE and value.startswith("{") and value not in known:
            return self.mask_image(value) if deep else "(image)"
        return value

    def was_drawn(self, sequence, value):
        if not value.lstrip("-").isdigit():
            return False
        if sequence in self.drawn.are_set:
            return True
        (low, called), (high, _) = self.before.sequences.get(sequence, (0, True)), self.after.sequences.get(sequence, (0, True))
        return low + (1 if called else 0) <= int(value) <= high

    @staticmethod
    def is_now(value):
        return value[:10] in (str(datetime.date.today()), str(datetime.datetime.now(datetime.timezone.utc).date()))

    def mask_image(self, value):
        image = json.loads(value)
        for key, inner in image.items():
            if key == "id" and self.was_drawn("public.acc_id_seq", str(inner)):
                image[key] = self.name("public.acc_id_seq", str(inner))
            elif self.is_now(str(inner)):
                image[key] = "(clock)"
        return json.dumps(image, sort_keys=True)

    def name(self, sequence, value):
        called = [self.row_called(*owner, value) for owner in sorted(self.drawn.owners.get(sequence, ())) if owner[0] in self.after.tables]
        return next(filter(None, called), None) or f"{value}, which nobody is called"

    def person(self, value):
        return self.row_called("public.people", 1, value) if "public.people" in self.after.tables else "(random)"

    def row_called(self, table, number, value):
        """The contents of the row whose key it is."""
        if (table, number) not in self.called:
            rows, columns = self.after.tables[table].rows, self.after.tables[table].columns
            at = [column.number for column in columns].index(number)
            self.called[table, number] = {
                row[at]: "(" + ", ".join(self.mask(table, column, inner, (), deep=False) for column, inner in zip(columns, row)) + ")"
                for row in rows}
        return self.called[table, number].get(value)
