"""The law "Exact" on the cases that chance meets rarely: each is a schema of its own, so that one image serves them all."""

import contextlib
import unittest

import exact
from support import cli, dump, server

FIVE = "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' FROM generate_series(1, 5) g;"
LOOSE = "CREATE TABLE t (id int, v text); INSERT INTO t SELECT g, 'v' FROM generate_series(1, 5) g;"
PAIR = "CREATE TYPE pair AS (x int, y int); CREATE TABLE t (id int PRIMARY KEY, v pair); INSERT INTO t VALUES (1, '(1,2)'), (2, NULL);"

# (what, set-up, script); both run with the case's schema as their search path.
CASES = [
    ("a table made and renamed", FIVE, "CREATE TABLE n AS SELECT * FROM t;\nALTER TABLE n RENAME TO m;"),
    ("rows written under a name in between", FIVE,
     "ALTER TABLE t RENAME TO a;\nINSERT INTO a VALUES (9, 'x');\nALTER TABLE a RENAME TO b;\nUPDATE b SET v = 'z' WHERE id = 1;"),
    ("a table filled again with what it held", FIVE,
     "BEGIN;\nTRUNCATE t;\nINSERT INTO t SELECT g, 'v' FROM generate_series(1, 5) g;\nCOMMIT;"),
    ("a truncation that is rolled back", FIVE,
     "BEGIN;\nSAVEPOINT a;\nTRUNCATE t;\nROLLBACK TO a;\nDELETE FROM t WHERE id = 1;\nCOMMIT;"),
    ("a replica identity that the script takes away", FIVE,
     "ALTER TABLE t REPLICA IDENTITY NOTHING;\nUPDATE t SET v = 'x' WHERE id = 1;\nDELETE FROM t WHERE id = 2;"
     "\nUPDATE t SET id = 77 WHERE id = 3;"),
    ("an unlogged table", FIVE.replace("TABLE", "UNLOGGED TABLE", 1), "UPDATE t SET v = 'x' WHERE id = 1;\nDELETE FROM t WHERE id = 2;"),
    ("a table made unlogged in the transaction that writes it", FIVE,
     "BEGIN;\nALTER TABLE t SET UNLOGGED;\nUPDATE t SET v = 'x' WHERE id = 1;\nCOMMIT;\nDELETE FROM t WHERE id = 3;"),
    ("an enum value that is renamed under its rows",
     "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, v mood, w mood[]); INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', '{a}'), (3, 'b', NULL);",
     "ALTER TYPE mood RENAME VALUE 'a' TO 'z';"),
    ("an attribute added to the type of a column", PAIR, "ALTER TYPE pair ADD ATTRIBUTE z int;"),
    ("an attribute dropped from the type of a column", PAIR, "ALTER TYPE pair DROP ATTRIBUTE y;"),
    ("a table made, filled and changed in one block", "",
     "DO $$ BEGIN\n  CREATE TABLE n (id int PRIMARY KEY, w text);\n  INSERT INTO n VALUES (1, 'a'), (2, 'b');\n"
     "  UPDATE n SET w = 'c';\n  DELETE FROM n WHERE id = 1;\nEND $$;"),
    ("a temporary table in front of a real one", FIVE,
     "CREATE TEMP TABLE t (id int);\nINSERT INTO t VALUES (1), (2);\nDELETE FROM t;\nDROP TABLE t;\nDELETE FROM t WHERE id = 1;"),
    ("rows without columns", "CREATE TABLE z (); INSERT INTO z DEFAULT VALUES; INSERT INTO z DEFAULT VALUES;",
     "INSERT INTO z DEFAULT VALUES;\nDELETE FROM z;\nINSERT INTO z DEFAULT VALUES;"),
    ("columns that change names with each other",
     "CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t SELECT g, 'a', 'b' FROM generate_series(1, 5) g;",
     "ALTER TABLE t RENAME a TO c;\nALTER TABLE t RENAME b TO a;\nALTER TABLE t RENAME c TO b;\nUPDATE t SET a = 'x' WHERE id = 1;"),
    ("a column dropped and added again", FIVE, "ALTER TABLE t DROP v;\nALTER TABLE t ADD v text DEFAULT 'v';"),
    ("another primary key",
     "CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT g, 10 - g, 'v' FROM generate_series(1, 5) g;",
     "ALTER TABLE t DROP CONSTRAINT t_pkey;\nALTER TABLE t ADD PRIMARY KEY (k);\nUPDATE t SET v = 'x' WHERE id = 1;\nUPDATE t SET id = 99 WHERE id = 2;"),
    ("a primary key added before rows are written", LOOSE,
     "ALTER TABLE t ADD PRIMARY KEY (id);\nUPDATE t SET v = 'x' WHERE id = 1;\nDELETE FROM t WHERE id = 2;"),
    ("a primary key added after rows were written", LOOSE,
     "UPDATE t SET v = 'x' WHERE id = 1;\nDELETE FROM t WHERE id = 2;\nALTER TABLE t ADD PRIMARY KEY (id);"),
    ("a primary key dropped", FIVE, "UPDATE t SET v = 'x' WHERE id = 1;\nDELETE FROM t WHERE id = 2;\nALTER TABLE t DROP CONSTRAINT t_pkey;"),
    ("partitions detached, filled elsewhere, dropped",
     "CREATE TABLE p (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
     "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); INSERT INTO p VALUES (1, 1), (2, 2), (3, 1);",
     "ALTER TABLE p DETACH PARTITION p1;\nUPDATE p1 SET k = 7;\nDELETE FROM p WHERE id = 2;\nCREATE TABLE p3 PARTITION OF p FOR VALUES IN (7);\n"
     "INSERT INTO p SELECT * FROM p1;\nDROP TABLE p1;"),
    ("everything as a replica would do it", FIVE,
     "SET session_replication_role = replica;\nCREATE TABLE n AS SELECT * FROM t;\nUPDATE n SET v = 'q' WHERE id = 1;\n"
     "ALTER TABLE t ALTER v TYPE bytea USING v::bytea;\nCREATE UNLOGGED TABLE u AS SELECT * FROM t;\nDELETE FROM u WHERE id = 1;"),
    ("sequences restarted, rolled back and renamed",
     "CREATE TABLE t (id serial PRIMARY KEY, v text); INSERT INTO t (v) SELECT 'v' FROM generate_series(1, 5);",
     "BEGIN;\nTRUNCATE t RESTART IDENTITY;\nINSERT INTO t (v) VALUES ('a');\nROLLBACK;\nALTER SEQUENCE t_id_seq RESTART WITH 100;\n"
     "INSERT INTO t (v) VALUES ('b');"),
    ("a table dropped and made again under its name", FIVE,
     "DROP TABLE t;\nCREATE TABLE t (id int PRIMARY KEY, v text, more int);\nINSERT INTO t VALUES (1, 'v'), (2, 'x'), (9, 'v', 3);"),
    ("an heir of a table", FIVE + "CREATE TABLE c (own int) INHERITS (t); INSERT INTO c VALUES (1, 'c', 2), (7, 'c', 3);",
     "DELETE FROM t WHERE id = 1;\nUPDATE ONLY t SET v = 'only';"),
    ("a table made in a transaction that is rolled back, and again", "",
     "BEGIN;\nCREATE TABLE n (i int);\nROLLBACK;\nCREATE TABLE n (i int);\nINSERT INTO n VALUES (1);\nDROP TABLE n;\nCREATE TABLE n (i int);\n"
     "INSERT INTO n VALUES (2), (3);"),
    ("a procedure that commits and rolls back by turns", FIVE,
     "CREATE PROCEDURE pr() LANGUAGE plpgsql AS $$ BEGIN\n  FOR i IN 1..4 LOOP\n    UPDATE t SET v = 'n' || i WHERE id = i;\n"
     "    IF i % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;\n  END LOOP;\nEND $$;\nCALL pr();"),
    ("long values that updates leave alone",
     "CREATE TABLE t (id int PRIMARY KEY, v text, w int); INSERT INTO t SELECT g, (SELECT string_agg(md5(i::text), '') FROM generate_series(g, g + 500) i)"
     " FROM generate_series(1, 5) g;",
     "UPDATE t SET w = 1;\nUPDATE t SET id = id + 100 WHERE id < 3;\nUPDATE t SET v = v || 'x' WHERE id = 4;\nALTER TABLE t ADD x int DEFAULT 3;"),
    ("a value of 32 MB", FIVE,
     "INSERT INTO t SELECT 100, string_agg(md5(g::text), '') FROM generate_series(1, 1000000) g;\nUPDATE t SET v = v WHERE id = 100;"),
    ("types that spell their values otherwise",
     "CREATE TABLE t (id int PRIMARY KEY, n numeric(8, 2), v text); INSERT INTO t SELECT g, g, 'v' FROM generate_series(1, 5) g;",
     "ALTER TABLE t ALTER n TYPE numeric(8, 3), ALTER id TYPE text;"),
    ("rules and views", FIVE,
     "CREATE VIEW s AS SELECT * FROM t;\nCREATE RULE r AS ON INSERT TO s DO INSTEAD INSERT INTO t VALUES (new.id, new.v);\nINSERT INTO s VALUES (50, 'a');"),
    ("work put off to the commit",
     FIVE + "CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED); INSERT INTO u SELECT g, g FROM generate_series(1, 5) g;",
     "BEGIN;\nINSERT INTO u VALUES (7, 70);\nDELETE FROM t WHERE id = 1;\nINSERT INTO t VALUES (70, 'late');\nCOMMIT;\nDROP TABLE t CASCADE;"),
    ("a script that fails after it committed", FIVE, "DELETE FROM t WHERE id = 1;\nBEGIN;\nDELETE FROM t;\nSELECT 1 / 0;\nCOMMIT;"),
]


