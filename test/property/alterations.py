"""One thing that changes in production between a plan and its apply, or while it runs.

Effects are what effects.net() found of the script: {"schema.table": (rows gone, rows come)}.
"""

import contextlib

import psycopg2

import rows
import workshop
from values import identifier, literal, quote
from workshop import Statement

DEFINITIONS = ("trigger", "foreign key")
ACTIONS = ["CASCADE", "SET NULL", "NO ACTION", "SET DEFAULT"]


class Shop(workshop.Workshop):
    """Knows the rows that the plan takes away, and prefers them where a row to refer to is wanted."""

    def __init__(self, connection, rng, major, effects):
        self.effects = effects
        self.burnt = ""
        super().__init__(connection, rng, major)

    def gone(self, table):
        """Rows of the table that the plan deletes or changes, as text values by column."""
        effect = self.effects.get(f"{table.schema}.{table.name}")
        return self.rows_of(table, effect[0]) if effect and effect != "table" else []

    @staticmethod
    def rows_of(table, counted):
        images = sorted(row for row, _ in counted if not any("\\" in value and value != r"\N" for value in row))
        return [dict(zip((column.name for column in table.columns), row)) for row in images if len(row) == len(table.columns)]

    def sample(self, table, names, limit=60):
        gone = [tuple(row[name] for name in names) for row in self.gone(table)]
        gone = [values for values in gone if r"\N" not in values]
        return gone if gone and self.rng.random() < 0.7 else super().sample(table, names, limit)

    def draws(self):
        """How often each sequence was drawn from; without those that are locked, so that nobody draws from them."""
        self.cursor.execute("SELECT seqrelid::regclass::text, seqstart, seqincrement FROM pg_sequence")
        draws = {}
        for name, start, increment in self.cursor.fetchall():
            with contextlib.suppress(psycopg2.errors.LockNotAvailable):
                self.cursor.execute(f"SELECT (last_value - {start}) / {increment} + is_called::int FROM {name}")
                draws[name], = self.cursor.fetchone()
        return draws

    def touched(self, wanted=lambda table: True):
        return [t for t in self.tables if f"{t.schema}.{t.name}" in self.effects and wanted(t)]


def _place(shop, table, planned):
    """One row of the table, by its ctid: one of the plan's, or any."""
    keys = [row for row in shop.gone(table) if table.key]
    if planned and keys:
        row = shop.rng.choice(keys)
        where = " AND ".join(f"{identifier(name)}::text = {quote(row[name])}" for name in table.key)
        shop.cursor.execute(f"SELECT ctid::text FROM ONLY {table.sql} WHERE {where}")
    else:
        shop.cursor.execute(f"SELECT ctid::text FROM ONLY {table.sql} ORDER BY ctid")
    places = shop.cursor.fetchall()
    return shop.rng.choice(places)[0] if places else None


def _target(shop, wanted=lambda table: True):
    """A table, more often than not one that the plan changes; partitions for their roots."""
    touched, settings = shop.touched(wanted), [t for t in shop.tables if t.name == "settings"]
    if settings and shop.rng.random() < 0.12:
        return settings[0]  # what triggers go by
    if touched and shop.rng.random() < 0.85:
        return shop.rng.choice(touched)
    return shop.pick_table(lambda t: t.kind == "r" and wanted(t))


def _table_and_place(shop, planned):
    table = _target(shop)
    return table, table and _place(shop, table, shop.rng.random() < planned)


def no_longer_matched(shop, planned=0.6):
    table, place = _table_and_place(shop, planned)
    return place and Statement(f"DELETE FROM ONLY {table.sql} WHERE ctid = '{place}'")


def changed_column(shop, planned=0.6):
    table, place = _table_and_place(shop, planned)
    payload = [c for c in table.columns if c.writable and c.name not in table.key] if place else []
    if not payload:
        return None
    column = shop.rng.choice(payload)
    value = f"{column.sql} || 'x'" if column.type == "text" and shop.rng.random() < 0.5 else None
    if column.type in ("integer", "bigint", "numeric"):
        value = f"{column.sql} + 1"
    return Statement(f"UPDATE ONLY {table.sql} SET {column.sql} = "
                     f"{value or literal(shop.value(column, table), column.type)} WHERE ctid = '{place}'")


