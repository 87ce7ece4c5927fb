-- Brings app@db.example.com:5432/shop under the contract pgrehearse.toml. Written by `pgrehearse
-- contract sql`, which changed nothing.
-- DECIDE stands where only a person knows what is right. Nothing of that is done here: what it takes
-- is written below it as a comment. No row is ever deleted by this file.
-- Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a
-- transaction: psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has
-- changed nothing: write the migration again, it holds what is still missing. Such a rehearsal finds:
-- script-failed, at the step that waits for a decision about rows. That is what this does; anything
-- else it finds is a reason not to run it.

-- 1. public.sign_up(text) fails loudly
-- It set public.web_user_id_seq from the rows when an id was taken, and one row made by hand was
-- enough to carry every later id off. The function is as it was, but that it raises there: read it.
-- What goes:
--   PERFORM setval('web_user_id_seq',
--       (SELECT max(-id) FROM users));
CREATE OR REPLACE FUNCTION public.sign_up(person text)
 RETURNS bigint LANGUAGE plpgsql
AS $function$BEGIN RETURN 1; END$function$
;

-- 2. public.nightly() sets public.web_user_id_seq
-- DECIDE: it sets it to what rows hold (`pgrehearse lint --explain sequence-follows-data`). What it
-- has to do instead, a program cannot tell: it is left as it is.
-- One way is to raise in place of that, and to change nothing else. What would go:
--   PERFORM setval('web_user_id_seq', (SELECT max(-id) FROM users));
-- The function as it would be then:
--   CREATE OR REPLACE FUNCTION public.nightly()
--    RETURNS void LANGUAGE plpgsql
--   AS $function$BEGIN RETURN; END$function$
--   ;

-- 3. public.heal() sets public.web_user_id_seq
-- DECIDE: it sets it to what rows hold (`pgrehearse lint --explain sequence-follows-data`). What it
-- has to do instead, a program cannot tell: it is left as it is.
-- Take the setval or RESTART out of it yourself, and let it fail where an id is taken.

-- Left as they are, for lint finds nothing in them of rows, though they set sequences of the contract:
-- public.reserve_block() (public.web_user_id_seq).

-- 4. public.users: rows of test among the ids of others
-- DECIDE: 2 rows of test with ids outside of 4503599627370496..: -91111101, -1195. Nothing here
-- changes or deletes them, and this step fails while they are there: a CHECK beside them would fail
-- every UPDATE of them. These are they:
SELECT * FROM public.users WHERE auth_source = 'test' AND NOT (id >= 4503599627370496) ORDER BY id LIMIT 100;
-- One that has a life of its own is a real person whose population an upsert rewrote. It gets back
-- what it was, by its id (here for one; the right population is yours to say):
--   UPDATE public.users SET auth_source = '…' WHERE id = -91111101;
-- The rest is test data, and goes by what it is, wherever it stands. The first counts, with all that
-- hangs on it, and names the rows outside of their ids; the second deletes exactly that, or nothing,
-- once you have looked at these and say how many they are. `testdata create` makes new rows where they
-- belong.
--   pgrehearse testdata clean
--   pgrehearse testdata clean --execute --outside-space ROWS
SET lock_timeout = '2s';
SET statement_timeout = '0';
DO $decide$
BEGIN
  IF EXISTS (SELECT FROM public.users WHERE auth_source = 'test' AND NOT (id >= 4503599627370496)) THEN
    RAISE EXCEPTION USING MESSAGE = 'decide about the rows of test outside of 4503599627370496.. in public.users first: this step changed nothing',
      HINT = 'give real people their population back, then: pgrehearse testdata clean';
  END IF;
END $decide$;

-- 5. public.users: rows of oauth among the ids of others
-- DECIDE: 1 row of oauth with ids outside of ..-1: 17. Nothing here changes or deletes them, and this
-- step fails while they are there: a CHECK beside them would fail every UPDATE of them. These are
-- they:
SELECT * FROM public.users WHERE auth_source = 'oauth' AND NOT (id <= -1) ORDER BY id LIMIT 100;
-- Either the rows are wrong, and get the population that they have in truth (here for one), or the
-- contract is, and gets wider ids. Then write the migration again.
--   UPDATE public.users SET auth_source = '…' WHERE id = 17;
DO $decide$
BEGIN
  IF EXISTS (SELECT FROM public.users WHERE auth_source = 'oauth' AND NOT (id <= -1)) THEN
    RAISE EXCEPTION USING MESSAGE = 'decide about the rows of oauth outside of ..-1 in public.users first: this step changed nothing',
      HINT = 'correct the rows or widen the ids in the contract';
  END IF;
END $decide$;

