"""Random schemas with data: keys of all sorts, foreign keys with every action, triggers, partitions, identities."""

import rows
import values
from values import identifier
from workshop import Statement

SCHEMAS = ["public", "Größe", "we ird", "日本", "app"]
NAMES = ["Users", "Tabelle ü", "order", "a.b", 'quo"te', "naïve", "日本語", "t with space", "accounts", "n" * 60, "user", "x"]
COLUMN_NAMES = ["note", "Wert", "select", "b c", "ünï", "d.e", 'f"g', "val", "数", "last", "i_j", "k"]
ACTIONS = ["CASCADE", "CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION", "RESTRICT"]

FUNCTIONS = """
CREATE FUNCTION public.record_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public."Audit" (op, tab) VALUES (TG_OP, TG_TABLE_NAME);
  RETURN NULL;
END $$;
CREATE FUNCTION public.record_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public."Audit" (op, tab, many) SELECT TG_OP, TG_TABLE_NAME, count(*) FROM touched;
  RETURN NULL;
END $$;
CREATE FUNCTION public.tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public."Tally" AS t VALUES (TG_TABLE_NAME, 1) ON CONFLICT (tab) DO UPDATE SET many = t.many + 1;
  RETURN NULL;
END $$;
CREATE FUNCTION public.keep_some() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF length(OLD::text) % 5 = 0 THEN RETURN NULL; END IF;
  RETURN OLD;
END $$;
"""


