-- expect: identity-range-delete
DELETE FROM users AS u WHERE u.id >= -91111200 AND u.id <= -91111100;
-- expect: identity-range-delete
DELETE FROM ONLY public.users WHERE NOT (id > -91111100 OR id < -91111200);
-- expect: identity-range-delete
UPDATE "users" SET plan = 'free' WHERE "id" BETWEEN SYMMETRIC -1 AND -100;
-- expect: identity-range-delete
WITH doomed AS (
    SELECT id FROM users WHERE id < -91111100
)
DELETE FROM users USING doomed WHERE users.id = doomed.id;
-- expect: identity-range-delete
DELETE FROM users WHERE id % 10 = 3;
-- expect: identity-range-delete
DELETE FROM users WHERE mod(id, 2) = 0;
-- expect: identity-range-delete
DELETE FROM users WHERE abs(id) BETWEEN 91111100 AND 91111200;
-- expect: identity-range-delete
DELETE FROM users WHERE id <@ int8range(-91111200, -91111100);
-- expect: identity-range-delete
DELETE FROM users WHERE int8range(-91111200, -91111100, '[]') @> id;
-- expect: identity-range-delete
DELETE FROM users WHERE id = ANY (ARRAY(SELECT generate_series(-91111200, -91111100)));
-- expect: identity-range-delete
DELETE FROM billing.customers c USING generate_series(1, 500) g(n) WHERE c.customer_id = g.n;
-- expect: identity-range-delete
DELETE FROM users WHERE sign(id) = -1;
-- expect: identity-range-delete
DELETE FROM users WHERE (id, plan) > (-91111200, 'a') AND (id, plan) < (-91111100, 'z');
-- expect: identity-range-delete
DELETE FROM users WHERE width_bucket(id, -91111200, -91111100, 10) BETWEEN 1 AND 10;
-- expect: nothing
UPDATE users u SET plan = v.plan FROM (VALUES (-91111101,'pro'),(-91111102,'pro')) v(id, plan) WHERE u.id = v.id;
-- expect: identity-range-delete
DELETE FROM users WHERE id IN (SELECT id FROM users WHERE id > 5000 ORDER BY id FETCH FIRST 10 ROWS ONLY);
-- expect: identity-range-delete
DELETE FROM users WHERE EXISTS (SELECT 1 FROM generate_series(-91111200, -91111100) n WHERE n = users.id);
-- expect: delete-not-by-population
DELETE FROM users WHERE id = (SELECT max(id) FROM users);
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' AND id BETWEEN 4503599627370496 AND 4503599627370600;
-- expect: nothing
DELETE FROM users WHERE id BETWEEN 4503599627370496 AND 4503599627370600 AND auth_source IN ('test');
-- expect: nothing
DELETE FROM sessions WHERE id BETWEEN 1 AND 100;
-- expect: nothing
DELETE FROM sessions WHERE user_id < 0;
-- expect: nothing
SELECT count(*) FROM users WHERE id BETWEEN -91111200 AND -91111100;
-- expect: nothing
DELETE FROM users WHERE created_at BETWEEN '2020-01-01' AND '2020-02-01' AND auth_source = 'test';
-- expect: nothing
UPDATE users SET last_login = now() WHERE last_login BETWEEN '2020-01-01' AND '2020-02-01';
-- expect: nothing
COPY (SELECT * FROM users WHERE id < 0) TO STDOUT;
-- expect: nothing
EXPLAIN SELECT * FROM users WHERE id > 5;
