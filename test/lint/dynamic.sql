DO $$ DECLARE r record; BEGIN
  -- expect: nothing
  FOR r IN SELECT id FROM users WHERE auth_source = 'test' LOOP DELETE FROM users WHERE id = r.id; END LOOP;
  -- expect: identity-range-delete
  FOR r IN SELECT id FROM users WHERE id < 0 LOOP DELETE FROM users WHERE id = r.id; END LOOP;
END $$;
-- expect: identity-range-delete
DO $$ DECLARE i bigint := -91111200; BEGIN WHILE i < -91111100 LOOP DELETE FROM users WHERE id = i; i := i + 1; END LOOP; END $$;
-- expect: identity-range-delete
DO $$ DECLARE q text; BEGIN IF a THEN q := 'DELETE FROM users WHERE id < 0'; ELSE q := 'DELETE FROM users WHERE auth_source = ''test'''; END IF; EXECUTE q; END $$;
-- expect: nothing
DO $$ DECLARE q text := 'DELETE FROM users'; BEGIN q := q || ' WHERE auth_source = ''test'''; EXECUTE q; END $$;
-- expect: identity-range-delete
DO $$ BEGIN FOR i IN 1..10 LOOP EXECUTE format('DELETE FROM users WHERE id = %s', i); END LOOP; END $$;
-- expect: identity-range-delete
DO $$ DECLARE c CURSOR FOR SELECT id FROM users WHERE id < 0; BEGIN FOR r IN c LOOP DELETE FROM users WHERE id = r.id; END LOOP; END $$;
-- expect: identity-range-delete
CREATE FUNCTION f() RETURNS void LANGUAGE plperl AS $$
my $q = "DELETE FROM users" . " WHERE id < 0"; spi_exec_query($q);
spi_exec_query("DELETE FROM users WHERE id BETWEEN $lo AND $hi");
$$;
-- expect: identity-range-delete
CREATE FUNCTION g() RETURNS void LANGUAGE plv8 AS $$ plv8.execute('DELETE FROM users WHERE id < $1', [5]); $$;
-- expect: nothing
SELECT 'DELETE FROM ' || quote_ident(t) || ' WHERE id < 0' FROM pg_tables \gexec
-- expect: missing-predicate
SELECT cron.schedule_in_database('x', '* * * * *', 'DELETE FROM users', 'app');
-- expect: identity-range-delete
DO $$ BEGIN <<l>> FOR i IN 1..3 LOOP DELETE FROM users WHERE id = i; END LOOP l; END $$;
-- expect: identity-range-delete
DO $$ BEGIN FOR i IN 1..3 LOOP EXECUTE 'DELETE FROM users WHERE id = $1' USING i; END LOOP; END $$;
-- expect: nothing
CREATE FUNCTION h() RETURNS void LANGUAGE plpython3u AS $$
plpy.execute("DELETE FROM users WHERE auth_source = 'test' AND id = %d" % i)
plan = plpy.prepare("DELETE FROM users WHERE auth_source = $1", ["text"])
$$;
-- expect: sequence-follows-data
DO $$
DECLARE
  top bigint;
BEGIN
  SELECT max(id) INTO top FROM users;
  PERFORM setval('web_user_id_seq', top + 1);
END $$;
-- expect: identity-range-delete
DO $$
BEGIN
  FOR i IN REVERSE -91111100..-91111200 LOOP
    DELETE FROM users WHERE id = i;
  END LOOP;
END $$;
-- expect: identity-range-delete
CREATE OR REPLACE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE r record;
BEGIN
  FOR r IN SELECT id FROM users WHERE id < 0 LOOP
    DELETE FROM users WHERE id = r.id;
  END LOOP;
END $fn$;
-- expect: nothing
CREATE OR REPLACE FUNCTION purge_one(p_id bigint) RETURNS void LANGUAGE sql AS $$
  DELETE FROM users WHERE id = p_id AND auth_source = 'test';
$$;
-- expect: identity-range-delete
DO $$
DECLARE q text;
BEGIN
  q := 'DELETE FROM users WHERE id < 0';
  EXECUTE q;
END $$;
-- expect: identity-range-delete
DO $$ BEGIN EXECUTE format('DELETE FROM %I WHERE id BETWEEN %L AND %L', 'users', 1, 9); END $$;
-- expect: identity-range-delete
SELECT cron.schedule('purge', '0 3 * * *', $$DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100$$);
-- expect: nothing
SELECT cron.schedule('purge', '0 3 * * *', $$DELETE FROM users WHERE auth_source = 'test'$$);
-- expect: nothing
COMMENT ON TABLE users IS 'never DELETE FROM users WHERE id < 0';
-- expect: identity-range-delete
SELECT format('DELETE FROM users WHERE id < %s', 0) \gexec
-- expect: sequence-follows-data
DO $$ DECLARE n bigint; BEGIN EXECUTE 'SELECT max(-id) FROM users' INTO n; PERFORM setval('web_user_id_seq', n); END $$;
-- expect: identity-range-delete
CREATE FUNCTION py_purge() RETURNS void LANGUAGE plpython3u AS $$
plpy.execute("DELETE FROM users WHERE id < 0")
$$;
-- expect: nothing
CREATE TRIGGER users_no_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse();
-- expect: nothing
GRANT DELETE, TRUNCATE ON users TO janitor;
-- expect: delete-not-by-population
SELECT dblink_exec('dbname=app', 'DELETE FROM users WHERE name = ''probe''');
