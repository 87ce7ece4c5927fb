BEGIN;
-- expect: identity-range-delete
DELETE FROM users WHERE id = 1 OR id = 2 OR id > 100;
-- expect: nothing
DELETE FROM users WHERE CASE WHEN auth_source = 'test' THEN id < 5 ELSE false END;
-- expect: identity-range-delete
DELETE FROM users u WHERE EXISTS (SELECT FROM users v WHERE v.id = u.id AND v.id < 0);
-- expect: delete-not-by-population
DELETE FROM users WHERE id IN (SELECT max(id) FROM users GROUP BY email HAVING count(*) > 1);
-- expect: delete-not-by-population
DELETE FROM users a USING users b WHERE a.email = b.email AND a.id > b.id;
-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN (SELECT min(id) FROM users) AND (SELECT max(id) FROM users WHERE auth_source = 'test');
-- expect: identity-range-delete
UPDATE users SET plan = 'x' WHERE id >= ALL (SELECT id FROM users);
-- expect: hard-coded-identity
INSERT INTO users (id, email) SELECT -91111101, 'x' WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = -91111101);
-- expect: hard-coded-identity, identity-upsert
INSERT INTO users AS u VALUES (-91111101, 'x') ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET email = 'x';
-- expect: hard-coded-identity
WITH x AS (SELECT 5 AS id) INSERT INTO users (id) SELECT id FROM x;
-- expect: nothing
ALTER TABLE users ALTER COLUMN id RESTART WITH 5;
-- expect: drop
ALTER TABLE users RENAME COLUMN id TO user_id;
-- expect: nothing
ALTER TABLE users RENAME TO people;
-- expect: nothing
DELETE FROM users WHERE (auth_source, plan) = ('test', 'x');
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' OR false;
-- expect: always-true-predicate
DELETE FROM users WHERE auth_source = 'test' OR true;
-- expect: delete-not-by-population
DELETE FROM users WHERE (auth_source = 'test') IS NOT FALSE;
-- expect: nothing
DELETE FROM users WHERE NOT (auth_source <> 'test');
-- expect: population-rewritten
UPDATE ONLY users SET auth_source = DEFAULT WHERE email = 'x';
-- expect: always-true-predicate
DELETE FROM users WHERE current_date > '2020-01-01';
-- expect: truncate
TRUNCATE billing.customers;
-- expect: truncate
TRUNCATE customers;
-- expect: sequence-follows-data
SELECT pg_catalog.setval('billing.customer_seq', (SELECT max(customer_id) FROM billing.customers), true);
-- expect: sequence-follows-data
DO LANGUAGE plpgsql 'BEGIN PERFORM setval(''web_user_id_seq'', (SELECT max(id) FROM users)); END';
-- expect: identity-range-delete
DELETE FROM billing.customers WHERE customer_id = ANY ('{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22}');
-- expect: unparseable
DELETE FROM users TABLESAMPLE;
-- expect: drop
DROP SEQUENCE billing.customer_seq;
-- expect: nothing
DROP FUNCTION users();
-- expect: nothing
DROP TABLE tmp_users, "Users";
COMMIT;
