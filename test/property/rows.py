"""Random statements that write rows."""

import values
from values import identifier, literal
from workshop import Statement


def not_audit(table):
    return table.name not in ("Audit", "Tally")


def _names(columns):
    return ", ".join(column.sql for column in columns)


def _chosen_columns(shop, table, plain):
    """The columns that an INSERT names: those that fill themselves are often left to it."""
    chosen = []
    for column in table.columns:
        if column.generated or (column.identity == "a" and (plain or shop.rng.random() < 0.8)):
            continue
        if (column.identity or column.has_default) and shop.rng.random() < 0.7:
            continue
        chosen.append(column)
    return chosen


def _row_values(shop, table, columns, existing):
    """One row as text: keys new (or, now and then, taken), references to rows that are there."""
    rng = shop.rng
    row = {}
    for own, target, others in table.references:
        found = shop.sample(target, others)
        nullable = not any(table.column(name).not_null for name in own)
        picked = rng.choice(found) if found and rng.random() < (0.8 if nullable else 1) else (None,) * len(own)
        row.update(zip(own, picked))
    clash = rng.choice(existing) if existing and rng.random() < 0.06 else None
    for column in columns:
        if column.name in row:
            continue
        if column.name in table.key and column.type in values.KEYS and column.name not in ("part", "kind"):
            row[column.name] = (clash[table.key.index(column.name)] if clash
                                else values.KEYS[column.type](rng, shop.fresh()))
        elif column.name == "id":
            row[column.name] = str(rng.randint(1, 400))
        else:
            row[column.name] = shop.value(column, table)
    return [row[column.name] for column in columns]


def _rows(shop, table, columns, count):
    existing = shop.sample(table, table.key) if table.key else []
    return [_row_values(shop, table, columns, existing) for _ in range(count)]


def _values_list(columns, rows):
    return ", ".join("(" + ", ".join(literal(value, column.type) for value, column in zip(row, columns)) + ")" for row in rows)


def _overriding(columns, rng):
    if any(column.identity == "a" for column in columns):
        return "OVERRIDING SYSTEM VALUE "
    if any(column.identity == "d" for column in columns) and rng.random() < 0.2:
        return "OVERRIDING USER VALUE "
    return ""


def insert_values(shop, table=None, count=None, plain=False):
    table = table or shop.pick_table(not_audit)
    if not table:
        return None
    columns = _chosen_columns(shop, table, plain)
    if not columns:
        return Statement(f"INSERT INTO {table.sql} DEFAULT VALUES")
    rows = _rows(shop, table, columns, count or shop.rng.randint(1, 4))
    return Statement(f"INSERT INTO {table.sql} ({_names(columns)}) {_overriding(columns, shop.rng)}"
                     f"VALUES {_values_list(columns, rows)}{'' if plain else _returning(shop)}")


def _returning(shop):
    return " RETURNING *" if shop.rng.random() < 0.1 else ""


def insert_default(shop):
    table = shop.pick_table()
    return table and Statement(f"INSERT INTO {table.sql} DEFAULT VALUES")


def insert_select(shop):
    """Rows of a table once more: identities and serial keys take new numbers, other keys clash."""
    table = shop.pick_table(not_audit)
    if not table:
        return None
    columns = [c for c in table.columns if not c.generated and not c.identity and not (c.has_default and c.name in table.key)]
    if not columns:
        return None
    picks = [f"{c.sql} + 500000" if c.name in table.key and c.type in ("integer", "bigint", "numeric")
             else f"{c.sql} || '~'" if c.name in table.key and c.type == "text" else c.sql for c in columns]
    order = f"{columns[0].sql}::text COLLATE \"C\""
    return Statement(f"INSERT INTO {table.sql} ({_names(columns)}) SELECT {', '.join(picks)} FROM {table.sql} ORDER BY {order}")


def upsert(shop):
    table = shop.pick_table(lambda t: t.key and not_audit(t))
    if not table:
        return None
    rng = shop.rng
    columns = [c for c in table.columns if c.writable]
    existing = shop.sample(table, table.key)
    fresh = _rows(shop, table, columns, rng.randint(1, 3))
    for row, clash in zip(fresh, rng.sample(existing, min(len(existing), rng.randint(0, 2)))):
        for name, value in zip(table.key, clash):
            if table.column(name) in columns:
                row[columns.index(table.column(name))] = value
    others = [c for c in columns if c.name not in table.key]
    action = "NOTHING"
    if others and rng.random() < 0.75:
        column = rng.choice(others)
        action = f"UPDATE SET {column.sql} = " + rng.choice(
            [f"EXCLUDED.{column.sql}", f"old.{column.sql}", literal(shop.value(column, table), column.type)])
        action += rng.choice(["", "", f" WHERE old.{column.sql} IS NOT NULL"])
    return Statement(f"INSERT INTO {table.sql} AS old ({_names(columns)}) VALUES {_values_list(columns, fresh)} "
                     f"ON CONFLICT ({', '.join(map(identifier, table.key))}) DO {action}{_returning(shop)}")