def also_matched(shop, planned=0.6):
    """A row like one that is there, under a key of its own."""
    table, place = _table_and_place(shop, planned)
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
        elif c.name in table.key and c.type == "uuid":
            picks.append("gen_random_uuid()")
        elif c.name == "mail":
            picks.append(f"{c.sql} || '+'")
        else:
            picks.append(c.sql)
    names = ", ".join(c.sql for c in columns)
    return Statement(f"INSERT INTO {table.sql} ({names}) OVERRIDING SYSTEM VALUE SELECT {', '.join(picks)} FROM ONLY {table.sql} "
                     f"WHERE ctid = '{place}'")


def cascade_child(shop, planned=0.6):
    """A row that hangs on one of a table that the plan changes."""
    children = [t for t in shop.tables if any(f"{target.schema}.{target.name}" in shop.effects or target.has_children
                                              for _, target, _ in t.references)]
    return rows.insert_values(shop, shop.rng.choice(children), 1, plain=True) if children else None


def any_write(shop, planned=0.6):
    way = shop.rng.choice([rows.update, rows.delete, rows.insert_values, rows.upsert])
    return way(shop)


def _verbs(shop, table):
    """What the plan does to the table."""
    gone, come = (sum(many for _, many in part) for part in shop.effects[f"{table.schema}.{table.name}"])
    return ["UPDATE", "DELETE"] if gone and come else ["DELETE"] if gone else ["INSERT"]


def _note(shop):
    """A statement of a trigger that leaves a row behind."""
    names = {table.name for table in shop.tables}
    if "jobs" in names:
        return f"INSERT INTO public.log VALUES ({shop.fresh() + 1000}, 'made since', 0)"
    if "audit" in names:
        return "INSERT INTO public.audit (what) VALUES ('made since')"
    return "INSERT INTO public.\"Audit\" (op) VALUES ('made since')"


def _body(shop, table, verb):
    """(when, body of a trigger function): nothing at all, a row elsewhere, another value, or rows that stay."""
    texts = [c for c in table.columns if c.type == "text" and c.writable and c.name not in table.key + ["kind"]]
    ways = [("AFTER", "RETURN NULL;"), ("AFTER", f"{_note(shop)}; RETURN NULL;"), ("AFTER", f"{_note(shop)}; RETURN NULL;")]
    if verb != "DELETE" and texts:
        column = shop.rng.choice(texts).sql
        ways += [("BEFORE", f"NEW.{column} := coalesce(NEW.{column}, '') || '~'; RETURN NEW;")] * 2
    if verb == "DELETE":
        ways.append(("BEFORE", "IF length(OLD::text) % 3 = 0 THEN RETURN NULL; END IF; RETURN OLD;"))
    return shop.rng.choice(ways)


def altered_trigger(shop, planned=0.6):
    tables = shop.touched()
    if not tables:
        return None
    table = shop.rng.choice(tables)
    verb = shop.rng.choice(_verbs(shop, table))
    when, body = _body(shop, table, verb)
    shop.cursor.execute("SELECT tgname, tgfoid::regprocedure::text FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal ORDER BY tgname",
                        (table.oid,))
    triggers = shop.cursor.fetchall()
    if not triggers or shop.rng.random() < 0.4:
        name = f"public.since_{shop.fresh()}"
        mode = shop.rng.choice(["", "", f"; ALTER TABLE {table.sql} ENABLE ALWAYS TRIGGER made_since"])
        return Statement(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
                         f"CREATE TRIGGER made_since {when} {verb} ON {table.sql} FOR EACH ROW EXECUTE FUNCTION {name}(){mode}")
    name, function = shop.rng.choice(triggers)
    return shop.rng.choice([
        Statement(f"ALTER TABLE {table.sql} DISABLE TRIGGER {identifier(name)}"),
        Statement(f"ALTER TABLE {table.sql} ENABLE ALWAYS TRIGGER {identifier(name)}"),
        Statement(f"DROP TRIGGER {identifier(name)} ON {table.sql}"),
        Statement(f"ALTER TRIGGER {identifier(name)} ON {table.sql} RENAME TO {identifier(name + ' renamed')}"),
        Statement(f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_note(shop)}; RETURN NULL; END $$"),
    ])


