"""Schemas and scripts written by hand, richer than the generated ones, for the trials of apply."""

import types

import gate

# Ids of different tables never look alike, so that a number says which sequence it was drawn from.
SHOP = """
CREATE TABLE customers (id bigserial PRIMARY KEY, mail text UNIQUE, source text NOT NULL, state text DEFAULT 'new', visits int DEFAULT 0,
  token uuid DEFAULT gen_random_uuid(), updated_at timestamptz DEFAULT '2026-01-01');
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY (START 100000) PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  total numeric(10,2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, placed date DEFAULT '2026-01-02');
CREATE TABLE lines (order_id bigint REFERENCES orders ON DELETE CASCADE, number int, note text, PRIMARY KEY (order_id, number));
CREATE TABLE coupons (id int PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE SET NULL, value int);
CREATE TABLE visits (customer_id bigint, at timestamptz, path text);
CREATE TABLE audit (id bigserial PRIMARY KEY, what text, at timestamptz DEFAULT now());
ALTER SEQUENCE audit_id_seq RESTART 900000;
CREATE TABLE settings (name text PRIMARY KEY, value int);
INSERT INTO settings VALUES ('noted', 1), ('kept', 0);
CREATE TABLE measurements (day date NOT NULL, sensor int NOT NULL, value int, PRIMARY KEY (day, sensor)) PARTITION BY RANGE (day);
CREATE TABLE measurements_1 PARTITION OF measurements FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE measurements_2 PARTITION OF measurements FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit (what) SELECT TG_OP || ' ' || TG_TABLE_NAME || ' ' || coalesce(OLD.id, NEW.id) FROM settings WHERE name = 'noted' AND value > 0;
  RETURN NULL; END $$;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN IF OLD.id % 9 = (SELECT -value FROM settings WHERE name = 'kept') THEN RETURN NULL; END IF; RETURN OLD; END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER kept BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER touched BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO customers (mail, source, state) SELECT 'm' || g, CASE g % 3 WHEN 0 THEN 'test' ELSE 'web' END,
  (ARRAY['new', 'old', 'gone'])[1 + g % 3] FROM generate_series(1, 40) g;
INSERT INTO orders (customer_id, total) SELECT 1 + g % 40, g FROM generate_series(1, 60) g;
INSERT INTO lines SELECT id, n, 'line' FROM orders, generate_series(1, 2) n;
INSERT INTO coupons SELECT g, g, g * 10 FROM generate_series(1, 30) g;
INSERT INTO visits SELECT g % 40, '2026-01-03', '/p' || g % 5 FROM generate_series(1, 60) g;
INSERT INTO measurements SELECT '2026-01-01'::date + g, g % 4, g FROM generate_series(0, 50) g;
"""

SCRIPTS = [
    "DELETE FROM customers WHERE source = 'test';\n",
    "UPDATE customers SET state = 'old', updated_at = now() WHERE state = 'new';\nUPDATE customers SET visits = visits + 1 WHERE id % 4 = 0;\n",
    """INSERT INTO customers (id, mail, source) VALUES (5, 'again', 'web'), (5000, 'fresh', 'web')
  ON CONFLICT (id) DO UPDATE SET mail = EXCLUDED.mail, visits = customers.visits + 1;
INSERT INTO orders (customer_id, total) SELECT id, visits FROM customers WHERE state = 'gone' ORDER BY id;
INSERT INTO lines SELECT id, 9, 'made' FROM orders WHERE total < 2 ORDER BY id;\n""",
    """BEGIN;
DELETE FROM orders WHERE total > 50;
SAVEPOINT s; DELETE FROM customers WHERE state = 'old'; ROLLBACK TO s;
UPDATE measurements SET day = day + 20 WHERE day BETWEEN '2026-01-10' AND '2026-01-14';
COMMIT;\n""",
    """DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT id, visits FROM customers WHERE source = 'test' ORDER BY id LOOP
    BEGIN
      UPDATE customers SET visits = 10 / (c.id % 2)::int WHERE id = c.id;
    EXCEPTION WHEN division_by_zero THEN
      INSERT INTO audit (what) VALUES ('cannot ' || c.id);
    END;
  END LOOP; END $$;\n""",
    "DELETE FROM visits WHERE path = '/p3';\nUPDATE visits SET path = path || '/' WHERE customer_id < 9;\nINSERT INTO visits VALUES (1, now(), '/new');\n",
    """WITH gone AS (DELETE FROM coupons WHERE value > 200 RETURNING customer_id)
  UPDATE customers SET visits = visits + 5 FROM gone WHERE gone.customer_id = customers.id;
MERGE INTO coupons c USING (SELECT id FROM customers WHERE id < 6 OR id > 36) s ON c.id = s.id
  WHEN MATCHED THEN UPDATE SET value = c.value + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.id, 1);\n""",
    """UPDATE customers SET mail = mail || '!' WHERE id <= 6;
UPDATE customers SET mail = rtrim(mail, '!') WHERE id <= 3;
DELETE FROM customers WHERE id = 7;
INSERT INTO customers (id, mail, source, state, updated_at) VALUES (7, 'm7', 'web', 'old', '2026-01-01');
UPDATE coupons SET customer_id = NULL WHERE customer_id IN (SELECT id FROM customers WHERE source = 'test');\n""",
    "INSERT INTO customers (mail, source) VALUES ('one', 'web'), ('two', 'web');\nINSERT INTO orders (customer_id, total) "
    "SELECT id, 7 FROM customers WHERE mail IN ('one', 'two') ORDER BY id;\nDELETE FROM measurements WHERE value % 7 = 0;\n",
]