def condition(shop, table, alias=""):
    """Which rows: by key, by a range, by a value that exists, by NULL, all."""
    rng = shop.rng
    column = table.column(rng.choice(table.key)) if table.key and rng.random() < 0.6 else rng.choice(table.columns)
    name = f"{alias}{column.sql}"
    found = [row[0] for row in shop.sample(table, [column.name]) if row[0] is not None and len(row[0]) < 100]
    way = rng.random()
    if not found or way < 0.1:
        return rng.choice([f"{name} IS NULL", f"{name} IS NOT NULL", "true"])
    if way < 0.5 or column.type in ("json", "point", "xid8"):
        some = rng.sample(found, min(len(found), rng.randint(1, 5)))
        return f"{name}::text IN ({', '.join(map(values.quote, some))})" if way < 0.3 or column.type in ("json", "point", "xid8") \
            else f"{name} = ANY (ARRAY[{', '.join(literal(value, column.type) for value in some)}])"
    low, high = sorted(rng.choices(found, k=2))
    return f"{name}::text COLLATE \"C\" BETWEEN {values.quote(low)} AND {values.quote(high)}"


def _assignment(shop, table, column, alias=""):
    rng = shop.rng
    name = f"{alias}{column.sql}"
    for own, target, others in table.references:
        if column.name in own:
            found = shop.sample(target, others)
            if found and rng.random() < 0.7:
                return literal(rng.choice(found)[own.index(column.name)], column.type)
            return "NULL"
    if rng.random() < 0.15:
        return name  # writes the row, changes nothing
    if column.type in ("integer", "bigint", "numeric", "smallint") and rng.random() < 0.5:
        return f"{name} + {rng.choice([0, 1, 1000, 100000])}"
    if column.type == "text" and rng.random() < 0.3:
        return rng.choice([f"{name} || 'x'", f"upper({name})", f"repeat(coalesce({name}, 'r'), 3)", "repeat('long', 2000)"])
    if rng.random() < 0.05:
        return "DEFAULT"
    return literal(shop.value(column, table), column.type)


def _assignments(shop, table, alias=""):
    rng = shop.rng
    writable = [c for c in table.columns if c.writable]
    if not writable:
        return None
    payload = [c for c in writable if c.name not in table.key]
    chosen = rng.sample(payload, min(len(payload), rng.randint(1, 2))) if payload and rng.random() < 0.8 else [rng.choice(writable)]
    return ", ".join(f"{c.sql} = {_assignment(shop, table, c, alias)}" for c in chosen)


def update(shop):
    table = shop.pick_table()
    sets = table and _assignments(shop, table)
    if not sets:
        return None
    where = "" if shop.rng.random() < 0.12 else f" WHERE {condition(shop, table)}"
    return Statement(f"UPDATE {table.sql} SET {sets}{where}{_returning(shop)}")


def update_key(shop):
    """Renames keys: with ON UPDATE CASCADE the rows that hang on them follow."""
    table = shop.pick_table(lambda t: any(t.column(name).writable for name in t.key))
    if not table:
        return None
    column = table.column(shop.rng.choice([name for name in table.key if table.column(name).writable]))
    if column.type in ("integer", "bigint", "numeric", "smallint"):
        change = f"{column.sql} + {shop.rng.choice([0, 7000, 20000])}"
    elif column.type in ("text", "character varying(12)"):
        change = f"{column.sql} || {values.quote(shop.rng.choice(['', '+', 'é']))}"
    else:
        change = literal(values.KEYS.get(column.type, lambda r, n: str(n))(shop.rng, shop.fresh()), column.type)
    return Statement(f"UPDATE {table.sql} SET {column.sql} = {change} WHERE {condition(shop, table)}")


def move_row(shop):
    table = shop.pick_table(lambda t: t.has_children and any(c.name in ("part", "kind") for c in t.columns))
    if not table:
        return None
    names = {c.name for c in table.columns}
    change = "part = (part + 13) % 40" if "part" in names else "kind = CASE kind WHEN 'a' THEN 'd' WHEN 'd' THEN 'x' ELSE 'a' END"
    return Statement(f"UPDATE {table.sql} SET {change} WHERE {condition(shop, table)}")


