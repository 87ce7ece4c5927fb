-- Brings app@db.example.com:5432/shop under the contract pgrehearse.toml. Written by `pgrehearse
-- contract sql`, which changed nothing.
-- Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a
-- transaction: psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has
-- changed nothing: write the migration again, it holds what is still missing. Columns or sequences
-- that the contract names are not there yet, so that `plan` refuses it: rehearse this beside an empty
-- file, --contract EMPTY.toml.

-- 1. public.users: the population column
-- What a row is stands in the row, never in its number. Without a default the table is not rewritten.
SET lock_timeout = '2s';
SET statement_timeout = '5s';
ALTER TABLE public.users ADD COLUMN IF NOT EXISTS auth_source text;

-- 2. public.users: rows that do not say what they are
-- New rows first: until the application names the population itself, this trigger does it by the id.
-- It never makes test data. Drop it when every INSERT names the population.
CREATE OR REPLACE FUNCTION public.users_auth_source_fill() RETURNS trigger LANGUAGE plpgsql AS $fill$
BEGIN
  NEW.auth_source := CASE WHEN NEW.id BETWEEN 1 AND 4503599627370495 THEN 'telegram' WHEN NEW.id <= -1 THEN 'oauth' ELSE NULL END;
  RETURN NEW;
END $fill$;
COMMENT ON FUNCTION public.users_auth_source_fill() IS 'pgrehearse contract sql ebfe2d6aeacfb26a';
CREATE OR REPLACE TRIGGER users_auth_source_fill BEFORE INSERT OR UPDATE ON public.users
  FOR EACH ROW WHEN (NEW.auth_source IS NULL) EXECUTE FUNCTION public.users_auth_source_fill();
-- Then the rows that are there, by the id spaces of the contract, some pages at a time, each batch
-- committed by itself; rows that others hold are passed over and met again. Interrupted, it goes on
-- where it stopped when it is run again. By their ids they are: telegram (3,000 rows), oauth (1,204
-- rows). An id that two populations may hold, or none, stays NULL: only a person knows.
SET statement_timeout = '0';
DO $backfill$
DECLARE
  page_ bigint;
  pages_ bigint := (
    SELECT max(pg_relation_size(relid)) / current_setting('block_size')::bigint
    FROM (SELECT 'public.users'::regclass AS relid UNION SELECT relid FROM pg_partition_tree('public.users') WHERE isleaf) parts);
BEGIN
  FOR round IN 1..20 LOOP
    page_ := 0;
    WHILE page_ <= pages_ LOOP
      WITH free AS MATERIALIZED (
        SELECT tableoid AS part_, ctid AS place_ FROM public.users
        WHERE auth_source IS NULL AND CASE WHEN id BETWEEN 1 AND 4503599627370495 THEN 'telegram' WHEN id <= -1 THEN 'oauth' WHEN id >= 4503599627370496 THEN 'test' ELSE NULL END IS NOT NULL
          AND ctid >= format('(%s,0)', page_)::tid AND ctid < format('(%s,0)', page_ + 500)::tid
        FOR UPDATE SKIP LOCKED)
      UPDATE public.users SET auth_source = CASE WHEN id BETWEEN 1 AND 4503599627370495 THEN 'telegram' WHEN id <= -1 THEN 'oauth' WHEN id >= 4503599627370496 THEN 'test' ELSE NULL END
      FROM free
      WHERE auth_source IS NULL AND tableoid = part_ AND ctid = place_
        AND ctid >= format('(%s,0)', page_)::tid AND ctid < format('(%s,0)', page_ + 500)::tid;
      COMMIT;
      page_ := page_ + 500;
    END LOOP;
    IF NOT EXISTS (SELECT FROM public.users WHERE auth_source IS NULL AND CASE WHEN id BETWEEN 1 AND 4503599627370495 THEN 'telegram' WHEN id <= -1 THEN 'oauth' WHEN id >= 4503599627370496 THEN 'test' ELSE NULL END IS NOT NULL) THEN
      RETURN;
    END IF;
    COMMIT;
    PERFORM pg_sleep(1);
  END LOOP;
  RAISE EXCEPTION 'rows are held by transactions that do not end: end those, and run this again';
END $backfill$;

-- 3. public.users: every population keeps to its ids
-- NOT VALID: new rows are held to it from here on, and an INSERT outside of its population's ids fails
-- loudly. Rows that are there are looked at below, without a lock that writers wait for.
SET statement_timeout = '5s';
ALTER TABLE public.users ADD CONSTRAINT users_auth_source_ids CHECK (
  CASE auth_source
    WHEN 'telegram' THEN id BETWEEN 1 AND 4503599627370495
    WHEN 'oauth' THEN id <= -1
    WHEN 'test' THEN id >= 4503599627370496
    ELSE auth_source IS NULL
  END
) NOT VALID;
COMMENT ON CONSTRAINT users_auth_source_ids ON public.users IS 'pgrehearse contract sql 10d81a79b09029fa';

-- 4. public.users: an index on the population
-- A clean-up by population is then as quick as one by ids. CONCURRENTLY waits for others and lets
-- nobody wait; it cannot run inside a transaction. A wait for old transactions is no reason to give
-- up, so lock_timeout is off.
SET lock_timeout = '0';
SET statement_timeout = '0';
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_auth_source_id_idx ON public.users (auth_source, id);

-- 5. public.users: no row without a population
-- SET NOT NULL alone would read the whole table under an exclusive lock. With a validated CHECK it
-- reads nothing: should it have to, it gives up after five seconds.
SET lock_timeout = '2s';
SET statement_timeout = '5s';
ALTER TABLE public.users ADD CONSTRAINT users_filled CHECK (auth_source IS NOT NULL) NOT VALID;
COMMENT ON CONSTRAINT users_filled ON public.users IS 'pgrehearse contract sql 84287143738792fd';
SET statement_timeout = '0';
ALTER TABLE public.users VALIDATE CONSTRAINT users_filled;
SET statement_timeout = '5s';
ALTER TABLE public.users ALTER COLUMN auth_source SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT users_filled;

-- 6. public.users: the rows that were there before
-- VALIDATE reads the table once; readers and writers go on meanwhile.
SET statement_timeout = '0';
ALTER TABLE public.users VALIDATE CONSTRAINT users_auth_source_ids;

RESET lock_timeout;
RESET statement_timeout;
