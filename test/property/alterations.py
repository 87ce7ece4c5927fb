"""One thing that changes in production between a plan and its apply."""

import psycopg2

import rows
from values import identifier, literal
from workshop import Statement

DEFINITIONS = ("trigger", "foreign key")


def _place(shop, table):
    """One row of the table, by its ctid."""
    shop.cursor.execute(f"SELECT ctid::text FROM ONLY {table.sql} ORDER BY ctid")
    places = shop.cursor.fetchall()
    return shop.rng.choice(places)[0] if places else None


def _target(shop, effects, wanted=lambda table: True):
    """A table, more often than not one that the plan changes; partitions for their roots."""
    touched = [t for t in shop.tables if f"{t.schema}.{t.name}" in effects and wanted(t)]
    if touched and shop.rng.random() < 0.8:
        return shop.rng.choice(touched)
    return shop.pick_table(lambda t: t.kind == "r" and wanted(t))


def no_longer_matched(shop, effects):
    table = _target(shop, effects)
    place = table and _place(shop, table)
    return place and Statement(f"DELETE FROM ONLY {table.sql} WHERE ctid = '{place}'")


def changed_column(shop, effects):
    table = _target(shop, effects)
    place = table and _place(shop, table)
    payload = [c for c in table.columns if c.writable and c.name not in table.key] if place else []
    if not payload:
        return None
    column = shop.rng.choice(payload)
    value = f"{column.sql} || 'x'" if column.type == "text" and shop.rng.random() < 0.5 else None
    if column.type in ("integer", "bigint", "numeric"):
        value = f"{column.sql} + 1"
    return Statement(f"UPDATE ONLY {table.sql} SET {column.sql} = "
                     f"{value or literal(shop.value(column, table), column.type)} WHERE ctid = '{place}'")


def also_matched(shop, effects):
    """A row like one that is there, under a key of its own."""
    table = _target(shop, effects)
    place = table and _place(shop, table)
    if not place:
        return None
    columns = [c for c in table.columns if not c.generated]
    if not table.key:
        columns = [c for c in columns if c.identity != "a"]
    picks = []
    for c in columns:
        if c.name in table.key and c.type in ("integer", "bigint", "numeric"):
            picks.append(f"{c.sql} + {500000 + shop.fresh()}")
        elif c.name in table.key and c.type == "text" and c.name != "kind":
            picks.append(f"{c.sql} || '~{shop.fresh()}'")
        elif c.name == "mail":
            picks.append(f"{c.sql} || '+'")
        else:
            picks.append(c.sql)
    names = ", ".join(c.sql for c in columns)
    return Statement(f"INSERT INTO {table.sql} ({names}) OVERRIDING SYSTEM VALUE SELECT {', '.join(picks)} FROM ONLY {table.sql} "
                     f"WHERE ctid = '{place}'")


def cascade_child(shop, effects):
    """A row that hangs on one of a table that the plan changes."""
    child = shop.pick_table(lambda t: any(f"{target.schema}.{target.name}" in effects or target.has_children
                                          for _, target, _ in t.references))
    return child and rows.insert_values(shop, child, 1, plain=True)


def any_write(shop, effects):
    way = shop.rng.choice([rows.update, rows.delete, rows.insert_values, rows.upsert])
    return way(shop)


def altered_trigger(shop, effects):
    table = _target(shop, effects)
    if not table:
        return None
    shop.cursor.execute("SELECT tgname, tgfoid::regprocedure::text FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal ORDER BY tgname",
                        (table.oid,))
    triggers = shop.cursor.fetchall()
    if not triggers or shop.rng.random() < 0.3:
        name = f"public.idle_{shop.fresh()}"
        return Statement(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
                         f"CREATE TRIGGER made_since AFTER DELETE ON {table.sql} FOR EACH ROW EXECUTE FUNCTION {name}()")
    name, function = shop.rng.choice(triggers)
    return shop.rng.choice([
        Statement(f"ALTER TABLE {table.sql} DISABLE TRIGGER {identifier(name)}"),
        Statement(f"ALTER TABLE {table.sql} ENABLE ALWAYS TRIGGER {identifier(name)}"),
        Statement(f"DROP TRIGGER {identifier(name)} ON {table.sql}"),
        Statement(f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN NULL; END $$"),
    ])


def altered_key(shop, effects):
    touched = [t.oid for t in shop.tables if f"{t.schema}.{t.name}" in effects]
    shop.cursor.execute("SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
                        " AND conparentid = 0 AND (confrelid = ANY (%s::oid[]) OR conrelid = ANY (%s::oid[])) ORDER BY conname, conrelid",
                        (touched, touched))
    keys = shop.cursor.fetchall()
    if not keys:
        return None
    name, table, definition = shop.rng.choice(keys)
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {identifier(name)}"
    other = definition.replace("ON DELETE CASCADE", "ON DELETE SET NULL") if "ON DELETE CASCADE" in definition else \
        definition.split(" ON ")[0].split(" DEFERRABLE")[0] + " ON DELETE CASCADE"
    if shop.rng.random() < 0.3 or other == definition:
        return Statement(drop)
    return Statement(drop, f"ALTER TABLE {table} ADD CONSTRAINT {identifier(name)} {other}")


WAYS = {
    "nothing": None,
    "also matched": also_matched,
    "no longer matched": no_longer_matched,
    "changed column": changed_column,
    "cascade child": cascade_child,
    "any write": any_write,
    "trigger": altered_trigger,
    "foreign key": altered_key,
}
WRITERS = [also_matched, no_longer_matched, changed_column, cascade_child]


def alter(shop, kind, effects, tries=8):
    """Does it in the workshop's own autocommit session. Returns its SQL, or None where it could not be done."""
    way = shop.rng.choice(WRITERS) if kind == "writer" else WAYS[kind]
    for _ in range(tries):
        shop.look()
        statement = way(shop, effects)
        if not statement:
            continue
        # One that touches no row may have fired a statement's trigger: then it has to be as if it had not been.
        try:
            shop.cursor.execute("BEGIN")
            shop.cursor.execute(statement.sql)
            done = shop.cursor.rowcount != 0 or kind in DEFINITIONS
            shop.cursor.execute("COMMIT" if done else "ROLLBACK")
        except psycopg2.Error:
            shop.cursor.execute("ROLLBACK")
            continue
        if done:
            return statement.sql
    return None
