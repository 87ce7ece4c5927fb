-- expect: identity-range-delete
delete from users where users.id >= -91111200::bigint and users.id < (-91111100)::bigint;
-- expect: identity-range-delete
DELETE FROM users u WHERE u.id BETWEEN SYMMETRIC -91111100 AND -91111200 RETURNING u.id;
-- expect: identity-range-delete
DELETE FROM users WHERE id > 4503599627370495 AND plan = 'trial';
-- expect: identity-range-delete
DELETE FROM users WHERE NOT id >= 0;
-- expect: identity-range-delete
DELETE FROM users WHERE (id < -100) IS TRUE;
-- expect: identity-range-delete
DELETE FROM public.users WHERE sign(id) = -1;
-- expect: identity-range-delete
DELETE FROM users WHERE id * -1 > 91111100;
-- expect: identity-range-delete
DELETE FROM users WHERE CAST(id AS text) ~ '^-9111';
-- expect: identity-range-delete
DELETE FROM users WHERE left(id::text, 5) = '-9111';
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT n FROM generate_series(-91111200, -91111100) AS s(n) WHERE n % 2 = 0);
-- expect: identity-range-delete
WITH ids AS (SELECT generate_series(1, 500) AS id) DELETE FROM users WHERE id IN (SELECT id FROM ids);
-- expect: identity-range-delete
WITH ids(n) AS (SELECT generate_series(1, 500)) DELETE FROM users u USING ids WHERE u.id = ids.n;
-- expect: identity-range-delete
WITH old AS (SELECT u.id FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.id < 1000) DELETE FROM users WHERE id = ANY (SELECT id FROM old);
-- expect: identity-range-delete
DELETE FROM users WHERE ROW(id, created_at) < ROW(1000, now());
-- expect: identity-range-delete
DELETE FROM users WHERE id = ANY (ARRAY[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]);
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10),(11),(12),(13),(14),(15),(16),(17),(18),(19),(20),(21),(22));
-- expect: identity-range-delete
UPDATE users SET plan = 'free' WHERE id <= (SELECT min(id) + 1000 FROM users);
-- expect: identity-range-delete
UPDATE users AS u SET plan = s.plan FROM staging s WHERE u.id = s.user_id AND u.id BETWEEN 1 AND 1000;
-- expect: identity-range-delete
PREPARE wipe (bigint, bigint) AS DELETE FROM users WHERE id BETWEEN $1 AND $2;
-- expect: identity-range-delete
EXPLAIN ANALYZE DELETE FROM users WHERE id < 0;
-- expect: identity-range-delete
CREATE RULE tidy AS ON INSERT TO audit_log DO ALSO DELETE FROM users WHERE id < -1000;
-- expect: identity-range-delete
DELETE FROM users WHERE int8range(-91111200, -91111100, '[]') @> id;
-- expect: identity-range-delete
DELETE FROM users WHERE auth_source = 'telegram' AND id > 1000000000;
-- expect: identity-range-delete
DELETE FROM users WHERE (auth_source = 'test' AND plan = 'a') OR (auth_source = 'oauth' AND id < -5);
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' AND id NOT BETWEEN 1 AND 5;
-- expect: nothing
DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE id BETWEEN 1 AND 100);
-- expect: nothing
INSERT INTO archive_users SELECT * FROM users WHERE id BETWEEN 1 AND 1000;
-- expect: nothing
SELECT count(*) FROM users WHERE id < 0;
-- expect: nothing
UPDATE sessions SET expired = true FROM users WHERE sessions.user_id = users.id AND users.id < 0;
-- expect: nothing
UPDATE users SET last_seen = now() WHERE id = 17;
-- expect: nothing
UPDATE users SET score = score + 1 WHERE score BETWEEN 1 AND 10;
-- expect: nothing
CREATE VIEW old_users AS SELECT * FROM users WHERE id < 1000;
-- expect: nothing
ALTER TABLE users ADD CONSTRAINT id_space CHECK (id BETWEEN 1 AND 4503599627370495 OR id < 0) NOT VALID;
-- expect: nothing
CREATE INDEX ON users (id) WHERE id < 0;
-- expect: delete-not-by-population
DELETE FROM users WHERE created_at < now() - interval '30 days' AND plan = 'trial';
-- expect: delete-not-by-population
DELETE FROM users USING blocklist b WHERE users.email = b.email;
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source IN ('test', 'telegram');
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source IS NULL;
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source NOT IN ('telegram', 'oauth');
-- expect: delete-not-by-population
DELETE FROM users WHERE username ILIKE 'test\_%';
-- expect: delete-not-by-population
DELETE FROM users WHERE id NOT IN (SELECT user_id FROM sessions);
-- expect: delete-not-by-population
WITH dead AS (DELETE FROM users WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.user_id = users.id) RETURNING *) INSERT INTO archive_users SELECT * FROM dead;
-- expect: nothing
WITH dead AS (DELETE FROM users WHERE auth_source = 'test' RETURNING *) INSERT INTO archive_users SELECT * FROM dead;
-- expect: nothing
DELETE FROM users WHERE (auth_source, plan) = ('test', 'pro') AND auth_source = 'test';
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test'::text AND email LIKE 'e2e-%';
-- expect: nothing
DELETE FROM users WHERE auth_source IS NOT DISTINCT FROM 'test';
-- expect: nothing
DELETE FROM users u USING sessions s WHERE s.user_id = u.id AND u.auth_source = 'test' AND s.expired;
-- expect: hard-coded-identity
INSERT INTO public.users AS u (auth_source, id) VALUES ('test', -91111101), ('test', -91111102) ON CONFLICT DO NOTHING;
-- expect: hard-coded-identity
INSERT INTO users (id, auth_source) SELECT 1000000001 + n, 'test' FROM generate_series(0, 99) AS n;
-- expect: hard-coded-identity
INSERT INTO users (id, auth_source) SELECT v.i, 'test' FROM (VALUES (7), (8)) AS v(i);
-- expect: hard-coded-identity
INSERT INTO users (id) VALUES ((SELECT 42));
-- expect: nothing
INSERT INTO users (auth_source) VALUES ('test') RETURNING id;
-- expect: nothing
INSERT INTO users (id, auth_source) SELECT nextval('test_ids'), 'test' FROM generate_series(1, 10);
-- expect: nothing
INSERT INTO users SELECT * FROM users_backup WHERE id = 5;
-- expect: nothing
INSERT INTO orders (id, user_id) VALUES (1, -91111101);
-- expect: identity-upsert, hard-coded-identity
INSERT INTO users (id, plan) VALUES (-91111101, 'pro') ON CONFLICT (id) DO UPDATE SET plan = excluded.plan WHERE users.plan <> excluded.plan;
-- expect: identity-upsert
INSERT INTO users (id, plan) SELECT id, plan FROM staging ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan;
-- expect: identity-upsert
MERGE INTO public.users AS t USING (SELECT $1::bigint AS id) AS s ON s.id = t.id WHEN MATCHED THEN UPDATE SET plan = 'x' WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);
-- expect: nothing
INSERT INTO users (email, plan) VALUES ($1, $2) ON CONFLICT (lower(email)) DO UPDATE SET plan = EXCLUDED.plan;
-- expect: nothing
INSERT INTO sessions (id, user_id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id;
-- expect: sequence-follows-data
SELECT setval('public.web_user_id_seq'::regclass, (SELECT COALESCE(MAX(-id), 1) FROM public.users WHERE id < 0), true);
-- expect: sequence-follows-data
WITH m AS (SELECT max(id) AS top FROM users) SELECT setval('users_id_seq', m.top) FROM m;
-- expect: sequence-follows-data
DO $do$ DECLARE top bigint; BEGIN top := (SELECT max(id) FROM users); PERFORM setval('users_id_seq', top + 1); END $do$;
-- expect: sequence-follows-data
DO $$ BEGIN EXECUTE 'ALTER SEQUENCE users_id_seq RESTART WITH ' || (SELECT max(id) + 1 FROM users); END $$;
-- expect: sequence-follows-data
DO $$ BEGIN EXECUTE format('ALTER SEQUENCE %I RESTART WITH %s', 'web_user_id_seq', (SELECT max(id) + 1 FROM users)); END $$;
-- expect: nothing
SELECT setval('users_id_seq', 20000, false);
-- expect: nothing
ALTER SEQUENCE users_id_seq RESTART;
-- expect: nothing
SELECT setval('invoices_id_seq', (SELECT max(id) FROM invoices));
-- expect: population-rewritten
UPDATE users SET plan = 'x', auth_source = 'test' WHERE email = $1;
-- expect: population-rewritten
UPDATE users u SET auth_source = s.source FROM staging s WHERE s.user_id = u.id;
-- expect: identity-rewritten
UPDATE users SET id = nextval('users_id_seq') WHERE id = $1;
-- expect: identity-rewritten
UPDATE users SET (id, plan) = (SELECT -id, plan FROM staging s WHERE s.email = users.email) WHERE email = $1;
-- expect: nothing
UPDATE users SET plan = auth_source WHERE id = $1;
-- expect: missing-predicate
WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone;
-- expect: missing-predicate
UPDATE users SET plan = s.plan FROM staging s;
-- expect: always-true-predicate
DELETE FROM users WHERE 1 = 1 AND TRUE;
-- expect: always-true-predicate
UPDATE users SET plan = 'x' WHERE id = id AND 'x' <> 'y';
-- expect: always-true-predicate
DELETE FROM users WHERE coalesce(plan, '') = coalesce(plan, '');
-- expect: always-true-predicate
DELETE FROM users WHERE id IS NOT NULL OR plan = 'x';
-- expect: always-true-predicate
DELETE FROM users WHERE NOT (1 = 2);
-- expect: nothing
UPDATE users SET plan = 'x' WHERE TRUE AND id = $1;
-- expect: nothing
DELETE FROM users WHERE 1 = 2 OR auth_source = 'test';
-- expect: truncate
TRUNCATE ONLY public.users RESTRICT;
-- expect: truncate, cascade
TRUNCATE TABLE users, sessions CONTINUE IDENTITY CASCADE;
-- expect: drop
DROP TABLE sessions, users;
-- expect: drop
ALTER TABLE IF EXISTS users DROP COLUMN IF EXISTS id;
-- expect: cascade
CREATE TABLE logins (id bigint PRIMARY KEY, user_id bigint, CONSTRAINT logins_user_fk FOREIGN KEY (user_id) REFERENCES public.users (id) ON UPDATE CASCADE ON DELETE CASCADE);
-- expect: nothing
DROP TABLE IF EXISTS users_2019 CASCADE;
-- expect: nothing
ALTER TABLE sessions ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL;
-- expect: nothing
DROP VIEW active_users;
