"""The database in which schemas and scripts are tried out while they are made.

The generator keeps no model of its own: after every statement it looks at the catalogs, so that it cannot drift away
from what PostgreSQL made of them.
"""

import dataclasses
import io
import itertools

import psycopg2

from values import identifier, of_type

TABLES = """
SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.relpersistence::text, c.relispartition,
       EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid),
       (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a
           ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary)::text[]
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""

COLUMNS = """
SELECT a.attrelid::int8, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
       a.attidentity::text, a.atthasdef
  FROM pg_attribute a WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
"""

FOREIGN_KEYS = """
SELECT k.conrelid::int8, k.confrelid::int8,
       (SELECT array_agg(a.attname ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n)::text[],
       (SELECT array_agg(a.attname ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n)::text[]
  FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname COLLATE "C"
"""

OTHERS = """
SELECT c.relkind::text, format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('S', 'v', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""


@dataclasses.dataclass
class Column:
    name: str
    type: str
    not_null: bool
    generated: bool
    identity: str  # 'a' always, 'd' by default, '' none
    has_default: bool

    @property
    def sql(self):
        return identifier(self.name)

    @property
    def writable(self):
        return not self.generated and self.identity != "a"


@dataclasses.dataclass
class Table:
    oid: int
    schema: str
    name: str
    kind: str
    persistence: str
    is_partition: bool
    has_children: bool
    key: list
    columns: list = dataclasses.field(default_factory=list)
    references: list = dataclasses.field(default_factory=list)  # (own columns, target oid, its columns)

    @property
    def sql(self):
        return identifier(self.schema) + "." + identifier(self.name)

    def column(self, name):
        return next(column for column in self.columns if column.name == name)


class Statement:
    """One statement of a script, or several that belong together, without semicolons; COPY … FROM STDIN has lines of data."""

    def __init__(self, *parts, data=None):
        self.parts = parts
        self.data = data

    @property
    def sql(self):
        return ";\n".join(self.parts)


class Workshop:
    def __init__(self, connection, rng, major):
        self.connection = connection
        self.cursor = connection.cursor()
        self.cursor.execute("SET client_min_messages = error")
        self.rng = rng
        self.major = major
        self.numbers = itertools.count(1)
        self.look()

    def fresh(self):
        """A number that no name and no key has used yet."""
        return next(self.numbers)

    def look(self):
        """Reads the catalogs again, in a failed transaction not at all."""
        if self.connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR:
            return
        self.cursor.execute("SELECT pg_catalog.current_setting('search_path')")
        path = self.cursor.fetchone()[0]
        self.cursor.execute("SELECT pg_catalog.set_config('search_path', '', false)")
        self.cursor.execute(TABLES)
        by_oid = {row[0]: Table(*row[:7], row[7] or []) for row in self.cursor.fetchall()}
        self.cursor.execute(COLUMNS, (list(by_oid),))
        for oid, *column in self.cursor.fetchall():
            by_oid[oid].columns.append(Column(*column))
        self.cursor.execute(FOREIGN_KEYS)
        for oid, target, own, others in self.cursor.fetchall():
            if oid in by_oid and target in by_oid:
                by_oid[oid].references.append((own, by_oid[target], others))
        self.cursor.execute(OTHERS)
        others = self.cursor.fetchall()
        self.sequences, self.views, self.materialized = ([name for kind, name in others if kind == k] for k in "Svm")
        self.tables = [table for table in by_oid.values() if table.columns]
        self.cursor.execute("SELECT pg_catalog.set_config('search_path', %s, false)", (path,))

    @property
    def in_transaction(self):
        return self.connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE

    def run(self, statement):
        if statement.data is None:
            self.cursor.execute(statement.sql)
        else:
            self.cursor.copy_expert(statement.sql, io.StringIO(statement.data, newline=""))

    def try_out(self, statement, guarded=True):
        """True where the statement succeeded; one that failed has changed nothing. `guarded` is for use in transactions."""
        guarded = guarded and self.in_transaction
        try:
            if guarded:
                self.cursor.execute("SAVEPOINT of_workshop")
            self.run(statement)
            if guarded:
                self.cursor.execute("RELEASE of_workshop")
        except psycopg2.Error:
            if guarded:
                self.cursor.execute("ROLLBACK TO of_workshop; RELEASE of_workshop")
            return False
        self.look()
        return True

    def sample(self, table, names, limit=60):
        """Values that exist in these columns, as text, in an order of their own."""
        columns = ", ".join(f"{identifier(name)}::text" for name in names)
        spread = ", ".join(f'{identifier(name)}::text COLLATE "C"' for name in names)
        try:
            self.cursor.execute("SAVEPOINT sampling" if self.in_transaction else "SELECT 1")
            self.cursor.execute(f"SELECT DISTINCT {columns} FROM {table.sql} ORDER BY {spread} LIMIT {limit}"
                                if len(names) == 1 else f"SELECT {columns} FROM {table.sql} ORDER BY {spread} LIMIT {limit}")
            return self.cursor.fetchall()
        except psycopg2.Error:
            if self.in_transaction:
                self.cursor.execute("ROLLBACK TO sampling")
            return []

    def pick_table(self, wanted=lambda table: True):
        fitting = [table for table in self.tables if wanted(table)]
        return self.rng.choice(fitting) if fitting else None

    def value(self, column, table):
        """A value for a column that references nothing."""
        rng = self.rng
        if column.name == "part":
            return str(rng.randint(0, 39))
        if column.name == "kind":
            return rng.choice("abcde")
        return of_type(rng, column.type, nullable=not column.not_null and column.name not in table.key)