# Rows that refer to what is made anew: by key, by a column that nothing declares, in JSON. What is referred to goes by data.
NAMES = """
CREATE TABLE acc (id bigserial PRIMARY KEY, owner text, label text, updated timestamptz DEFAULT now());
ALTER SEQUENCE acc_id_seq RESTART 300000;
CREATE TABLE person (pid int PRIMARY KEY, prio int, who uuid DEFAULT gen_random_uuid());
CREATE TABLE card (id bigint GENERATED ALWAYS AS IDENTITY (START 500000) PRIMARY KEY, pid int REFERENCES person, of_acc bigint REFERENCES acc ON DELETE CASCADE);
CREATE TABLE badge (pid int PRIMARY KEY, row_id bigint);
CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
CREATE TABLE admin (user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), what text);
CREATE TABLE shares (person uuid REFERENCES people ON DELETE CASCADE, what text);
CREATE TABLE audit (id bigserial PRIMARY KEY, what text, row_id bigint, image jsonb, at timestamptz DEFAULT now());
ALTER SEQUENCE audit_id_seq RESTART 900000;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit (what, row_id, image) VALUES (TG_OP, NEW.id, to_jsonb(NEW)); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON acc FOR EACH ROW EXECUTE FUNCTION note();
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated := now(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON acc FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION hand_out() RETURNS void LANGUAGE plpgsql AS $$ DECLARE p record; made bigint; BEGIN
  FOR p IN SELECT * FROM person WHERE prio < 3 LOOP
    INSERT INTO acc (owner, label) VALUES ('person', CASE p.prio WHEN 1 THEN 'gold' ELSE 'iron' END) RETURNING id INTO made;
    INSERT INTO card (pid, of_acc) VALUES (p.pid, made);
  END LOOP; END $$;
INSERT INTO person SELECT g, 1 + g % 4 FROM generate_series(1, 12) g;
INSERT INTO acc (owner, label, updated) SELECT 'old ' || g, 'iron', '2026-01-01' FROM generate_series(1, 12) g;
INSERT INTO card (pid, of_acc) SELECT g, 299999 + g FROM generate_series(1, 12) g;
INSERT INTO people (name) SELECT 'p' || g FROM generate_series(1, 6) g;
INSERT INTO shares SELECT id, name FROM people;
"""