def delete(shop):
    table = shop.pick_table()
    if not table:
        return None
    where = "" if shop.rng.random() < 0.08 else f" WHERE {condition(shop, table)}"
    only = "ONLY " if table.has_children and table.kind == "r" and shop.rng.random() < 0.5 else ""
    return Statement(f"DELETE FROM {only}{table.sql}{where}{_returning(shop)}")


def delete_using(shop):
    table = shop.pick_table(lambda t: t.references)
    if not table:
        return None
    own, target, others = shop.rng.choice(table.references)
    join = " AND ".join(f"a.{identifier(x)} = b.{identifier(y)}" for x, y in zip(own, others))
    return Statement(f"DELETE FROM {target.sql} AS b USING {table.sql} AS a WHERE {join} AND {condition(shop, table, 'a.')}")


def update_from(shop):
    table = shop.pick_table(lambda t: t.references)
    if not table:
        return None
    own, target, others = shop.rng.choice(table.references)
    join = " AND ".join(f"a.{identifier(x)} = b.{identifier(y)}" for x, y in zip(own, others))
    sets = _assignments(shop, table, "a.")
    return sets and Statement(f"UPDATE {table.sql} AS a SET {sets} FROM {target.sql} AS b WHERE {join}")


def merge(shop):
    table = shop.pick_table(lambda t: t.key and not_audit(t))
    if not table:
        return None
    rng = shop.rng
    columns = [c for c in table.columns if c.writable]
    if not all(table.column(name) in columns for name in table.key):
        return None
    rows = _rows(shop, table, columns, rng.randint(1, 3))
    existing = shop.sample(table, table.key)
    for row, clash in zip(rows, rng.sample(existing, min(len(existing), 2))):
        for name, value in zip(table.key, clash):
            row[columns.index(table.column(name))] = value
    on = " AND ".join(f"t.{identifier(name)} = s.{identifier(name)}" for name in table.key)
    others = [c for c in columns if c.name not in table.key] or columns
    column = rng.choice(others)
    matched = rng.choice([f"UPDATE SET {column.sql} = s.{column.sql}", "DELETE", "DO NOTHING"])
    missing = rng.choice([f"INSERT ({_names(columns)}) VALUES ({', '.join('s.' + c.sql for c in columns)})", "DO NOTHING"])
    return Statement(f"MERGE INTO {table.sql} AS t USING (VALUES {_values_list(columns, rows)}) AS s ({_names(columns)}) ON {on} "
                     f"WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN {missing}")


def modifying_ctes(shop):
    """Rows taken from one table and put elsewhere in the same statement."""
    table, other = shop.pick_table(), shop.pick_table(not_audit)
    sets = other and _assignments(shop, other)
    if not table or not sets:
        return None
    return Statement(f"WITH gone AS (DELETE FROM {table.sql} WHERE {condition(shop, table)} RETURNING 1), "
                     f"changed AS (UPDATE {other.sql} SET {sets} WHERE {condition(shop, other)} RETURNING 2) "
                     "INSERT INTO public.\"Audit\" (op, many) SELECT 'cte', count(*) FROM gone, changed")


def copy_in(shop):
    table = shop.pick_table(lambda t: not_audit(t))
    if not table:
        return None
    columns = _chosen_columns(shop, table, plain=False)
    if not columns:
        return None
    rows = _rows(shop, table, columns, shop.rng.randint(0, 5))
    data = "".join("\t".join(values.copy_field(value) for value in row) + "\n" for row in rows)
    return Statement(f"COPY {table.sql} ({_names(columns)}) FROM STDIN", data=data)


def through_view(shop):
    views = [view for view in shop.views]
    if not views:
        return None
    return Statement(f"DELETE FROM {shop.rng.choice(views)} AS v WHERE length(v::text) % 3 = 0")


def add_and_remove(shop):
    """A row that comes and goes, or changes and changes back: nothing in the end."""
    table = shop.pick_table(not_audit)
    column = table and next((c for c in table.columns if c.type == "text" and c.name not in table.key + ["kind"]), None)
    if not column:
        return None
    return Statement(f"UPDATE {table.sql} SET {column.sql} = {column.sql} || '-' WHERE {column.sql} IS NOT NULL",
                     f"UPDATE {table.sql} SET {column.sql} = left({column.sql}, -1) WHERE right({column.sql}, 1) = '-'")


WAYS = [(insert_values, 6), (insert_default, 1), (insert_select, 2), (upsert, 5), (update, 8), (update_key, 3), (move_row, 4),
        (delete, 6), (delete_using, 2), (update_from, 2), (merge, 4), (modifying_ctes, 2), (copy_in, 4), (through_view, 1),
        (add_and_remove, 1)]