-- 6. public.web_user_id_seq: far ahead of its rows
-- DECIDE: its next number is 91,111,110, and 1,204 rows of oauth came of it; from 1,195 to 91,111,101
-- there is no row. Either somebody set it from a row, or rows that it minted were deleted since.
-- Nothing is moved here: `audit` says so until one of these is run.
-- a) Write the gap off: the next number stays what it is, and no id of the gap is ever given again.
-- Always safe, and the only choice where people may have had such ids, in this database or in what
-- remembers them (logs, caches, tokens, other services).
--   ALTER SEQUENCE public.web_user_id_seq START WITH 91111110;
-- b) Set it back, to go on with 1,195. Only where nobody ever had an id of the gap. `plan` calls it
-- sequence-back, for that is what it is. The number is written here, not computed from rows; where it
-- was set back already, nothing happens.
--   DO $back$
--   BEGIN
--     IF (SELECT last_value FROM public.web_user_id_seq) >= 91111102 THEN
--       ALTER SEQUENCE public.web_user_id_seq RESTART WITH 1195;
--     END IF;
--   END $back$;

-- 7. public.users: ids of oauth are drawn here, and nowhere else
-- An id that is taken, or is not the population's, is an error to be looked at. Nothing is tried again
-- and nothing is healed: that is how a sequence was carried off.
CREATE OR REPLACE FUNCTION public.mint_users_oauth() RETURNS bigint LANGUAGE plpgsql SET search_path = '' AS $mint$
DECLARE
  minted bigint := -pg_catalog.nextval('public.web_user_id_seq');
BEGIN
  IF NOT (minted <= -1) THEN
    RAISE EXCEPTION '% gave %, which is outside of the ids of %', 'public.web_user_id_seq', minted, 'oauth'
      USING HINT = 'Somebody set the sequence: find out who, and set it back by hand.';
  END IF;
  IF EXISTS (SELECT FROM public.users WHERE id = minted) THEN
    RAISE unique_violation USING MESSAGE = pg_catalog.format('%s gave id %s, which is taken', 'public.web_user_id_seq', minted),
      HINT = 'Find the row that it did not mint. Never set the sequence from the rows.';
  END IF;
  RETURN minted;
END $mint$;
COMMENT ON FUNCTION public.mint_users_oauth() IS 'pgrehearse contract sql 907a5fd0115059ea';

-- 8. public.users: a sequence for the ids of test
-- Bounded, and without a second round: at the end of its ids it fails, or at 2^53 - 1, beyond which
-- JavaScript takes two ids for one. Grant USAGE on it to those who make test data.
-- The contract should name it, so that `audit` and `testdata` know it:
--   [tables.users.populations.test]
--   minted_by = "users_test_id_seq"
SET statement_timeout = '5s';
CREATE SEQUENCE IF NOT EXISTS public.users_test_id_seq AS bigint
  INCREMENT BY 1 MINVALUE 4503599627370496 MAXVALUE 9007199254740991 NO CYCLE START WITH 4503599627370496;

-- 9. public.users: ids of test are drawn here, and nowhere else
-- An id that is taken, or is not the population's, is an error to be looked at. Nothing is tried again
-- and nothing is healed: that is how a sequence was carried off.
CREATE OR REPLACE FUNCTION public.mint_users_test() RETURNS bigint LANGUAGE plpgsql SET search_path = '' AS $mint$
DECLARE
  minted bigint := pg_catalog.nextval('public.users_test_id_seq');
BEGIN
  IF NOT (minted >= 4503599627370496) THEN
    RAISE EXCEPTION '% gave %, which is outside of the ids of %', 'public.users_test_id_seq', minted, 'test'
      USING HINT = 'Somebody set the sequence: find out who, and set it back by hand.';
  END IF;
  IF EXISTS (SELECT FROM public.users WHERE id = minted) THEN
    RAISE unique_violation USING MESSAGE = pg_catalog.format('%s gave id %s, which is taken', 'public.users_test_id_seq', minted),
      HINT = 'Find the row that it did not mint. Never set the sequence from the rows.';
  END IF;
  RETURN minted;
END $mint$;
COMMENT ON FUNCTION public.mint_users_test() IS 'pgrehearse contract sql 2e925f5bd6b2d5df';

-- 10. public.users: every population keeps to its ids
-- NOT VALID: new rows are held to it from here on, and an INSERT outside of its population's ids fails
-- loudly. Rows that are there are looked at below, without a lock that writers wait for.
ALTER TABLE public.users ADD CONSTRAINT users_auth_source_ids CHECK (
  CASE auth_source
    WHEN 'telegram' THEN id BETWEEN 1 AND 4503599627370495
    WHEN 'oauth' THEN id <= -1
    WHEN 'test' THEN id >= 4503599627370496
    ELSE auth_source IS NULL
  END
) NOT VALID;
COMMENT ON CONSTRAINT users_auth_source_ids ON public.users IS 'pgrehearse contract sql 10d81a79b09029fa';

-- 11. public.users: an index on the population
-- A clean-up by population is then as quick as one by ids. CONCURRENTLY waits for others and lets
-- nobody wait; it cannot run inside a transaction. A wait for old transactions is no reason to give
-- up, so lock_timeout is off.
SET lock_timeout = '0';
SET statement_timeout = '0';
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_auth_source_id_idx ON public.users (auth_source, id);

-- 12. public.users: the rows that were there before
-- VALIDATE reads the table once; readers and writers go on meanwhile.
SET lock_timeout = '2s';
ALTER TABLE public.users VALIDATE CONSTRAINT users_auth_source_ids;

RESET lock_timeout;
RESET statement_timeout;
