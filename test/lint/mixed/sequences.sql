-- expect: sequence-follows-data
SELECT setval('web_user_id_seq'::regclass, GREATEST((SELECT -MIN(id) FROM users), currval('web_user_id_seq')));
-- expect: sequence-follows-data
SELECT pg_catalog.setval('public.web_user_id_seq', coalesce(max(-id), 1), max(id) IS NOT NULL) FROM users;
-- expect: sequence-follows-data
WITH m AS (SELECT max(customer_id) AS top FROM billing.customers) SELECT setval('billing.customer_seq', m.top + 1) FROM m;
-- expect: sequence-follows-data
SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT id FROM users ORDER BY id DESC LIMIT 1));
-- expect: sequence-follows-data
SELECT setval('web_user_id_seq', (SELECT count(*) FROM users));
-- expect: nothing
SELECT max(id) + 1 AS next FROM users \gset
-- expect: sequence-follows-data
ALTER SEQUENCE web_user_id_seq RESTART WITH :next;
-- expect: nothing
ALTER SEQUENCE web_user_id_seq RESTART WITH 20000;
-- expect: nothing
SELECT setval('web_user_id_seq', 20000, false);
-- expect: nothing
SELECT setval('invoice_no_seq', (SELECT max(no) FROM invoices));
-- expect: nothing
SELECT nextval('web_user_id_seq'), max(id) FROM users GROUP BY 1;
-- expect: nothing
SELECT last_value FROM web_user_id_seq;