def in_schema(content, schema):
    return {name: value for name, value in content.items() if name.startswith(schema + ".")}


class DirectedCase(unittest.TestCase):
    """Subclasses set `major`."""

    major = 0

    def test_a_plan_is_the_difference_between_dumps_before_and_after(self):
        home = cli.Home()
        self.addCleanup(home.remove)
        with server.Server(self.major) as running, contextlib.closing(running.connect()) as connection:
            schemas = [f"c{number}" for number in range(len(CASES))]
            for schema, (_, setup, _) in zip(schemas, CASES):
                running.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}; {setup}")
            before = dump.take(connection)
            scripts = [home.script(f"SET search_path = {schema};\n{script}\n", f"{schema}.sql") for schema, (_, _, script) in zip(schemas, CASES)]
            plans = [home.work / f"{schema}.plan" for schema in schemas]
            outcomes = [home.plan(script, source=running.url(), out=plan, major=self.major) for script, plan in zip(scripts, plans)]
            for script in scripts:
                running.psql(script, "postgres")
            after = dump.take(connection)
        for schema, (what, _, _), outcome, plan in zip(schemas, CASES, outcomes, plans):
            with self.subTest(what):
                self.assertIn(outcome.exit, (cli.KEEPS, cli.BREAKS), str(outcome))
                old, new = (dump.Dump(in_schema(each.tables, schema), in_schema(each.sequences, schema)) for each in (before, after))
                self.assertEqual(exact.compare_effects(outcome.json, old, new) + exact.compare_rows(plan, old, new)
                                 + exact.compare_sequences(outcome.json, old, new), [])
        self.assertEqual(home.left_behind(), [])


# A function, because unittest would collect the base class wherever it is imported by name.
def case(major):
    return type(f"Directed{major}Test", (DirectedCase,), {"major": major})
