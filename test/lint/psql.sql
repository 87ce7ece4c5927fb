-- psql's variables: what stands behind them is read, and they are what parses.
-- expect: nothing
GRANT SELECT ON users TO :"r";
-- expect: truncate
TRUNCATE users;
-- expect: nothing
GRANT SELECT ON users TO :role; COMMENT ON TABLE users IS :'comment'; LISTEN :channel;
-- expect: nothing
CREATE SEQUENCE invoice_seq START :n MAXVALUE :m; CREATE TABLE codes (code varchar(:n)); ALTER DATABASE :db SET work_mem = :v;
-- expect: nothing
ALTER SEQUENCE web_user_id_seq RESTART WITH :n;
-- expect: nothing
DELETE FROM users :where;
-- expect: identity-range-delete
DELETE FROM :"schema".users WHERE id < :n; DELETE FROM users WHERE id BETWEEN :lo AND :hi;
-- expect: delete-not-by-population
DELETE FROM users WHERE plan = :'plan';
-- expect: nothing
DELETE FROM users WHERE auth_source = :'population';
-- expect: nothing
SELECT max(-id) AS top FROM users \gset
-- expect: sequence-follows-data
ALTER SEQUENCE web_user_id_seq RESTART WITH :top;
-- expect: nothing
SELECT count(*) AS orders FROM orders \gset shop_
-- expect: sequence-follows-data
SELECT setval('web_user_id_seq', :shop_orders);
-- expect: nothing
SELECT 20000 AS decided \gset
-- expect: nothing
ALTER SEQUENCE web_user_id_seq RESTART WITH :decided;
-- expect: nothing
ALTER LANGUAGE plpgsql OWNER TO @extowner@;
-- expect: nothing
CREATE TABLE @extschema@.sessions (id bigint PRIMARY KEY);
-- expect: unparseable
GRANT SELECT ON users TOO :"r";
-- expect: truncate
DO LANGUAGE plpgsql 'BEGIN TRUNCATE users; END';
-- expect: truncate
DO LANGUAGE plpgsql $$ BEGIN TRUNCATE users; END $$;
-- expect: nothing
DO LANGUAGE "plpgsql" 'BEGIN TRUNCATE orders; END';
-- expect: nothing
EXPLAIN DELETE FROM users WHERE id < 0;
-- expect: nothing
EXPLAIN (COSTS off, ANALYZE off) DELETE FROM users;
-- expect: nothing
EXPLAIN (ANALYZE, ANALYZE 0) SELECT setval('web_user_id_seq', (SELECT max(id) FROM users));
-- expect: identity-range-delete
EXPLAIN ANALYZE DELETE FROM users WHERE id < 0;
-- expect: missing-predicate
EXPLAIN (BUFFERS, ANALYZE true) DELETE FROM users;
-- expect: nothing
\set first -91111101
-- expect: hard-coded-identity
INSERT INTO users (id, auth_source) VALUES (:first, 'test');
-- expect: nothing
INSERT INTO users (id, auth_source) VALUES (:other, 'test');
