-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100;
-- expect: identity-range-delete
DELETE FROM public.users u WHERE u.id >= -91111200 AND u.id <= -91111100;
-- expect: identity-range-delete
DELETE FROM "users" WHERE "id" < 0;
-- expect: identity-range-delete
DELETE FROM ONLY users AS u WHERE 0 > u.id;
-- expect: identity-range-delete
DELETE FROM users WHERE NOT (id < 5);
-- expect: identity-range-delete
DELETE FROM users WHERE id NOT BETWEEN 1 AND 5;
-- expect: identity-range-delete
DELETE FROM users WHERE -id BETWEEN 91111100 AND 91111200;
-- expect: identity-range-delete
DELETE FROM users WHERE id + 0 BETWEEN 1 AND 5;
-- expect: identity-range-delete
DELETE FROM users WHERE abs(id) > 91111100;
-- expect: identity-range-delete
DELETE FROM users WHERE id::numeric <= 5;
-- expect: identity-range-delete
DELETE FROM users WHERE id::text LIKE '-9111%';
-- expect: identity-range-delete
DELETE FROM users WHERE id / 100 = -911111;
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT generate_series(-91111200, -91111100));
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT g FROM generate_series(1, 5) g);
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT -g.n FROM generate_series(1, 5) AS g(n));
-- expect: identity-range-delete
DELETE FROM users USING generate_series(1, 100) AS g WHERE users.id = g;
-- expect: identity-range-delete
DELETE FROM users u USING generate_series(1, 100) AS g(n) WHERE u.id = g.n;
-- expect: identity-range-delete
DELETE FROM users WHERE id = ANY (ARRAY(SELECT generate_series(1, 5)));
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE id < 0 LIMIT 100);
-- expect: identity-range-delete
WITH doomed AS (SELECT id FROM users WHERE id < 0) DELETE FROM users USING doomed d WHERE users.id = d.id;
-- expect: identity-range-delete
WITH gone AS (DELETE FROM users WHERE id < 0 RETURNING id) SELECT count(*) FROM gone;
-- expect: identity-range-delete
DELETE FROM users WHERE id <@ int8range(-91111200, -91111100);
-- expect: identity-range-delete
DELETE FROM users WHERE int8range(1, 5) @> id;
-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN $1 AND $2;
-- expect: identity-range-delete
DELETE FROM users WHERE (id, plan) > ($1, $2);
-- expect: identity-range-delete
DELETE FROM users WHERE auth_source = 'test' OR id < 0;
-- expect: identity-range-delete
DELETE FROM users WHERE auth_source = 'oauth' AND id < 0;
-- expect: identity-range-delete
DELETE FROM users WHERE id < (SELECT max(id) - 100 FROM users);
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21);
-- expect: identity-range-delete
DELETE FROM users WHERE id = ANY('{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21}'::bigint[]);
-- expect: identity-range-delete
DELETE FROM users u WHERE EXISTS (SELECT 1 FROM generate_series(1, 9) g WHERE g = u.id);
-- expect: identity-range-delete
UPDATE users SET plan = 'free' WHERE id > 1000;
-- expect: identity-range-delete
UPDATE users u SET plan = 'free' FROM (VALUES (1, 9)) r(lo, hi) WHERE u.id BETWEEN r.lo AND r.hi;
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' AND id BETWEEN 1 AND 5;
-- expect: nothing
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE auth_source = 'test' AND id > $1 ORDER BY id LIMIT 1000);
-- expect: nothing
SELECT * FROM users WHERE id BETWEEN 1 AND 5;
-- expect: nothing
DELETE FROM sessions WHERE id BETWEEN 1 AND 5;
-- expect: nothing
DELETE FROM archive.users WHERE id BETWEEN 1 AND 5;
-- expect: nothing
DELETE FROM users WHERE id = $1;
-- expect: nothing
DELETE FROM users WHERE $1 = id AND id > 0;
-- expect: nothing
UPDATE users SET plan = 'free' WHERE id = 5;
-- expect: nothing
UPDATE users SET plan = 'free' WHERE id IN (1, 2, 3);
-- expect: nothing
UPDATE users SET plan = 'free' WHERE id <> 5;
-- expect: nothing
UPDATE users SET plan = 'free' WHERE created_at < now() - interval '1 day';
-- expect: nothing
UPDATE users SET auth_source = 'telegram' WHERE auth_source IS NULL AND id BETWEEN 1 AND 1000;
-- expect: delete-not-by-population
DELETE FROM users WHERE email LIKE '%@example.com';
-- expect: delete-not-by-population
DELETE FROM users WHERE id = -91111101;
-- expect: delete-not-by-population
DELETE FROM users WHERE id IN (1, 2, 3);
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source = 'oauth';
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source <> 'oauth';
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source IN ('test', 'oauth');
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source = 'test' OR email IS NULL;
-- expect: delete-not-by-population
DELETE FROM users WHERE NOT (auth_source = 'test');
-- expect: delete-not-by-population
DELETE FROM users WHERE id IN (SELECT user_id FROM sessions WHERE expired);
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source LIKE 'te%';
-- expect: delete-not-by-population
DELETE FROM users a USING users b WHERE a.id > b.id AND a.email = b.email;
-- expect: delete-not-by-population
DELETE FROM users WHERE id = ANY($1);
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test';
-- expect: nothing
DELETE FROM users WHERE 'test' = auth_source;
-- expect: nothing
DELETE FROM users u WHERE u.auth_source = 'test' AND created_at < now();
-- expect: nothing
DELETE FROM users WHERE auth_source IN ('test');
-- expect: nothing
DELETE FROM users WHERE auth_source = ANY(ARRAY['test']);
-- expect: nothing
DELETE FROM users WHERE auth_source = ANY('{test}');
-- expect: nothing
DELETE FROM users WHERE auth_source = $1;
-- expect: nothing
DELETE FROM users WHERE lower(auth_source) = 'test';
-- expect: nothing
DELETE FROM users WHERE (auth_source = 'test' AND plan = 'a') OR (auth_source = 'test' AND plan = 'b');
-- expect: nothing
DELETE FROM users WHERE NOT (auth_source <> 'test');
-- expect: nothing
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE auth_source = 'test' LIMIT 1000);
-- expect: nothing
DELETE FROM users WHERE ctid = ANY(ARRAY(SELECT ctid FROM users WHERE auth_source = 'test' LIMIT 1000));
-- expect: nothing
WITH d AS (SELECT id FROM users WHERE auth_source = 'test' LIMIT 9) DELETE FROM users u USING d WHERE u.id = d.id;
-- expect: nothing
WITH d AS (SELECT id FROM users WHERE auth_source = 'test') DELETE FROM users WHERE id IN (SELECT id FROM d);
-- expect: nothing
DELETE FROM users WHERE id IN (SELECT s.user_id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.auth_source = 'test');
-- expect: nothing
DELETE FROM users u WHERE EXISTS (SELECT 1 FROM users t WHERE t.id = u.id AND t.auth_source = 'test');
-- expect: missing-predicate
DELETE FROM users;
-- expect: missing-predicate
UPDATE users SET plan = 'free';
-- expect: missing-predicate
DELETE FROM users USING sessions;
-- expect: always-true-predicate
DELETE FROM users WHERE true;
-- expect: always-true-predicate
DELETE FROM users WHERE 1=1;
-- expect: always-true-predicate
DELETE FROM users WHERE id = id;
-- expect: always-true-predicate
DELETE FROM users u WHERE u.id = u.id;
-- expect: always-true-predicate
DELETE FROM users WHERE NULL IS NULL;
-- expect: always-true-predicate
DELETE FROM users WHERE id IS NOT NULL;
-- expect: always-true-predicate
DELETE FROM users WHERE 'a' = 'a' AND 2 > 1;
-- expect: always-true-predicate
DELETE FROM users WHERE auth_source = 'test' OR true;
-- expect: always-true-predicate
DELETE FROM users WHERE NOT false;
-- expect: always-true-predicate
DELETE FROM users WHERE id >= id + 0;
-- expect: always-true-predicate
DELETE FROM users WHERE EXISTS (SELECT 1);
-- expect: always-true-predicate
DELETE FROM users WHERE id IN (SELECT id FROM users);
-- expect: always-true-predicate
DELETE FROM users WHERE email LIKE '%';
-- expect: always-true-predicate
UPDATE users SET plan = 'x' WHERE (1=1) IS TRUE;
-- expect: always-true-predicate
UPDATE users SET plan = 'x' WHERE 1 IN (1, 2);
-- expect: nothing
UPDATE users SET plan = 'x' WHERE 1 = 1 AND id = $1;
-- expect: nothing
DELETE FROM users WHERE false;
-- expect: nothing
DELETE FROM users WHERE 1 = 0;
-- expect: nothing
DELETE FROM sessions;
-- expect: nothing
DELETE FROM users WHERE CURRENT OF c;
-- expect: nothing
SELECT 1 WHERE 1 = 1;
-- expect: hard-coded-identity
INSERT INTO users (id, plan) VALUES (-91111101, 'pro');
-- expect: hard-coded-identity
INSERT INTO users (plan, id) VALUES ('a', DEFAULT), ('pro', 5);
-- expect: hard-coded-identity
INSERT INTO users VALUES (5, 'a');
-- expect: hard-coded-identity
INSERT INTO users (id) OVERRIDING SYSTEM VALUE VALUES ('5'::bigint);
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT -91111100 - g FROM generate_series(1, 9) g;
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT * FROM (VALUES (5), (6)) v;
-- expect: hard-coded-identity
WITH n(i, p) AS (VALUES (-5, 'a')) INSERT INTO users (id, plan) SELECT i, p FROM n;
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT 5 UNION ALL SELECT 6;
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT unnest(ARRAY[-5, -6]);
-- expect: hard-coded-identity
INSERT INTO users (id) VALUES (-(91111101));
-- expect: hard-coded-identity
INSERT INTO users (id, plan) VALUES (1, 'a') ON CONFLICT (id) DO NOTHING;
-- expect: nothing
INSERT INTO users (id, plan) VALUES (DEFAULT, 'a');
-- expect: nothing
INSERT INTO users (plan) VALUES ('5');
-- expect: nothing
INSERT INTO users (id, plan) VALUES ($1, 'a');
-- expect: nothing
INSERT INTO users (id, plan) VALUES (-nextval('web_user_id_seq'), 'a');
-- expect: nothing
INSERT INTO users (id, plan) SELECT id, 'a' FROM staging;
-- expect: nothing
INSERT INTO sessions (id, user_id) VALUES (5, 6);
-- expect: identity-upsert
INSERT INTO users (id, plan) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan;
-- expect: identity-upsert
INSERT INTO users AS u (id) VALUES ($1) ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET plan = 'x';
-- expect: identity-upsert
INSERT INTO users (id) VALUES ($1) ON CONFLICT ON CONSTRAINT pk_users DO UPDATE SET plan = 'x';
-- expect: nothing
INSERT INTO users (email) VALUES ($1) ON CONFLICT ON CONSTRAINT users_email_key DO UPDATE SET plan = 'x';
-- expect: nothing
INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET plan = 'x';
-- expect: population-rewritten
INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET auth_source = EXCLUDED.auth_source;
-- expect: nothing
INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING;
-- expect: identity-upsert
MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN UPDATE SET plan = s.plan WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (s.id, s.plan);
-- expect: nothing
MERGE INTO users u USING s ON u.email = s.email WHEN MATCHED THEN UPDATE SET plan = s.plan;
-- expect: nothing
MERGE INTO users u USING s ON u.id = s.id WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (s.id, s.plan);
-- expect: delete-not-by-population
MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN DELETE;
-- expect: nothing
MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED AND u.auth_source = 'test' THEN DELETE;
-- expect: population-rewritten
UPDATE users SET auth_source = 'test' WHERE id = $1;
-- expect: population-rewritten
UPDATE users SET (plan, auth_source) = ('a', 'test') WHERE id = $1;
-- expect: nothing
UPDATE users SET auth_source = coalesce(auth_source, 'telegram') WHERE id = $1;
-- expect: nothing
UPDATE users SET auth_source = 'telegram' WHERE auth_source IS NULL;
-- expect: identity-rewritten
UPDATE users SET id = -id WHERE auth_source = 'test';
-- expect: nothing
UPDATE users SET id = id WHERE email = $1;
-- expect: sequence-follows-data
SELECT setval('web_user_id_seq', (SELECT max(id) FROM users));
-- expect: sequence-follows-data
SELECT setval('web_user_id_seq', GREATEST(-MIN(id), currval('web_user_id_seq'))) FROM users;
-- expect: sequence-follows-data
SELECT setval(pg_get_serial_sequence('users', 'id'), coalesce(max(id), 1)) FROM users;
-- expect: nothing
SELECT setval('web_user_id_seq', 1);
-- expect: nothing
SELECT setval('web_user_id_seq', $1);
-- expect: nothing
SELECT setval('web_user_id_seq', nextval('web_user_id_seq') + 100);
-- expect: nothing
SELECT setval('web_user_id_seq', (SELECT last_value FROM web_user_id_seq));
-- expect: nothing
SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));
-- expect: nothing
ALTER SEQUENCE web_user_id_seq RESTART WITH 1;
-- expect: truncate
TRUNCATE users;
-- expect: truncate
TRUNCATE TABLE sessions, public.users RESTART IDENTITY;
-- expect: truncate, cascade
TRUNCATE users CASCADE;
-- expect: nothing
TRUNCATE sessions;
-- expect: drop
DROP TABLE IF EXISTS users;
-- expect: drop, cascade
DROP TABLE users CASCADE;
-- expect: nothing
DROP TABLE users_old;
-- expect: drop, cascade
DROP SCHEMA public CASCADE;
-- expect: drop
DROP SEQUENCE web_user_id_seq;
-- expect: nothing
DROP INDEX users_pkey_idx;
-- expect: drop
ALTER TABLE users DROP COLUMN auth_source;
-- expect: nothing
ALTER TABLE users DROP COLUMN nickname;
-- expect: cascade
CREATE TABLE sessions (user_id bigint REFERENCES users (id) ON DELETE CASCADE);
-- expect: cascade
ALTER TABLE s ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
-- expect: nothing
CREATE TABLE sessions (user_id bigint REFERENCES users (id) ON DELETE RESTRICT);
-- expect: always-true-predicate
DELETE FROM users WHERE id < 5 OR id >= 5;
-- expect: always-true-predicate
UPDATE users SET plan = 'free' WHERE plan IS NULL OR plan IS NOT NULL;
-- expect: always-true-predicate
DELETE FROM users WHERE id > 0 AND NULL IS NULL OR (id = 1 OR id <> 1) AND true;
-- expect: always-true-predicate
DELETE FROM users WHERE id = (SELECT id);
-- expect: nothing
UPDATE users SET plan = 'free' WHERE plan = 'a' OR name <> 'a';
-- expect: delete-not-by-population
DELETE FROM users WHERE id = $1 OR plan = 'free';
-- expect: delete-not-by-population
DELETE FROM users WHERE id IN ($1);
-- expect: nothing
DELETE FROM users WHERE id IN ($1, $2);
-- expect: nothing
DELETE FROM users WHERE auth_source IN ($1);