REFERRING = [
    "INSERT INTO acc (owner) VALUES ('alice');\nINSERT INTO card (pid, of_acc) SELECT 1, max(id) FROM acc;\n"
    "INSERT INTO badge SELECT 1, max(id) FROM acc;\n",
    """INSERT INTO acc (owner, label) VALUES ('new', 'gold'), ('new', 'iron'), ('new', 'lead');
INSERT INTO card (pid, of_acc) SELECT p.pid, a.id FROM person p JOIN acc a ON a.owner = 'new' AND a.label = (ARRAY['gold', 'iron', 'lead'])[p.prio];\n""",
    "SELECT hand_out();\n",
    "UPDATE acc SET label = 'tin' WHERE id % 3 = 0;\nUPDATE acc SET owner = owner || '!' WHERE label = 'tin';\n"
    "DELETE FROM person WHERE pid NOT IN (SELECT pid FROM card);\n",
    "INSERT INTO people (name) VALUES ('a'), ('b'), ('b');\nINSERT INTO shares SELECT id, 'share' FROM people WHERE length(name) < 2;\n"
    "INSERT INTO admin (what) VALUES ('all'), ('some');\n",
    "INSERT INTO admin SELECT who, 'all' FROM person WHERE prio = 2;\nINSERT INTO people SELECT who, 'copied' FROM person WHERE prio = 1;\n",
    """SELECT nextval('acc_id_seq') FROM generate_series(1, 3);
INSERT INTO acc (owner) SELECT 'same' FROM generate_series(1, 6);
INSERT INTO card (pid, of_acc) SELECT 2, id FROM acc WHERE owner = 'same';
WITH made AS (INSERT INTO acc (owner) VALUES ('b') RETURNING id) INSERT INTO card (pid, of_acc) SELECT 3, id FROM made;
DELETE FROM acc WHERE owner = 'same' AND id = (SELECT min(id) FROM acc WHERE owner = 'same');\n""",
    "INSERT INTO badge SELECT pid, (SELECT max(id) FROM acc) FROM person WHERE prio = 2;\nINSERT INTO acc (owner) SELECT 'of ' || pid FROM person;\n",
]

# Code that sets a sequence where a setting says so, a cursor that runs code at COMMIT, a deferred trigger that defers another.
CODE = """
CREATE TABLE settings (name text PRIMARY KEY, value int);
INSERT INTO settings VALUES ('heal', 0);
CREATE TABLE acc (id bigserial PRIMARY KEY, owner text, label text);
ALTER SEQUENCE acc_id_seq RESTART 300000;
CREATE TABLE jobs (id int PRIMARY KEY, state text, priority int);
CREATE TABLE log (id int PRIMARY KEY, what text, hot int);
CREATE FUNCTION sign_up(who text) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE made bigint; BEGIN
  IF (SELECT value FROM settings WHERE name = 'heal') > 0 THEN PERFORM setval('acc_id_seq', 700000); END IF;
  INSERT INTO acc (owner) VALUES (who) RETURNING id INTO made; RETURN made; END $$;
CREATE FUNCTION finish(job int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN UPDATE jobs SET state = 'done' WHERE id = job; DELETE FROM log WHERE id = job + 20; RETURN job; END $$;
CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN SET CONSTRAINTS ALL DEFERRED; UPDATE jobs SET priority = priority + 1 WHERE id = 1; RETURN NULL; END $$;
CREATE FUNCTION second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM log WHERE hot > 2; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER first AFTER DELETE ON jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION first();
CREATE CONSTRAINT TRIGGER second AFTER UPDATE ON jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION second();
INSERT INTO acc (owner, label) SELECT 'old ' || g, 'iron' FROM generate_series(1, 12) g;
INSERT INTO jobs SELECT g, (ARRAY['new', 'old', 'done'])[1 + g % 3], g FROM generate_series(1, 12) g;
INSERT INTO log SELECT g, 'line ' || g, g % 4 FROM generate_series(1, 40) g;
"""

LEFT_TO_CODE = [
    "SELECT sign_up('one');\nDELETE FROM log WHERE hot = 2;\nSELECT sign_up('two');\n",
    "DELETE FROM acc WHERE id % 5 = 0;\nDECLARE c CURSOR WITH HOLD FOR SELECT finish(id) FROM jobs WHERE state = 'new';\n",
    "DELETE FROM jobs WHERE state = 'old';\nUPDATE acc SET label = 'tin' WHERE id % 3 = 0;\n",
]

GROUNDS = ([(SHOP, script) for script in SCRIPTS] + [(NAMES, script) for script in REFERRING]
           + [(CODE, script) for script in LEFT_TO_CODE])


class Written:
    """Has the shape of exact.Subject."""

    def __init__(self, server_, number):
        self.server = server_
        self.seed = f"written {number}"
        self.database = f"case_written_{number}"
        self.role = "postgres"
        schema, text = GROUNDS[number % len(GROUNDS)]
        self.script = types.SimpleNamespace(text=text, places=gate.places(text))
        server_.create_database(self.database)
        server_.execute(schema, self.database)

    def drop(self):
        self.server.drop_database(self.database)

    def story(self):
        return f"-- ground of apply_grounds.py, script {self.seed}\n{self.script.text}"
