"""Random statements that change tables as such."""

import rows
import values
from rows import not_audit
from values import identifier, literal
from workshop import Statement


def _any_type(shop):
    return shop.rng.choice(list(values.TYPES))


def truncate(shop):
    first, second = shop.pick_table(), shop.pick_table()
    if not first:
        return None
    names = first.sql + (f", {second.sql}" if first is not second and shop.rng.random() < 0.3 else "")
    identity, cascade = shop.rng.choice(["", " RESTART IDENTITY", " CONTINUE IDENTITY"]), shop.rng.choice(["", " CASCADE"])
    return Statement(f"TRUNCATE {names}{identity}{cascade}")


def drop(shop):
    table = shop.pick_table(not_audit)
    return table and Statement(f"DROP TABLE {shop.rng.choice(['', 'IF EXISTS '])}{table.sql}{shop.rng.choice(['', ' CASCADE'])}")


def drop_schema(shop):
    table = shop.pick_table(lambda t: t.schema != "public")
    return table and Statement(f"DROP SCHEMA {identifier(table.schema)} CASCADE")


def add_column(shop):
    table = shop.pick_table()
    if not table:
        return None
    kind = _any_type(shop)
    name = identifier(f"new {shop.fresh()}")
    default = shop.rng.choice([
        "", f" DEFAULT {literal(values.of_type(shop.rng, kind), kind)}",
        f" DEFAULT {literal(values.of_type(shop.rng, kind, nullable=False), kind)} NOT NULL",
    ])
    if shop.rng.random() < 0.15:
        kind, default = "integer", " GENERATED ALWAYS AS (3) STORED"
    return Statement(f"ALTER TABLE {table.sql} ADD COLUMN {name} {kind}{default}")


def drop_column(shop):
    table = shop.pick_table(not_audit)
    if not table or len(table.columns) < 2:
        return None
    return Statement(f"ALTER TABLE {table.sql} DROP COLUMN {shop.rng.choice(table.columns).sql}{shop.rng.choice(['', ' CASCADE'])}")


def rename_column(shop):
    table = shop.pick_table(lambda t: not_audit(t) and not t.is_partition)
    if not table:
        return None
    return Statement(f"ALTER TABLE {table.sql} RENAME COLUMN {shop.rng.choice(table.columns).sql} TO {identifier(f'renamed {shop.fresh()}')}")


def change_type(shop):
    table = shop.pick_table(not_audit)
    if not table:
        return None
    column = shop.rng.choice(table.columns)
    wanted = {"integer": ["bigint", "text", "numeric"], "smallint": ["integer", "numeric(8,3)"],
              "text": ["character varying", "bytea USING convert_to({0}, 'UTF8')"],
              "bigint": ["numeric", "text"], "json": ["jsonb"], "numeric": ["text"], "boolean": ["text"]}.get(column.type, ["text"])
    kind = shop.rng.choice(wanted)
    kind = kind.format(column.sql) if "USING" in kind else f"{kind} USING {column.sql}::{kind}"
    return Statement(f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql} TYPE {kind}")


def rename_table(shop):
    table = shop.pick_table(not_audit)
    return table and Statement(f"ALTER TABLE {table.sql} RENAME TO {identifier(f'renamed {shop.fresh()}')}")


def move_to_schema(shop):
    table, other = shop.pick_table(not_audit), shop.pick_table()
    return table and Statement(f"ALTER TABLE {table.sql} SET SCHEMA {identifier(other.schema)}")


def swap(shop):
    """Two tables change names."""
    one, two = shop.pick_table(not_audit), shop.pick_table(not_audit)
    if not one or one is two or one.schema != two.schema:
        return None
    return Statement(f"ALTER TABLE {one.sql} RENAME TO passing", f"ALTER TABLE {two.sql} RENAME TO {identifier(one.name)}",
                     f"ALTER TABLE {identifier(one.schema)}.passing RENAME TO {identifier(two.name)}")


def replace(shop):
    """A table made anew under its old name from some of its rows."""
    table = shop.pick_table(lambda t: not_audit(t) and t.kind == "r" and not t.is_partition)
    if not table:
        return None
    names = ", ".join(c.sql for c in table.columns if not c.generated)
    where = rows.condition(shop, table)
    key = f"ALTER TABLE {table.sql} ADD PRIMARY KEY ({', '.join(map(identifier, table.key))})"
    return Statement(f"CREATE TABLE public.keeping AS SELECT {names} FROM {table.sql} WHERE {where}",
                     f"DROP TABLE {table.sql} CASCADE",
                     f"ALTER TABLE public.keeping SET SCHEMA {identifier(table.schema)}",
                     f"ALTER TABLE {identifier(table.schema)}.keeping RENAME TO {identifier(table.name)}",
                     *([key] if table.key and shop.rng.random() < 0.6 else []))


def create_as(shop):
    table = shop.pick_table()
    if not table:
        return None
    unlogged = shop.rng.choice(["", "UNLOGGED "])
    data = shop.rng.choice(["", "", " WITH NO DATA"])
    return Statement(f"CREATE {unlogged}TABLE public.{identifier(f'made {shop.fresh()}')} AS SELECT * FROM {table.sql} "
                     f"WHERE {rows.condition(shop, table)}{data}")


