-- expect: identity-range-delete
CREATE OR REPLACE FUNCTION purge(lo bigint, hi bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM users WHERE id BETWEEN lo AND hi;
END $$;
-- expect: identity-range-delete
CREATE FUNCTION purge_sql(lo bigint) RETURNS void LANGUAGE sql AS 'DELETE FROM users WHERE id < lo';
-- expect: identity-range-delete
CREATE FUNCTION purge_atomic(lo bigint) RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM users WHERE id < lo; END;
-- expect: identity-range-delete
CREATE PROCEDURE purge_loop() LANGUAGE plpgsql AS $body$
DECLARE
  step int := 1000;
  r record;
BEGIN
  FOR r IN SELECT 1 LOOP
    IF r IS NOT NULL THEN
      DELETE FROM users WHERE id > step;
    END IF;
  END LOOP;
EXCEPTION WHEN others THEN
  RAISE NOTICE 'DELETE FROM users';
END $body$;
-- expect: identity-range-delete
DO $$ BEGIN EXECUTE 'DELETE FROM users WHERE id BETWEEN ' || 1 || ' AND ' || 5; END $$;
-- expect: identity-range-delete
DO $$ BEGIN EXECUTE format('DELETE FROM users WHERE id < %L', 0); END $$;
-- expect: identity-range-delete
DO $$ BEGIN EXECUTE 'DELETE FROM users WHERE id < $1' USING 0; END $$;
-- expect: truncate
DO $$ BEGIN EXECUTE 'TRUNCATE users'; END $$;
-- expect: truncate
DO $$ BEGIN IF true THEN TRUNCATE users; ELSE NULL; END IF; END $$;
-- expect: missing-predicate
DO $$ BEGIN DELETE FROM users; END $$;
-- expect: missing-predicate
CREATE FUNCTION wipe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET plan = 'x'; RETURN NEW; END $$;
-- expect: identity-upsert
CREATE FUNCTION up(p_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE got bigint;
BEGIN
  INSERT INTO users (id) VALUES (p_id) ON CONFLICT (id) DO UPDATE SET plan = 'x' RETURNING id INTO got;
END $$;
-- expect: delete-not-by-population
CREATE FUNCTION old() RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY DELETE FROM users WHERE plan = 'x' RETURNING id; END $$;
-- expect: sequence-follows-data
CREATE FUNCTION heal() RETURNS void LANGUAGE plpgsql AS $$
DECLARE lowest bigint;
BEGIN
  SELECT min(id) INTO STRICT lowest FROM users;
  PERFORM setval('web_user_id_seq', greatest(-lowest, currval('web_user_id_seq')));
END $$;
-- expect: sequence-follows-data
CREATE FUNCTION heal2() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN setval('web_user_id_seq', (SELECT max(-id) FROM users)); END $$;
-- expect: sequence-follows-data
CREATE FUNCTION heal3() RETURNS void LANGUAGE plpgsql AS $$ DECLARE x bigint; BEGIN x := setval('web_user_id_seq', (SELECT max(-id) FROM users)); END $$;
-- expect: hard-coded-identity
DO $$ BEGIN INSERT INTO users (id, plan) VALUES (-91111101, 'pro'); END $$;
-- expect: population-rewritten
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM staging LOOP UPDATE users SET auth_source = 'test' WHERE id = r.id; END LOOP; END $$;
-- expect: identity-range-delete
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM users WHERE id < 0 LOOP UPDATE users SET plan = 'x' WHERE id = r.id; END LOOP; END $$;
-- expect: nothing
DO $$ BEGIN DELETE FROM users WHERE auth_source = 'test'; END $$;
-- expect: nothing
DO $$ BEGIN RAISE NOTICE 'TRUNCATE users; DELETE FROM users'; END $$;
-- expect: nothing
CREATE FUNCTION one(p_id bigint) RETURNS void LANGUAGE sql AS $$ DELETE FROM users WHERE id = p_id $$;
-- expect: nothing
CREATE FUNCTION heal4() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM setval('web_user_id_seq', 20000); END $$;
-- expect: nothing
CREATE FUNCTION report() RETURNS SETOF users LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM users WHERE id BETWEEN 1 AND 9; END $$;
-- expect: hard-coded-identity
COPY users (id, plan) FROM STDIN;
5	pro
6	free
\.
-- expect: hard-coded-identity
COPY users (plan, id) FROM STDIN WITH (FORMAT csv);
pro,-5
\.
-- expect: nothing
COPY users (plan) FROM STDIN;
5
\.
-- expect: nothing
COPY sessions (id) FROM STDIN;
5
\.
-- expect: nothing
COPY users TO '/tmp/users.csv';
-- expect: nothing
\echo TRUNCATE users;
-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN :lo AND :'hi';
-- expect: nothing
DELETE FROM users WHERE auth_source = :'source';
-- expect: nothing
SELECT 'DELETE FROM users WHERE id < 0';
-- expect: nothing
/* DELETE FROM users; */ SELECT 1;
-- expect: nothing
CREATE TEMP TABLE batch (id bigint PRIMARY KEY); INSERT INTO batch (id) VALUES (1); DELETE FROM batch; TRUNCATE batch; DROP TABLE batch;
-- expect: drop
DROP TABLE public.users;
-- expect: drop
DROP DATABASE shop;
-- expect: drop
DROP SCHEMA IF EXISTS public;
-- expect: nothing
DROP SCHEMA scratch;
-- expect: nothing
DROP TABLE users_staging;
-- expect: nothing
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- expect: identity-rewritten
ALTER TABLE users ALTER COLUMN id TYPE bigint USING -id;
-- expect: population-rewritten
ALTER TABLE users ALTER COLUMN auth_source TYPE text USING 'test';
-- expect: nothing
ALTER TABLE users ALTER COLUMN auth_source TYPE varchar(20) USING auth_source::varchar(20);
-- expect: nothing
ALTER TABLE users RENAME TO people;
-- expect: nothing
ALTER SEQUENCE web_user_id_seq NO CYCLE;
-- expect: drop
ALTER TABLE users DROP COLUMN auth_source;
-- expect: cascade, drop
ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;
-- expect: cascade
CREATE TABLE payments (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE);
-- expect: nothing
CREATE TABLE refunds (id bigserial PRIMARY KEY, payment_id bigint REFERENCES payments ON DELETE CASCADE);
-- expect: cascade
TRUNCATE plans CASCADE;
-- expect: always-true-predicate
DELETE FROM users WHERE users.id = id;
-- expect: delete-not-by-population
DELETE FROM users WHERE id = referrer_id;
-- expect: identity-range-delete
DELETE FROM users u USING staging s WHERE u.id = s.user_id AND s.user_id < 1000;
-- expect: nothing
UPDATE users u SET plan = s.plan FROM staging s WHERE u.id = s.user_id AND s.id < 1000;
-- expect: truncate
TRUNCATE TABLE public.users;
-- expect: identity-range-delete
UPDATE users SET plan = NULL WHERE NOT (id > 5 AND id < 10);
