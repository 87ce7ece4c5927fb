"""The oracle: full dumps of every table, and their difference by the law of issue "Rehearse".

It shares nothing with pgrehearse but the law. Rows are read with COPY, so values are PostgreSQL's own text output and
NULL cannot be confused with anything.
"""

import collections
import dataclasses
import io

# Names are compared as they are spelled, values as text: everything that changes the text is pinned.
SETTINGS = """
SET search_path = pg_catalog; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres';
SET extra_float_digits = 1; SET bytea_output = 'hex'; SET row_security = off; SET client_encoding = 'UTF8';
SET lc_monetary = 'C'; SET xmloption = 'content';
"""

HIDDEN = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgrehearse', 'oracle')"

TABLES = f"""
SELECT c.oid::int8, n.nspname || '.' || c.relname,
       format('%I.%I', n.nspname, c.relname),
       (SELECT array_agg(ARRAY[a.attnum::text, a.attname, quote_ident(a.attname), a.attgenerated::text] ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       (SELECT i.indkey::int2[]::int[] FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND {HIDDEN}
 ORDER BY 2
"""

SEQUENCES = f"""
SELECT n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {HIDDEN} ORDER BY 1
"""

NULL = r"\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"})


@dataclasses.dataclass(frozen=True)
class Column:
    number: int
    name: str
    generated: bool


@dataclasses.dataclass
class Table:
    oid: int
    name: str
    columns: list
    key: list  # attribute numbers of the primary key; empty: none
    rows: list  # tuples of COPY text values, in the order of `columns`


@dataclasses.dataclass
class Dump:
    tables: dict  # "schema.table" → Table
    sequences: dict  # "schema.name" → (last_value, is_called)

    def values(self):
        """What may be compared for equality of two dumps."""
        tables = {name: (table.oid, tuple(table.columns), tuple(table.key), sorted(table.rows))
                  for name, table in self.tables.items()}
        return tables, self.sequences


@dataclasses.dataclass(frozen=True)
class Effect:
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


def take(connection):
    """Dumps the database that a superuser's autocommit connection is in."""
    cursor = connection.cursor()
    cursor.execute(SETTINGS)
    cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    cursor.execute(TABLES)
    tables = {}
    for oid, name, quoted, attributes, key in cursor.fetchall():
        columns = [Column(int(number), column, generated != "") for number, column, _, generated in attributes or []]
        names = ", ".join(attribute[2] for attribute in attributes or [])
        tables[name] = Table(oid, name, columns, key or [], _rows(cursor, f"SELECT {names} FROM ONLY {quoted}", columns))
    cursor.execute(SEQUENCES)
    sequences = {}
    for name, quoted in cursor.fetchall():
        cursor.execute(f"SELECT last_value, is_called FROM {quoted}")
        sequences[name] = cursor.fetchone()
    cursor.execute("COMMIT")
    return Dump(tables, sequences)


def _rows(cursor, query, columns):
    buffer = io.StringIO(newline="")
    cursor.copy_expert(f"COPY ({query}) TO STDOUT", buffer)
    lines = buffer.getvalue().split("\n")[:-1]
    return [tuple(line.split("\t")) if columns else () for line in lines]


def difference(before, after):
    """{"schema.table": Effect} of every table that differs."""
    found = {}
    for name in sorted(before.tables.keys() | after.tables.keys()):
        effect = table_difference(before.tables.get(name), after.tables.get(name))
        if effect != Effect():
            found[name] = effect
    return found


def table_difference(old, new):
    """Rows of a table with a primary key are the same by key, without one by all of their values."""
    columns = _pair_columns(old, new)
    old_rows, new_rows = _project(old, [pair[0] for pair in columns]), _project(new, [pair[1] for pair in columns])
    key = _key(old, new, columns)
    compared = [index for index, pair in enumerate(columns) if not _is_generated(pair)]
    old_groups, new_groups = _group(old_rows, key, compared), _group(new_rows, key, compared)
    if not key:  # one group with all rows
        return _multiset_difference(old_groups.get((), []), new_groups.get((), []))
    inserted = updated = deleted = 0
    for group in old_groups.keys() | new_groups.keys():
        effect = _multiset_difference(old_groups.get(group, []), new_groups.get(group, []))
        both = min(effect.inserted, effect.deleted)
        inserted, updated, deleted = inserted + effect.inserted - both, updated + both, deleted + effect.deleted - both
    return Effect(inserted, updated, deleted)


def _pair_columns(old, new):
    """[(column before or None, column after or None)]: by number in the same table, by name in one that took its name."""
    if old is None or new is None:
        table = old or new
        return [(column if old else None, column if new else None) for column in table.columns]
    by = (lambda column: column.number) if old.oid == new.oid else (lambda column: column.name)
    after = {by(column): column for column in new.columns}
    pairs = [(column, after.pop(by(column), None)) for column in old.columns]
    return pairs + [(None, column) for column in after.values()]


def _is_generated(pair):
    return all(column is None or column.generated for column in pair)


def _key(old, new, pairs):
    """Positions in `pairs` of the primary key: the one before, or else the one after."""
    if old is not None and old.key:
        numbers, side = old.key, 0
    elif new is not None and new.key:
        numbers, side = new.key, 1
    else:
        return []
    position = {pair[side].number: index for index, pair in enumerate(pairs) if pair[side] is not None}
    return [position[number] for number in numbers]


def _project(table, columns):
    """The table's rows with exactly these columns; one that it does not have is NULL."""
    if table is None:
        return []
    position = {column.number: index for index, column in enumerate(table.columns)}
    picks = [position[column.number] if column is not None else None for column in columns]
    return [tuple(NULL if pick is None else row[pick] for pick in picks) for row in table.rows]


def _group(rows, key, compared):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row[index] for index in key)].append(tuple(row[index] for index in compared))
    return groups


def replay(old, new, changes):
    """Faults of a table's net changes: each image has to be a row of its dump, and rows before plus changes the rows after.

    `changes` are (before, after) pairs of rows as text values, None where there is none.
    """
    pairs, key = _pair_columns(old, new), _key(old, new, _pair_columns(old, new))
    columns = [pair for pair in pairs if not _is_generated(pair)]
    width = len(next(image for image in changes[0] if image is not None))
    if width != len(columns):  # generated columns stand in a row only where they are part of its key
        columns = [pair for index, pair in enumerate(pairs) if not _is_generated(pair) or index in key]
    if width != len(columns):
        return [f"rows have {width} columns in place of {len(columns)}"]
    before = collections.Counter(_project(old, [pair[0] for pair in columns]))
    after = collections.Counter(_project(new, [pair[1] for pair in columns]))
    gone = collections.Counter(_as_copied(change[0]) for change in changes if change[0] is not None)
    come = collections.Counter(_as_copied(change[1]) for change in changes if change[1] is not None)
    faults = [f"no such row before: {row}" for row in gone - before]
    faults += [f"no such row after: {row}" for row in come - after]
    if not faults and before - gone + come != after:
        faults.append("the rows before and the changes do not make the rows after")
    return faults[:5]


def _as_copied(row):
    """Text values as COPY writes them."""
    return tuple(NULL if value is None else value.translate(ESCAPES) for value in row)


def _multiset_difference(old_rows, new_rows):
    old_count, new_count = collections.Counter(old_rows), collections.Counter(new_rows)
    return Effect(inserted=sum((new_count - old_count).values()), deleted=sum((old_count - new_count).values()))
