-- expect: nothing
CREATE FUNCTION c1() RETURNS void LANGUAGE plpgsql AS $$
DECLARE cur refcursor; rec users%ROWTYPE; lo bigint := -91111200; ids bigint[];
BEGIN
  OPEN cur FOR SELECT * FROM users WHERE id > lo;
  LOOP
    FETCH NEXT FROM cur INTO rec;
    EXIT WHEN NOT FOUND;
    -- expect: identity-range-delete
    DELETE FROM users WHERE id = rec.id;
  END LOOP;
  CLOSE cur;
  -- expect: nothing
  SELECT array_agg(id) INTO ids FROM users WHERE id BETWEEN 1 AND 5;
  -- expect: delete-not-by-population
  DELETE FROM users WHERE id = ANY(ids);
  FOR i IN REVERSE 10..1 LOOP
    -- expect: identity-range-delete
    UPDATE users SET plan = 'x' WHERE id = i;
  END LOOP;
  FOREACH lo IN ARRAY ids LOOP
    -- expect: nothing
    DELETE FROM users WHERE id = lo AND auth_source = 'test';
  END LOOP;
  -- expect: sequence-follows-data
  EXECUTE 'ALTER SEQUENCE web_user_id_seq RESTART WITH ' || (SELECT max(id) + 1 FROM users);
  -- expect: identity-range-delete
  EXECUTE format($q$DELETE FROM %I.%I WHERE id >= %L$q$, 'public', 'users', lo);
  RAISE EXCEPTION 'DELETE FROM users WHERE id < % is not allowed', lo;
END $$;
BEGIN;
DECLARE k CURSOR FOR SELECT * FROM users WHERE id < 0 FOR UPDATE;
FETCH 1 FROM k;
-- expect: identity-range-delete
DELETE FROM users WHERE CURRENT OF k;
CLOSE k;
DECLARE t CURSOR FOR SELECT * FROM users WHERE auth_source = 'test';
-- expect: nothing
DELETE FROM users WHERE CURRENT OF t;
COMMIT;
-- expect: identity-range-delete
DELETE FROM users WHERE id & 1 = 0;
-- expect: identity-range-delete
DELETE FROM users WHERE right(id::text, 1) IN ('1', '2');
-- expect: nothing
UPDATE users SET plan = 'x' WHERE id % 4 = 0;
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' AND id % 4 = 0;
-- expect: hard-coded-identity
MERGE INTO users u USING (VALUES (1, 'a')) v(id, plan) ON u.id = v.id WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (v.id, v.plan);
-- expect: population-rewritten
MERGE INTO users u USING test_users t ON u.email = t.email WHEN MATCHED THEN UPDATE SET auth_source = 'test';
-- expect: nothing
UPDATE users AS u SET auth_source = u.auth_source, plan = 'x' WHERE u.email = $1;
-- expect: population-rewritten
UPDATE users SET auth_source = lower(auth_source) WHERE email = 'x';
-- expect: nothing
UPDATE users SET auth_source = 'oauth' FROM imports i WHERE i.email = users.email AND users.auth_source IS NULL;
-- expect: nothing
WITH dead AS (SELECT id FROM users WHERE auth_source = 'test' LIMIT 100 FOR UPDATE SKIP LOCKED) DELETE FROM users u USING dead WHERE u.id = dead.id;
-- expect: identity-range-delete
WITH RECURSIVE n(i) AS (SELECT -91111200 UNION ALL SELECT i + 1 FROM n WHERE i < -91111100) DELETE FROM users WHERE id IN (SELECT i FROM n);
-- expect: identity-range-delete
DELETE FROM users WHERE (id > 5) = true;
-- expect: identity-range-delete
DELETE FROM users WHERE coalesce(id, 0) > 5;
-- expect: identity-range-delete
DELETE FROM users WHERE id::int8 <= ALL (ARRAY[5, 6]);
-- expect: delete-not-by-population
DELETE FROM users WHERE EXISTS (SELECT 1 FROM users);
-- expect: always-true-predicate
DELETE FROM users WHERE 'x' IN ('x', 'y');
-- expect: always-true-predicate
DELETE FROM users WHERE email IS NOT DISTINCT FROM email;
-- expect: always-true-predicate
DELETE FROM users WHERE length(email) > -1;
-- expect: nothing
DELETE FROM users WHERE auth_source = 'test' IS TRUE;
-- expect: nothing
INSERT INTO users DEFAULT VALUES;
-- expect: nothing
INSERT INTO users (id, plan) VALUES (nextval('web_user_id_seq') * -1, 'x');
-- expect: hard-coded-identity
INSERT INTO users (id, plan) VALUES ((SELECT -91111101), 'x');
-- expect: hard-coded-identity
INSERT INTO users SELECT * FROM (VALUES (-5, 'x')) AS t(id, plan);
-- expect: hard-coded-identity
INSERT INTO users (id) SELECT unnest(ARRAY[1, 2, 3]);
-- expect: nothing
INSERT INTO users (email, id) SELECT 'x', u.id + 1 FROM users u;
-- expect: nothing
ALTER TABLE users ADD CONSTRAINT x FOREIGN KEY (plan_id) REFERENCES plans ON DELETE CASCADE;
-- expect: cascade
ALTER TABLE sessions ADD COLUMN user_id bigint REFERENCES users ON DELETE CASCADE;
-- expect: population-rewritten
ALTER TABLE users ALTER auth_source TYPE text USING 'x';
-- expect: nothing
ALTER SEQUENCE web_user_id_seq OWNED BY NONE;
-- expect: nothing
SELECT setval('web_user_id_seq', nextval('web_user_id_seq') + 1000);
-- expect: sequence-follows-data
SELECT setval('web_user_id_seq', s.last) FROM (SELECT max(id) AS last FROM users) s;
-- expect: sequence-follows-data
SELECT setval('billing.customer_seq', (SELECT reltuples FROM pg_class WHERE relname = 'customers'));
-- expect: drop
DROP OWNED BY app;
-- expect: nothing
DROP TABLE billing.invoices CASCADE;
-- expect: cascade
TRUNCATE billing.invoices CASCADE;
-- expect: nothing
COPY users FROM '/tmp/users.csv' CSV;
