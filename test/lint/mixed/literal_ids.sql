-- expect: hard-coded-identity
INSERT INTO users (id, email, auth_source) VALUES (-91111101, 'a@b', 'test');
-- expect: hard-coded-identity
INSERT INTO users (email, id) VALUES ('a@b', (-91111101)::bigint);
-- expect: hard-coded-identity
INSERT INTO users (id, email) VALUES (DEFAULT, 'a'), (42, 'b');
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT 1000000 + n FROM generate_series(1, 100) AS t(n);
-- expect: hard-coded-identity
INSERT INTO billing.customers (customer_id, name) OVERRIDING SYSTEM VALUE VALUES ('9007199254740993', 'x');
-- expect: hard-coded-identity
INSERT INTO users (id, email) SELECT CASE WHEN x THEN 7 ELSE 8 END, 'y' FROM t;
-- expect: nothing
INSERT INTO users (id, plan) TABLE old_users;
-- expect: nothing
INSERT INTO users (id, plan) SELECT id, plan FROM old_users;
-- expect: nothing
INSERT INTO users (id, plan) VALUES (nextval('web_user_id_seq'), 'pro');
-- expect: nothing
INSERT INTO users (id, plan) VALUES (-nextval('web_user_id_seq'), 'pro');
-- expect: nothing
INSERT INTO users (plan) VALUES (1);
-- expect: nothing
INSERT INTO orders (id, user_id) VALUES (17, -91111101);
-- expect: nothing
INSERT INTO users (id, plan) VALUES (DEFAULT, '-91111101');
-- expect: nothing
INSERT INTO users (id, plan) VALUES ($1, 'pro');
-- expect: hard-coded-identity
COPY users (id, email) FROM stdin;
-91111101	a@b
-91111102	c@d
\.
-- expect: nothing
COPY sessions (id, user_id) FROM stdin;
1	2
\.
