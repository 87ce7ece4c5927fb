-- expect: missing-predicate
DELETE FROM users;
-- expect: missing-predicate
UPDATE users SET plan = 'free';
-- expect: missing-predicate
DELETE FROM users u USING sessions s;
-- expect: missing-predicate
WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO users_archive SELECT * FROM gone;
-- expect: always-true-predicate
DELETE FROM users WHERE true;
-- expect: always-true-predicate
DELETE FROM users WHERE 'a' = 'a';
-- expect: always-true-predicate
DELETE FROM users WHERE id IS NOT NULL;
-- expect: always-true-predicate
DELETE FROM users WHERE NOT false;
-- expect: always-true-predicate
UPDATE users SET plan = 'x' WHERE coalesce(true, false);
-- expect: always-true-predicate
DELETE FROM users WHERE email = email OR email IS NULL;
-- expect: delete-not-by-population
DELETE FROM users WHERE id NOT IN (SELECT 0 WHERE false);
-- expect: always-true-predicate
DELETE FROM users WHERE EXISTS (SELECT 1);
-- expect: always-true-predicate
DELETE FROM users WHERE 1 < 2 AND 2 > 1;
-- expect: always-true-predicate
DELETE FROM users WHERE plan LIKE '%' OR plan IS NULL;
-- expect: nothing
DELETE FROM users WHERE 1 = 1 AND auth_source = 'test';
-- expect: nothing
DELETE FROM users WHERE false;
-- expect: nothing
DELETE FROM users WHERE 1 = 0;
-- expect: nothing
UPDATE users SET plan = 'x' WHERE id = $1 AND 1 = 1;
-- expect: nothing
DELETE FROM users_staging;
-- expect: nothing
DELETE FROM tmp.users;