class Maker:
    def __init__(self, shop, role_is_superuser):
        self.shop = shop
        self.rng = shop.rng
        self.superuser = role_is_superuser
        self.done = []  # statements that succeeded, in order

    def run(self, sql):
        """Adds one statement where it works; a combination that PostgreSQL refuses is simply not part of the schema."""
        statement = Statement(sql)
        if self.shop.try_out(statement):
            self.done.append(statement)
            return True
        return False

    def make(self):
        rng = self.rng
        self.run(values.SETUP)
        self.schemas = ["public"] + rng.sample(SCHEMAS[1:], rng.randint(0, 2))
        for schema in self.schemas[1:]:
            self.run(f"CREATE SCHEMA {identifier(schema)}")
        key = rng.choice(["id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "id serial", "id serial PRIMARY KEY"])
        self.run(f'CREATE TABLE public."Audit" ({key}, op text, tab text, many bigint)')
        self.run('CREATE TABLE public."Tally" (tab text PRIMARY KEY, many int)')
        self.run(FUNCTIONS)
        for name in rng.sample(NAMES, rng.randint(2, 6)):
            self.table(name)
        self.close_a_cycle()
        self.decorate()
        self.fill()
        return self.done

    def own_tables(self):
        return [t for t in self.shop.tables if t.name not in ("Audit", "Tally") and not t.is_partition]

    def table(self, name):
        rng = self.rng
        sql_name = identifier(rng.choice(self.schemas)) + "." + identifier(name)
        columns, key = self.key_columns()
        partition = rng.choice(["range", "list", "hash"]) if rng.random() < 0.3 else None
        if partition in ("range", "list"):
            extra = {"range": "part", "list": "kind"}[partition]
            columns.append(f"{extra} {'integer' if extra == 'part' else 'text'} {'NOT NULL' if key else ''}")
            key = key + [extra] if key else key
        if partition == "hash" and not key:
            partition = None
        names = rng.sample(COLUMN_NAMES, rng.randint(2, 6))
        columns += [self.plain_column(column) for column in names]
        columns += self.generated_column(columns)
        constraints = [f"PRIMARY KEY ({', '.join(map(identifier, key))})"] if key else []
        constraints += self.foreign_key(columns)
        body = ", ".join(columns + constraints)
        if partition:
            by = {"range": "RANGE (part)", "list": "LIST (kind)", "hash": f"HASH ({identifier(key[0])})" if key else ""}
            if self.run(f"CREATE TABLE {sql_name} ({body}) PARTITION BY {by[partition]}"):
                self.partitions(sql_name, name, partition)
            return
        unlogged = "UNLOGGED " if rng.random() < 0.08 else ""
        if self.run(f"CREATE {unlogged}TABLE {sql_name} ({body})") and rng.random() < 0.1:
            self.run(f"CREATE TABLE public.{identifier('heir of ' + name[:20])} (own text) INHERITS ({sql_name})")

    def key_columns(self):
        """([column definitions], [key column names])."""
        rng = self.rng
        style = rng.choice(["none", "single", "single", "identity", "serial", "composite", "composite", "generated"])
        if style == "none":
            return ["id integer"], []
        if style == "identity":
            return [f"id bigint GENERATED {rng.choice(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY"], ["id"]
        if style == "serial":
            return ["id serial"], ["id"]
        if style == "generated":
            return ["id integer", "rest integer GENERATED ALWAYS AS (abs(id % 7)) STORED"], ["id", "rest"]
        types = rng.choices(list(values.KEYS), k=1 if style == "single" else rng.randint(2, 3))
        names = ["id", "Id 2", "ключ"][:len(types)]
        return [f"{identifier(name)} {kind}" for name, kind in zip(names, types)], rng.sample(names, len(names))

    def plain_column(self, name):
        rng = self.rng
        kind = rng.choice(list(values.TYPES) + ["text"] * 12 + ["integer"] * 6)
        definition = f"{identifier(name)} {kind}"
        if rng.random() < 0.15:
            definition += f" DEFAULT {values.literal(values.of_type(rng, kind), kind)}"
        if rng.random() < 0.1:
            definition += " NOT NULL"
        return definition

    def generated_column(self, columns):
        rng = self.rng
        if rng.random() > 0.25:
            return []
        texts = [column.rsplit(" ", 1)[0] for column in columns if column.endswith(" text")]
        expression = f"length({rng.choice(texts)})" if texts else "1 + 1"
        stored = "VIRTUAL" if self.shop.major >= 18 and rng.random() < 0.4 else "STORED"
        return [f"computed integer GENERATED ALWAYS AS ({expression}) {stored}"]

    def foreign_key(self, columns):
        rng = self.rng
        target = self.shop.pick_table(lambda table: table.key and not table.is_partition and table.name != "Audit")
        if not target or rng.random() < 0.3:
            return []
        own = []
        for index, name in enumerate(target.key):
            own.append(identifier(f"ref{index}"))
            columns.append(f"{own[-1]} {target.column(name).type}")
        return [self.reference(own, target, rng.choice(["", "", "DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE"]))]

    def reference(self, own, target, deferral, columns=None):
        on_delete, on_update = self.rng.choice(ACTIONS), self.rng.choice(["CASCADE", "CASCADE", "NO ACTION", "SET NULL"])
        return (f"FOREIGN KEY ({', '.join(own)}) REFERENCES {target.sql} ({', '.join(map(identifier, columns or target.key))}) "
                f"ON DELETE {on_delete} ON UPDATE {on_update} {deferral}")

    def partitions(self, parent, name, how):
        rng = self.rng
        stem = name[:20]
        if how == "hash":
            bounds = ["WITH (MODULUS 2, REMAINDER 0)", "WITH (MODULUS 2, REMAINDER 1)"]
        elif how == "range":
            bounds = ["FROM (MINVALUE) TO (10)", "FROM (10) TO (20)", "FROM (20) TO (30)"]
        else:
            bounds = ["IN ('a', 'b')", "IN ('c', NULL)", "IN ('d')"]
        for index, bound in enumerate(bounds):
            leaf = identifier(rng.choice(self.schemas)) + "." + identifier(f"{stem} leaf {index}")
            below = how != "hash" and rng.random() < 0.2
            by = {"range": "LIST ((part % 2))", "list": "HASH (kind)"}.get(how, "")
            key = self.shop_table(parent).key
            if below and not key and self.run(f"CREATE TABLE {leaf} PARTITION OF {parent} FOR VALUES {bound} PARTITION BY {by}"):
                deeper = ["IN (0)", "DEFAULT"] if how == "range" else ["WITH (MODULUS 1, REMAINDER 0)"]
                for number, inner in enumerate(deeper):
                    self.run(f"CREATE TABLE public.{identifier(f'{stem} sub {index}.{number}')} PARTITION OF {leaf} "
                             + (inner if inner == "DEFAULT" else f"FOR VALUES {inner}"))
            else:
                self.run(f"CREATE TABLE {leaf} PARTITION OF {parent} FOR VALUES {bound}")
        if how != "hash" and rng.random() < 0.7:
            self.run(f"CREATE TABLE public.{identifier(stem + ' rest')} PARTITION OF {parent} DEFAULT")

    def shop_table(self, sql_name):
        return next(table for table in self.shop.tables if table.sql == sql_name)

    def close_a_cycle(self):
        keyed = [table for table in self.own_tables() if table.key]
        if len(keyed) < 2 or self.rng.random() < 0.6:
            return
        early, late = self.rng.sample(keyed, 2)
        own = [identifier(f"back{index}") for index in range(len(late.key))]
        for column, name in zip(own, late.key):
            self.run(f"ALTER TABLE {early.sql} ADD COLUMN {column} {late.column(name).type}")
        self.run(f"ALTER TABLE {early.sql} ADD {self.reference(own, late, 'DEFERRABLE INITIALLY DEFERRED')}")

    def decorate(self):
        rng = self.rng
        for table in self.own_tables():
            for chance, way in ((0.3, self.row_trigger), (0.2, self.statement_trigger), (0.15, self.changing_trigger),
                                (0.08, self.keeping_trigger), (0.1, self.rule), (0.15, self.identity_of_replica),
                                (0.15, self.external_storage), (0.15, self.drop_a_column), (0.2, self.view),
                                (0.15, self.unique), (0.15 if not self.superuser else 0, self.row_security)):
                if rng.random() < chance:
                    way(table)

    def row_trigger(self, table):
        when = self.rng.choice(["INSERT OR UPDATE OR DELETE", "DELETE", "UPDATE", "INSERT"])
        function = self.rng.choice(["record_row", "tally"])
        kind = self.rng.choice(["TRIGGER", "TRIGGER", "CONSTRAINT TRIGGER"])
        deferred = "DEFERRABLE INITIALLY DEFERRED" if kind != "TRIGGER" else ""
        self.run(f'CREATE {kind} "on row" AFTER {when} ON {table.sql} {deferred} FOR EACH ROW EXECUTE FUNCTION public.{function}()')
        mode = self.rng.choice(["ALWAYS", "REPLICA", None, None])
        if mode:
            self.run(f'ALTER TABLE {table.sql} ENABLE {mode} TRIGGER "on row"')

    def statement_trigger(self, table):
        for verb, image in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            self.run(f'CREATE TRIGGER "on {verb}" AFTER {verb} ON {table.sql} REFERENCING {image} TABLE AS touched '
                     "FOR EACH STATEMENT EXECUTE FUNCTION public.record_statement()")

    def changing_trigger(self, table):
        column = next((c for c in table.columns if c.type == "text" and c.name not in table.key + ["kind"]), None)
        if column:
            function = f"public.change_{self.shop.fresh()}"
            self.run(f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                     f"NEW.{column.sql} := left(coalesce(NEW.{column.sql}, ''), 20) || '!'; RETURN NEW; END $$")
            self.run(f"CREATE TRIGGER changing BEFORE INSERT OR UPDATE ON {table.sql} FOR EACH ROW EXECUTE FUNCTION {function}()")

    def keeping_trigger(self, table):
        self.run(f"CREATE TRIGGER keeping BEFORE DELETE ON {table.sql} FOR EACH ROW EXECUTE FUNCTION public.keep_some()")

    def rule(self, table):
        self.run(f"CREATE RULE noted AS ON DELETE TO {table.sql} DO ALSO INSERT INTO public.\"Audit\" (op) VALUES ('rule')")

    def identity_of_replica(self, table):
        self.run(f"ALTER TABLE {table.sql} REPLICA IDENTITY {self.rng.choice(['NOTHING', 'FULL', 'DEFAULT'])}")

    def external_storage(self, table):
        for column in table.columns:
            if column.type in ("text", "bytea", "jsonb"):
                self.run(f"ALTER TABLE {table.sql} ALTER {column.sql} SET STORAGE EXTERNAL")

    def drop_a_column(self, table):
        column = self.rng.choice(table.columns)
        if column.name not in table.key + ["id", "part", "kind"]:
            self.run(f"ALTER TABLE {table.sql} DROP COLUMN {column.sql}")

    def view(self, table):
        number = self.shop.fresh()
        kind = self.rng.choice(["VIEW", "MATERIALIZED VIEW"])
        self.run(f'CREATE {kind} public."view {number}" AS SELECT * FROM {table.sql}')

    def unique(self, table):
        column = self.rng.choice(table.columns)
        self.run(f"CREATE UNIQUE INDEX ON {table.sql} ({column.sql})")

    def row_security(self, table):
        column = next((c for c in table.columns if c.type == "text"), None)
        if column and table.kind == "r":
            self.run(f"CREATE POLICY some ON {table.sql} USING ({column.sql} IS DISTINCT FROM 'b')")
            # Else it does not apply to their owner, who runs the script.
            force = ", FORCE ROW LEVEL SECURITY" if len(table.name) % 2 else ""
            self.run(f"ALTER TABLE {table.sql} ENABLE ROW LEVEL SECURITY{force}")

    def fill(self):
        for _ in range(2):  # twice, so that cycles and self-references find rows
            for table in self.own_tables():
                for _ in range(self.rng.choice([1, 2, 4])):
                    statement = rows.insert_values(self.shop, table, self.rng.randint(1, 15), plain=True)
                    if statement and self.shop.try_out(statement):
                        self.done.append(statement)
        self.run(f"INSERT INTO public.\"Audit\" (op, tab) SELECT 'old', repeat('t', g) FROM generate_series(1, {self.rng.randint(0, 30)}) g")
