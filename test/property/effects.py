"""What a run did to a database, as a difference of dumps in which runs of the same script are equal: values that every run
makes anew (numbers drawn from sequences, the clock, random tokens) are left out."""

import collections
import datetime
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


SET = re.compile(r"setval\('([^']+)'|ALTER SEQUENCE (.+?) RESTART")


def drawn_columns(connection, script):
    """{(table, attribute number): sequence}: all, and those of sequences that the script does not set, whose numbers are its own."""
    are_set = {name.replace('"', "") for names in SET.findall(script) for name in names}
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
    return found, {column: sequence for column, sequence in found.items() if sequence not in are_set}


def net(before, after, drawn):
    """What a run did: per table the rows that went and those that came."""
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
            masked[tuple(_mask(name, column, value, known[i], before, after, drawn)
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


def _mask(table, column, value, known, before, after, drawn):
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
