-- expect: identity-upsert
INSERT INTO users (id, plan, auth_source) VALUES ($1, $2, 'test')
ON CONFLICT (id)
DO UPDATE SET plan = EXCLUDED.plan
WHERE users.plan IS DISTINCT FROM EXCLUDED.plan;
-- expect: identity-upsert
INSERT INTO public.users AS u (id, email) SELECT id, email FROM import ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email WHERE u.auth_source = 'oauth';
-- expect: identity-upsert
INSERT INTO billing.customers (customer_id, name) VALUES (:id, :name) ON CONFLICT ON CONSTRAINT customers_pkey DO UPDATE SET name = :name;
-- expect: identity-upsert, delete-not-by-population
MERGE INTO users AS t USING staging AS s ON (t.id = s.id) WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET plan = s.plan WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (s.id, s.plan);
-- expect: identity-upsert
MERGE INTO billing.customers c USING incoming i ON c.customer_id = i.customer_id AND i.fresh WHEN MATCHED THEN UPDATE SET name = i.name WHEN NOT MATCHED THEN DO NOTHING;
-- expect: identity-upsert
WITH ins AS (INSERT INTO users (id, plan) SELECT user_id, 'pro' FROM payments ON CONFLICT (id) DO UPDATE SET plan = 'pro' RETURNING id) SELECT * FROM ins;
-- expect: population-rewritten
INSERT INTO users (email, auth_source) VALUES ('x@y', 'oauth') ON CONFLICT (email) DO UPDATE SET auth_source = 'oauth';
-- expect: nothing
INSERT INTO users (email, plan) VALUES ('x@y', 'pro') ON CONFLICT (email) DO UPDATE SET plan = EXCLUDED.plan;
-- expect: nothing
INSERT INTO users (id, plan) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;
-- expect: nothing
INSERT INTO users (plan) VALUES ('pro') ON CONFLICT DO NOTHING;
-- expect: nothing
MERGE INTO users t USING s ON t.email = s.email WHEN MATCHED THEN UPDATE SET plan = s.plan;
-- expect: nothing
MERGE INTO users t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (s.id, s.plan);
-- expect: nothing
INSERT INTO settings (id, v) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v;
