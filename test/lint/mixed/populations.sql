-- expect: delete-not-by-population
DELETE FROM users WHERE email ILIKE '%+test@%';
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source <> 'telegram';
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source IN ('test', 'oauth');
-- expect: delete-not-by-population
DELETE FROM users WHERE NOT auth_source = 'test';
-- expect: delete-not-by-population
DELETE FROM users WHERE last_login < now() - interval '2 years';
-- expect: delete-not-by-population
DELETE FROM users u USING plans p WHERE p.user_id = u.id AND p.expired;
-- expect: delete-not-by-population
DELETE FROM users WHERE auth_source LIKE 't%';
-- expect: delete-not-by-population
DELETE FROM billing.customers WHERE origin = 'real' AND closed;
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' AND last_login < now() - interval '2 days';
-- expect: nothing
DELETE FROM users WHERE auth_source = ANY ('{test}');
-- expect: nothing
DELETE FROM users u USING plans p WHERE p.user_id = u.id AND u.auth_source = 'test';
-- expect: nothing
WITH t AS (SELECT id FROM users WHERE auth_source = 'test') DELETE FROM users WHERE id IN (TABLE t);
-- expect: nothing
DELETE FROM billing.customers WHERE origin = 'synthetic' RETURNING customer_id;
-- expect: nothing
DELETE FROM users WHERE id = $1;
