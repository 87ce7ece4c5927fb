"""Grounds for the laws of undo on which keys are all there is to it: its role has what the README grants, and may not silence a trigger."""

import contextlib
import random

import control
import exact
import rows
import schema
import undo
from values import identifier
from workshop import Workshop

MENDER = "mender"

# Which tables a role reads besides those that it writes: at the other end of their foreign keys, or of their partitioned tables'.
NEIGHBOURS = """
WITH RECURSIVE written AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ANY (%(written)s)
  UNION
  SELECT i.inhparent FROM written JOIN pg_inherits i ON i.inhrelid = written.oid)
SELECT DISTINCT t.oid::regclass::text FROM pg_constraint k CROSS JOIN LATERAL (VALUES (k.conrelid), (k.confrelid)) AS t(oid)
 WHERE k.contype = 'f' AND (k.conrelid IN (TABLE written) OR k.confrelid IN (TABLE written))
"""


class Keys(schema.Maker):
    """Tables without triggers, that hang on one another and on themselves in every way."""

    def foreign_key(self, columns):
        constraints = super().foreign_key(columns)
        if constraints and self.rng.random() < 0.15:
            columns[-1] += " NOT NULL"
        return constraints

    def close_a_cycle(self):
        for _ in range(self.rng.randint(1, 5)):
            keyed = [table for table in self.own_tables() if table.key]
            if not keyed:
                return
            early, late = self.rng.choice(keyed), self.rng.choice(keyed)
            self.refer(early, late)

    def refer(self, early, late):
        number = self.shop.fresh()
        if self.rng.random() < 0.3 and late.kind == "r":
            columns = [f"code{number}"]
            self.run(f"ALTER TABLE {late.sql} ADD COLUMN code{number} public.positive UNIQUE")
            late = self.shop_table(late.sql)
        else:
            columns = late.key
        own = [f"back{number}_{index}" for index in range(len(columns))]
        for column, name in zip(own, columns):
            self.run(f"ALTER TABLE {early.sql} ADD COLUMN {column} {late.column(name).type}")
        deferral = self.rng.choice(["", "", "DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE"])
        self.run(f"ALTER TABLE {early.sql} ADD {self.reference(own, late, deferral, columns)}")

    def decorate(self):
        for table in self.own_tables():
            for chance, way in ((0.25, self.unique), (0.1, self.drop_a_column), (0.1, self.identity_of_replica)):
                if self.rng.random() < chance:
                    way(table)


class Rows(undo.Rows):
    """Rows that are written by a script's own statements, keys enforced."""

    KINDS = [(rows.WAYS, 9), ([(control.do_block, 2), (control.exception_block, 1), (control.loop, 1), (control.constraints_mode, 1)], 1)]


class Ground(undo.Ground):
    """Half of the databases' owners undo by themselves, for the others a role does that may no more than it needs."""

    # That keys which act would take a value's going from one row to another for its end.
    EXCUSES = ("would follow the first", "follow those that are taken out")

    def create_roles(self, server_):
        exact.create_roles(server_)
        server_.execute(f"CREATE ROLE {MENDER} LOGIN")

    def subject(self, server_, seed):
        return exact.Subject(server_, seed, Rows, Keys, random.Random(f"role {seed}").choice(exact.ROLES))

    def undoing(self, server_, subject, effects):
        if subject.seed % 2:
            return subject.role
        written = sorted(entry["table"] for entry in effects)
        with contextlib.closing(server_.connect(subject.database)) as connection:
            shop = Workshop(connection, subject.rng, server_.major)
            for schema_ in {table.schema for table in shop.tables}:
                shop.cursor.execute(f"GRANT USAGE ON SCHEMA {identifier(schema_)} TO {MENDER}")
            for table in shop.tables:
                if f"{table.schema}.{table.name}" in written:
                    shop.cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.sql} TO {MENDER}")
            shop.cursor.execute(NEIGHBOURS, {"written": written})
            for name, in shop.cursor.fetchall():
                shop.cursor.execute(f"GRANT SELECT ON {name} TO {MENDER}")
        return MENDER


GROUND = Ground()
