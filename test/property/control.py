"""Random statements that wrap others: blocks, functions, transactions, sessions."""

import rows
from values import identifier, quote
from workshop import Statement


def _inner(shop):
    """The text of one statement that writes rows, for use inside a body."""
    for _ in range(6):
        way = shop.rng.choice([rows.insert_values, rows.update, rows.delete, rows.upsert, rows.merge])
        statement = way(shop)
        if statement and "RETURNING" not in statement.sql and "$" not in statement.sql:
            return statement.sql
    return None


def do_block(shop):
    first, second = _inner(shop), _inner(shop)
    if not first or not second:
        return None
    return Statement(f"DO $body$\nBEGIN\n  {first};\n  {second};\nEND\n$body$")


def exception_block(shop):
    """A sub-block that writes and then fails: what it wrote is rolled back."""
    kept, lost = _inner(shop), _inner(shop)
    if not kept or not lost:
        return None
    cause = shop.rng.choice(["RAISE EXCEPTION 'no'", "PERFORM 1 / 0", "RAISE unique_violation"])
    return Statement(f"DO $body$\nBEGIN\n  BEGIN\n    {lost};\n    {cause};\n  EXCEPTION WHEN OTHERS THEN\n    {kept};\n  END;\nEND $body$")


def loop(shop):
    table = shop.pick_table(lambda t: rows.not_audit(t) and t.key)
    if not table:
        return None
    order = ", ".join(f'{identifier(name)}::text COLLATE "C"' for name in table.key)
    same = " AND ".join(f"{identifier(name)} = r.{identifier(name)}" for name in table.key)
    return Statement(f"DO $$ DECLARE r record; n int := 0; BEGIN\n"
                     f"FOR r IN SELECT * FROM {table.sql} ORDER BY {order} LOOP\n  n := n + 1;\n"
                     f"  BEGIN DELETE FROM {table.sql} WHERE {same}; IF n % 2 = 0 THEN RAISE EXCEPTION 'every other'; END IF;\n"
                     f"  EXCEPTION WHEN raise_exception THEN NULL; END;\nEND LOOP; END $$")


def function(shop):
    inner = _inner(shop)
    if not inner:
        return None
    name = f"public.do_{shop.fresh()}"
    kind = shop.rng.random()
    if kind < 0.4:
        return Statement(f"CREATE FUNCTION {name}() RETURNS void LANGUAGE sql AS $f$ {inner} $f$", f"SELECT {name}()")
    if kind < 0.6:
        return Statement(f"CREATE FUNCTION {name}() RETURNS void LANGUAGE sql BEGIN ATOMIC {inner}; SELECT; END", f"SELECT FROM {name}()")
    return Statement(f"CREATE FUNCTION {name}() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN {inner}; RETURN 1; END $f$", f"SELECT {name}()")


def procedure(shop):
    """Commits and rolls back by itself; outside of transactions only."""
    first, second = _inner(shop), _inner(shop)
    if not first or not second or shop.in_transaction:
        return None
    name = f"public.do_{shop.fresh()}"
    return Statement(f"CREATE PROCEDURE {name}() LANGUAGE plpgsql AS $f$ BEGIN {first}; {shop.rng.choice(['COMMIT', 'ROLLBACK'])}; "
                     f"{second}; END $f$", f"CALL {name}()")


def prepared(shop):
    inner = _inner(shop)
    name = f"p{shop.fresh()}"
    return inner and Statement(f"PREPARE {name} AS {inner}", f"EXECUTE {name}")


def cursor_delete(shop):
    table = shop.pick_table(lambda t: t.key and t.kind == "r")
    if not table or not shop.in_transaction:
        return None
    name = f"c{shop.fresh()}"
    order = ", ".join(map(identifier, table.key))
    return Statement(f"DECLARE {name} CURSOR FOR SELECT * FROM {table.sql} ORDER BY {order} FOR UPDATE", f"MOVE {name}",
                     f"DELETE FROM {table.sql} WHERE CURRENT OF {name}")


def temporary(shop):
    table = shop.pick_table(rows.not_audit)
    if not table:
        return None
    name = f"temp_{shop.fresh()}"
    return Statement(f"CREATE TEMP TABLE {name} AS SELECT * FROM {table.sql}", f"DELETE FROM {name}",
                     f"INSERT INTO public.\"Audit\" (many) SELECT count(*) FROM {name}")


def sequences(shop):
    if not shop.sequences:
        return None
    name = shop.rng.choice(shop.sequences)
    return Statement(shop.rng.choice([
        f"SELECT setval({quote(name)}, {shop.rng.randint(1, 99999)})", f"SELECT setval({quote(name)}, {shop.rng.randint(1, 99)}, false)",
        f"SELECT nextval({quote(name)})", f"ALTER SEQUENCE {name} RESTART WITH {shop.rng.randint(1, 500)}",
        f"SELECT nextval({quote(name)}) FROM generate_series(1, 40)",
    ]))


def replica_role(shop):
    return Statement(shop.rng.choice(["SET session_replication_role = replica", "SET session_replication_role = replica",
                                      "RESET session_replication_role"]))


def constraints_mode(shop):
    return Statement(shop.rng.choice(["SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS ALL IMMEDIATE"])) if shop.in_transaction else None


def orphan_in_between(shop):
    """A deferred key broken and mended inside a transaction."""
    table = shop.pick_table(lambda t: t.references and t.key)
    if not table:
        return None
    own, target, others = shop.rng.choice(table.references)
    column = target.column(others[0])
    if column.type not in ("integer", "bigint") or not column.writable:
        return None
    shift = f"UPDATE {target.sql} SET {column.sql} = {column.sql} %s 33000"
    parts = ["SET CONSTRAINTS ALL DEFERRED", shift % "+", shift % "-"]
    return Statement(*parts) if shop.in_transaction else Statement("BEGIN", *parts, "COMMIT")


def settings(shop):
    return Statement(shop.rng.choice([
        "SET LOCAL lock_timeout = '5s'", "SET search_path = public, pg_catalog", "SET DateStyle = 'German'", "SET TimeZone = 'Asia/Kolkata'",
        "SET bytea_output = escape", "SET extra_float_digits = 0", "SET IntervalStyle = 'iso_8601'", "SET search_path = ''", "RESET ALL",
        "SET standard_conforming_strings = on", "SELECT set_config('search_path', 'pg_temp', false)", "DISCARD PLANS", "SET ROLE NONE",
    ]))


def reading(shop):
    table = shop.pick_table()
    return table and Statement(f"SELECT count(*) FROM {table.sql} WHERE {rows.condition(shop, table)}")


def large_object(shop):
    return Statement("SELECT lo_from_bytea(0, 'hello')")


WAYS = [(do_block, 3), (exception_block, 4), (loop, 1), (function, 3), (procedure, 2), (prepared, 1), (cursor_delete, 2), (temporary, 2),
        (sequences, 3), (replica_role, 1), (constraints_mode, 1), (orphan_in_between, 1), (settings, 2), (reading, 1), (large_object, 0.2)]
