-- expect: population-rewritten
UPDATE users SET (plan, auth_source) = ('free', 'test') WHERE email = $1;
-- expect: population-rewritten
UPDATE users SET auth_source = CASE WHEN id < 0 THEN 'oauth' ELSE auth_source END WHERE email = $1;
-- expect: population-rewritten
UPDATE billing.customers SET origin = s.origin FROM staging s WHERE s.email = customers.email;
-- expect: identity-rewritten
UPDATE users SET id = id + 1000000 WHERE auth_source = 'test';
-- expect: identity-rewritten
UPDATE users SET (id, email) = (SELECT n.id, n.email FROM new n WHERE n.old = users.id) WHERE auth_source = 'test';
-- expect: identity-rewritten
UPDATE users u SET id = DEFAULT WHERE email = 'a@b';
-- expect: nothing
UPDATE users SET auth_source = 'oauth' WHERE auth_source IS NULL;
-- expect: nothing
UPDATE users SET plan = auth_source WHERE email = $1;
-- expect: nothing
UPDATE sessions SET id = gen_random_uuid(), auth_source = 'x' WHERE token = $1;