def select_into(shop):
    table = shop.pick_table()
    return table and Statement(f"SELECT * INTO {shop.rng.choice(['', 'UNLOGGED '])}public.{identifier(f'made {shop.fresh()}')} FROM {table.sql}")


def create(shop):
    name = f"public.{identifier(f'created {shop.fresh()}')}"
    unlogged = shop.rng.choice(["", "UNLOGGED "])
    key = shop.rng.choice(["PRIMARY KEY", "", "GENERATED ALWAYS AS IDENTITY PRIMARY KEY"])
    target = shop.pick_table(lambda t: len(t.key) == 1)
    reference = ""
    if target and shop.rng.random() < 0.4:
        reference = f", ref {target.column(target.key[0]).type} REFERENCES {target.sql} ON DELETE CASCADE"
    return Statement(f"CREATE {unlogged}TABLE {name} (id integer {key}, note text{reference})",
                     f"INSERT INTO {name} {'' if 'IDENTITY' in key else '(id, note) '}"
                     + ("DEFAULT VALUES" if "IDENTITY" in key else f"SELECT g, repeat('n', g) FROM generate_series(1, {shop.rng.randint(0, 9)}) g"))


def set_logged(shop):
    table = shop.pick_table(lambda t: t.kind == "r")
    return table and Statement(f"ALTER TABLE {table.sql} SET {shop.rng.choice(['LOGGED', 'UNLOGGED'])}")


def detach(shop):
    table = shop.pick_table(lambda t: t.is_partition)
    parent = table and shop.pick_table(lambda t: t.kind == "p")
    return parent and Statement(f"ALTER TABLE {parent.sql} DETACH PARTITION {table.sql}")


def attach(shop):
    parent = shop.pick_table(lambda t: t.kind == "p" and any(c.name == "part" for c in t.columns))
    if not parent:
        return None
    name = f"public.{identifier(f'attached {shop.fresh()}')}"
    return Statement(f"CREATE TABLE {name} (LIKE {parent.sql} INCLUDING ALL)",
                     f"ALTER TABLE {parent.sql} ATTACH PARTITION {name} FOR VALUES FROM (30) TO (35)")


def key_change(shop):
    table = shop.pick_table(lambda t: not_audit(t) and not t.is_partition)
    if not table:
        return None
    if table.key:
        return Statement("DO $$ DECLARE k text; BEGIN SELECT quote_ident(conname) INTO k FROM pg_catalog.pg_constraint "
                         f"WHERE conrelid = {values.quote(table.sql)}::regclass AND contype = 'p'; "
                         f"EXECUTE {values.quote('ALTER TABLE ' + table.sql + ' DROP CONSTRAINT ')} || k || ' CASCADE'; END $$")
    return Statement(f"ALTER TABLE {table.sql} ADD COLUMN {identifier(f'key {shop.fresh()}')} integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")


def key_from_columns(shop):
    """A primary key over a column that is there already."""
    table = shop.pick_table(lambda t: not t.key and not t.is_partition)
    return table and Statement(f"ALTER TABLE {table.sql} ADD PRIMARY KEY ({shop.rng.choice(table.columns).sql})")


def change_of_a_type(shop):
    """Changes how stored values read, without touching a row."""
    return Statement(shop.rng.choice([
        f"ALTER TYPE public.mood RENAME VALUE {values.quote(shop.rng.choice(values.MOODS))} TO {values.quote(f'renamed {shop.fresh()}')}",
        f'ALTER TYPE public."Pair" ADD ATTRIBUTE {identifier(f"more {shop.fresh()}")} integer', 'ALTER TYPE public."Pair" DROP ATTRIBUTE number',
    ]))


def defaults_and_more(shop):
    table = shop.pick_table()
    if not table:
        return None
    column = shop.rng.choice(table.columns)
    return Statement(f"ALTER TABLE {table.sql} " + shop.rng.choice([
        f"ALTER {column.sql} DROP NOT NULL", f"ALTER {column.sql} SET DEFAULT NULL", "DISABLE TRIGGER USER", "REPLICA IDENTITY NOTHING",
        f"ADD CHECK ({column.sql} IS NOT NULL) NOT VALID", "DISABLE ROW LEVEL SECURITY", f"ALTER {column.sql} SET NOT NULL",
    ]))


def rewrite(shop):
    table = shop.pick_table(lambda t: t.kind == "r" and t.key)
    if not table or shop.in_transaction:
        return None
    return Statement(f"VACUUM FULL {table.sql}")


def views(shop):
    if shop.materialized and shop.rng.random() < 0.7:
        return Statement(f"REFRESH MATERIALIZED VIEW {shop.rng.choice(shop.materialized)}")
    table = shop.pick_table()
    return table and Statement(f"CREATE MATERIALIZED VIEW public.{identifier(f'seen {shop.fresh()}')} AS SELECT * FROM {table.sql}")


WAYS = [(truncate, 5), (drop, 3), (drop_schema, 0.3), (add_column, 4), (drop_column, 3), (rename_column, 3), (change_type, 4),
        (rename_table, 3), (move_to_schema, 1), (swap, 1), (replace, 2), (create_as, 3), (select_into, 2), (create, 3),
        (set_logged, 1), (detach, 1), (attach, 1), (key_change, 1), (key_from_columns, 0.5),
        (change_of_a_type, 0.4), (defaults_and_more, 2), (rewrite, 1), (views, 1)]
