-- Ranges that are written another way, and conditions that only look like one.
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT id FROM users ORDER BY id LIMIT 100);
-- expect: nothing
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE auth_source = 'test' ORDER BY id LIMIT 100);
-- expect: delete-not-by-population
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE created_at < now() ORDER BY id LIMIT 100);
-- expect: identity-range-delete
DELETE FROM users WHERE id=1 OR id=2 OR id=3 OR id=4 OR id=5 OR id=6 OR id=7 OR id=8 OR id=9 OR id=10 OR id=11 OR id=12 OR id=13 OR id=14 OR id=15 OR id=16 OR id=17 OR id=18 OR id=19 OR id=20 OR id=21;
-- expect: nothing
DELETE FROM users WHERE id = $1 OR id = $2 OR id = $3;
-- expect: identity-range-delete
DELETE FROM users u WHERE CASE WHEN u.id < 0 THEN true ELSE false END;
-- expect: delete-not-by-population
DELETE FROM users u WHERE CASE WHEN u.plan = 'free' THEN u.nickname = 'x' END;
-- expect: nothing
DELETE FROM users u WHERE CASE WHEN u.plan = 'free' THEN u.auth_source = 'test' ELSE false END;
-- expect: always-true-predicate
UPDATE users SET plan = 'free' WHERE 'a' LIKE 'a%';
-- expect: nothing
UPDATE users SET plan = 'free' WHERE 'b' LIKE 'a%';
-- expect: always-true-predicate
DELETE FROM users WHERE auth_source IN ('test') OR auth_source NOT IN ('test');
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source IN ('test') OR plan NOT IN ('test');
-- expect: always-true-predicate
DELETE FROM users WHERE plan LIKE 'a%' OR plan NOT LIKE 'a%';
-- expect: drop
ALTER TABLE users RENAME COLUMN auth_source TO origin;
-- expect: nothing
ALTER TABLE users RENAME COLUMN nickname TO handle;
-- expect: drop
ALTER TABLE users DROP CONSTRAINT users_auth_source_ids;
-- expect: drop
ALTER TABLE users DROP CONSTRAINT users_pkey;
-- expect: nothing
ALTER TABLE users DROP CONSTRAINT users_auth_source_ids, ADD CONSTRAINT users_auth_source_ids CHECK (id <> 0) NOT VALID;
-- expect: nothing
ALTER TABLE users DROP CONSTRAINT users_nickname_key;
-- expect: always-true-predicate
DELETE FROM users WHERE now() > '2000-01-01';
-- expect: always-true-predicate
UPDATE users SET plan = 'free' WHERE current_date >= '2001-01-01'::date;
-- expect: nothing
UPDATE users SET plan = 'free' WHERE now() > '2900-01-01';
-- expect: nothing
UPDATE users SET plan = 'free' WHERE created_at > '2000-01-01';
-- expect: always-true-predicate
DELETE FROM users WHERE length(auth_source) >= 0;
-- expect: nothing
UPDATE users SET plan = 'free' WHERE length(nickname) > 0;
-- expect: identity-range-delete
DELETE FROM users WHERE (id > 5) = true;
-- expect: identity-range-delete
DELETE FROM users WHERE (id > 5 AND plan = 'free') <> false;
-- expect: nothing
DELETE FROM users WHERE (auth_source = 'test') = true;
-- expect: delete-not-by-population
DELETE FROM users WHERE (auth_source = 'test') = false;
-- expect: identity-range-delete
DELETE FROM users WHERE right(id::text, 1) IN ('1', '2');
-- expect: nothing
UPDATE users SET plan = 'free' WHERE id % 10 = 3;
-- expect: identity-range-delete
WITH RECURSIVE n AS (SELECT -91111200 AS i UNION ALL SELECT n.i + 1 FROM n WHERE n.i < -91111100) DELETE FROM users USING n WHERE users.id = n.i;
-- expect: nothing
WITH RECURSIVE tree AS (SELECT id FROM users WHERE auth_source = 'test' UNION ALL SELECT u.id FROM users u JOIN tree t ON u.parent = t.id WHERE u.auth_source = 'test') DELETE FROM users WHERE id IN (SELECT id FROM tree);
