-- Brings app@db.example.com:5432/shop under the contract pgrehearse.toml. Written by `pgrehearse
-- contract sql`, which changed nothing.
-- Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a
-- transaction: psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has
-- changed nothing: write the migration again, it holds what is still missing.

-- 1. public.users: an index on the population
-- A clean-up by population is then as quick as one by ids. CONCURRENTLY waits for others and lets
-- nobody wait; it cannot run inside a transaction. A wait for old transactions is no reason to give
-- up, so lock_timeout is off.
SET lock_timeout = '2s';
SET statement_timeout = '5s';
CREATE INDEX IF NOT EXISTS users_auth_source_id_idx ON ONLY public.users (auth_source, id);
-- Left behind by a run that was interrupted.
SET lock_timeout = '0';
SET statement_timeout = '0';
DROP INDEX CONCURRENTLY IF EXISTS public.users_low_auth_source_id_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_low_auth_source_id_idx ON public.users_low (auth_source, id);
SET lock_timeout = '2s';
SET statement_timeout = '5s';
ALTER INDEX public.users_auth_source_id_idx ATTACH PARTITION public.users_low_auth_source_id_idx;
CREATE INDEX IF NOT EXISTS users_high_auth_source_id_idx ON ONLY public.users_high (auth_source, id);
ALTER INDEX public.users_auth_source_id_idx ATTACH PARTITION public.users_high_auth_source_id_idx;
SET lock_timeout = '0';
SET statement_timeout = '0';
CREATE INDEX CONCURRENTLY IF NOT EXISTS "Users 1_auth_source_id_idx" ON old."Users 1" (auth_source, id);
SET lock_timeout = '2s';
SET statement_timeout = '5s';
ALTER INDEX public.users_high_auth_source_id_idx ATTACH PARTITION old."Users 1_auth_source_id_idx";

RESET lock_timeout;
RESET statement_timeout;