def altered_key(shop, planned=0.6):
    """Keys that point at a table of the plan's decide what goes with its rows; those of its own, what may be written."""
    touched = [t.oid for t in shop.touched()]
    losing = [t.oid for t in shop.touched() if shop.gone(t)]
    shop.cursor.execute("SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid),"
                        " (confrelid = ANY (%s::oid[]))::int + (confrelid = ANY (%s::oid[]) AND conrelid = ANY (%s::oid[]))::int"
                        " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
                        " AND (confrelid = ANY (%s::oid[]) OR conrelid = ANY (%s::oid[])) ORDER BY conname, conrelid",
                        (touched, losing, touched, touched, touched))
    keys = shop.cursor.fetchall()
    if not keys:
        return None
    most = max(key[3] for key in keys)
    name, table, definition, _ = shop.rng.choice([key for key in keys if key[3] == most])
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {identifier(name)}"
    add = f"ALTER TABLE {table} ADD CONSTRAINT {identifier(name)} "
    bare = definition.split(" ON UPDATE")[0].split(" ON DELETE")[0].split(" DEFERRABLE")[0].split(" NOT VALID")[0]
    way = shop.rng.random()
    if way < 0.2:
        return Statement(drop)
    if way < 0.3:
        return Statement(f"ALTER TABLE {table} RENAME CONSTRAINT {identifier(name)} TO {identifier(name[:50] + ' renamed')}")
    action = shop.rng.choice([word for word in ACTIONS if f"ON DELETE {word}" not in definition])
    return Statement(drop, f"{add}{bare} ON DELETE {action} ON UPDATE {shop.rng.choice(ACTIONS[:3])}"
                           f"{shop.rng.choice(['', ' DEFERRABLE INITIALLY DEFERRED'])}")


def altered_code(shop, planned=0.6):
    """A function of somebody's own that does something else by now."""
    shop.cursor.execute("SELECT oid::regprocedure::text, pg_get_function_result(oid), pg_get_function_arguments(oid), proname FROM pg_proc"
                        " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prolang ="
                        " (SELECT oid FROM pg_language WHERE lanname = 'plpgsql') AND prorettype <> 'trigger'::regtype ORDER BY 1")
    functions = shop.cursor.fetchall()
    if not functions:
        return None
    _, result, arguments, name = shop.rng.choice(functions)
    end = "" if result == "void" else " RETURN NULL;"
    return Statement(f"CREATE OR REPLACE FUNCTION public.{identifier(name)}({arguments}) RETURNS {result} LANGUAGE plpgsql AS"
                     f" $$ BEGIN {_note(shop)};{end} END $$")


def draw(shop):
    """From a sequence that the script draws from, too."""
    if shop.rng.random() < 0.4 or not any(table.name == "acc" for table in shop.tables):
        return None
    return Statement(f"INSERT INTO public.acc (owner, label) SELECT '{shop.rng.choice(['mallory', 'new', 'same'])}', 'gold' FROM generate_series(1, 2)")


WAYS = {
    "also matched": also_matched,
    "no longer matched": no_longer_matched,
    "changed column": changed_column,
    "cascade child": cascade_child,
    "any write": any_write,
    "trigger": altered_trigger,
    "foreign key": altered_key,
}
WRITERS = [also_matched, also_matched, no_longer_matched, changed_column, cascade_child]


def alter(shop, kind, tries=8):
    """Does it in the shop's own autocommit session. Returns its SQL, or None where it could not be done."""
    for _ in range(tries):
        statement = attempt(shop, WAYS[kind], kind in DEFINITIONS)
        if statement:
            shop.cursor.execute("COMMIT")
            return statement.sql
    return None


def write_in_between(shop, tries=12):
    """What a concurrent writer manages to do to rows that are not locked. Leaves it in an open transaction; None: nothing."""
    for _ in range(tries):
        statement = attempt(shop, lambda shop: draw(shop) or shop.rng.choice(WRITERS)(shop, planned=0.25))
        if statement:
            return shop.burnt + statement.sql
    return None


def define_in_between(shop, tries=4):
    """The same to definitions that are not locked."""
    for _ in range(tries):
        statement = attempt(shop, shop.rng.choice([altered_trigger, altered_key, altered_code]), True)
        if statement:
            return shop.burnt + statement.sql
    return None


def attempt(shop, way, of_definitions=False):
    """The statement, done in a transaction that is left open; None where it failed or changed nothing. What failed has burnt numbers
    of sequences all the same: `shop.burnt` is SQL that does so, too."""
    shop.look()
    before = shop.draws()
    statement = way(shop)
    if not statement:
        return None
    # One that touches no row may have fired a statement's trigger: then it has to be as if it had not been.
    try:
        shop.cursor.execute("BEGIN")
        shop.cursor.execute(statement.sql)
        if shop.cursor.rowcount != 0 or of_definitions:
            shop.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return statement
    except psycopg2.Error:
        pass
    shop.cursor.execute("ROLLBACK")
    for name, drawn in shop.draws().items():
        if drawn > before.get(name, drawn):
            shop.burnt += f"SELECT nextval({quote(name)}) FROM generate_series(1, {drawn - before[name]});\n"
    return None
