-- Brings app@db.example.com:5432/shop under the contract pgrehearse.toml. Written by `pgrehearse
-- contract sql`, which changed nothing.
-- Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a
-- transaction: psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has
-- changed nothing: write the migration again, it holds what is still missing.

-- 1. public.sign_up(text) fails loudly
-- It set public.web_user_id_seq from the rows when an id was taken, and one row made by hand was
-- enough to carry every later id off. The function is as it was, but that it raises there: read it.
CREATE OR REPLACE FUNCTION public.sign_up(person text)
 RETURNS bigint LANGUAGE plpgsql
AS $function$BEGIN RETURN 1; END$function$
;
-- DECIDE: public.heal() sets public.web_user_id_seq. It could not be changed by a program: take the
-- setval or RESTART out of it yourself, and let it fail.

-- 2. public.users: rows of test among the ids of others
-- DECIDE: 2 rows of test with ids outside of 4503599627370496..: -91111101, -1195. Read them before
-- you run this.
SELECT * FROM public.users WHERE auth_source = 'test' AND NOT (id >= 4503599627370496);
-- One of them that has a life of its own may be a real person whose population an upsert rewrote. Give
-- it back what it was, by its id, before the rest goes (here for the first; the right population is
-- yours to say):
--   UPDATE public.users SET auth_source = '…' WHERE id = -91111101;
-- The rest is test data, and goes by what it is, with what hangs on it; none of it has an id that a
-- sequence gave to somebody. What stands where it belongs stays. A range of ids would take whoever
-- lives there. `pgrehearse testdata clean` shows what hangs on test data, `testdata create` makes new
-- rows of it. Should there be more than were counted above, nothing is deleted.
SET lock_timeout = '2s';
SET statement_timeout = '0';
DO $strays$
DECLARE
  gone bigint;
BEGIN
  DELETE FROM public.users WHERE auth_source = 'test' AND NOT (id >= 4503599627370496);
  GET DIAGNOSTICS gone = ROW_COUNT;
  IF gone > 2 THEN
    RAISE EXCEPTION 'there are more of them than when this was written: write the migration again';
  END IF;
END $strays$;

-- 3. public.web_user_id_seq: back to the last id that it really minted
-- It minted 1,204 rows of oauth, and stands at 91,111,102 or beyond: somebody set it from a row. The
-- next number is 1,195 again; ids that were given meanwhile stay what they are. The number below is
-- written here, not computed from rows; should the sequence have been set back already, nothing
-- happens.
SET statement_timeout = '5s';
DO $back$
BEGIN
  IF (SELECT last_value FROM public.web_user_id_seq) >= 91111102 THEN
    ALTER SEQUENCE public.web_user_id_seq RESTART WITH 1195;
  END IF;
END $back$;

-- 4. public.users: ids of oauth are drawn here, and nowhere else
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

-- 5. public.users: a sequence for the ids of test
-- Bounded, and without a second round: at the end of its ids it fails. Grant USAGE on it to those who
-- make test data.
-- The contract should name it, so that `audit` and `testdata` know it:
--   [tables.users.populations.test]
--   minted_by = "users_test_id_seq"
CREATE SEQUENCE IF NOT EXISTS public.users_test_id_seq AS bigint
  INCREMENT BY 1 MINVALUE 4503599627370496 NO MAXVALUE NO CYCLE START WITH 4503599627370496;

-- 6. public.users: ids of test are drawn here, and nowhere else
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

-- 7. public.users: every population keeps to its ids
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

-- 8. public.users: an index on the population
-- A clean-up by population is then as quick as one by ids. CONCURRENTLY waits for others and lets
-- nobody wait; it cannot run inside a transaction. A wait for old transactions is no reason to give
-- up, so lock_timeout is off.
SET lock_timeout = '0';
SET statement_timeout = '0';
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_auth_source_id_idx ON public.users (auth_source, id);

-- 9. public.users: the rows that were there before
-- VALIDATE reads the table once; readers and writers go on meanwhile.
-- DECIDE: 1 row of oauth with ids outside of ..-1: 17. VALIDATE fails while they are there, and that
-- is right: nobody but you can say whether the rows are wrong or the contract is. These are they:
SELECT id, auth_source FROM public.users WHERE auth_source = 'oauth' AND NOT (id <= -1) LIMIT 100;
SET lock_timeout = '2s';
ALTER TABLE public.users VALIDATE CONSTRAINT users_auth_source_ids;

RESET lock_timeout;
RESET statement_timeout;
