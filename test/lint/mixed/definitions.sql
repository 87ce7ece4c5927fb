-- expect: truncate
TRUNCATE ONLY users, plans RESTART IDENTITY;
-- expect: cascade
TRUNCATE TABLE sessions CASCADE;
-- expect: drop
DROP TABLE IF EXISTS public.users, sessions;
-- expect: drop
ALTER TABLE users DROP COLUMN IF EXISTS id;
-- expect: drop, cascade
DROP SCHEMA billing CASCADE;
-- expect: drop
DROP SEQUENCE IF EXISTS web_user_id_seq;
-- expect: cascade
CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE);
-- expect: cascade
ALTER TABLE billing.invoices ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES billing.customers ON UPDATE CASCADE ON DELETE CASCADE;
-- expect: drop, cascade
DROP TABLE users CASCADE;
-- expect: nothing
ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
-- expect: nothing
TRUNCATE staging.users;
-- expect: nothing
DROP TABLE IF EXISTS old_users;
-- expect: nothing
DROP INDEX users_email_idx;
-- expect: nothing
ALTER TABLE users DROP COLUMN nickname;
-- expect: nothing
DROP VIEW user_stats CASCADE;
