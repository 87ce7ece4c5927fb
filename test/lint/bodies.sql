-- Bodies that the server would refuse, and those that only look so.
-- expect: unparseable
CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS $$ DELETE FROM users WHERE; $$;
-- expect: missing-predicate
CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS $$ DELETE FROM users; $$;
-- expect: unparseable
CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users WHERE id < ; END $$;
-- expect: unparseable
DO $$ BEGN DELETE FROM users; END $$;
-- expect: unparseable
DO $$ BEGIN IF found TRUNCATE users; END IF; END $$;
-- expect: unparseable
DO $$ BEGIN EXECUTE 'DELETE FROM users WHERE; x'; END $$;
-- expect: unparseable
DO $$ BEGIN RAISE NOTICE 'begin; DELETE FROM users; END $$;
-- expect: nothing
DO $$ DECLARE ids bigint[]; n int := 1; BEGIN
  INSERT INTO orders (id) VALUES (1) RETURNING id INTO ids[n];
  UPDATE orders SET note = 'x' WHERE id = ids[1] RETURNING id INTO STRICT ids[n + 1];
  SELECT o.id INTO ids[2] FROM orders o FOR UPDATE;
  RAISE NOTICE 'update set, then delete from %', 'users';
  comment := 'update: it is set';
END $$;
-- expect: nothing
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ <<outermost>> DECLARE c CURSOR FOR SELECT 1 FROM orders FOR UPDATE; BEGIN
  IF TG_OP = 'DELETE' THEN INSERT INTO log VALUES (old.id); RETURN old; ELSIF TG_OP = 'UPDATE' THEN RETURN new; END IF;
  CASE WHEN new.id IS NULL THEN DELETE FROM orders WHERE id = 1; ELSE NULL; END CASE;
  RETURN NULL;
EXCEPTION WHEN unique_violation THEN UPDATE orders SET note = 'x' WHERE id = 1; RETURN NULL;
END $$;
-- expect: sequence-follows-data
DO $$ DECLARE m bigint; BEGIN SELECT max(-id) INTO m FROM users; EXECUTE 'ALTER SEQUENCE web_user_id_seq RESTART WITH ' || m; END $$;
-- expect: sequence-follows-data
DO $$ DECLARE m bigint; BEGIN SELECT max(-id) INTO m FROM users; EXECUTE format('ALTER SEQUENCE web_user_id_seq RESTART WITH %s', m + 1); END $$;
-- expect: sequence-follows-data
DO $$ DECLARE q text; m bigint; BEGIN m := (SELECT max(id) FROM users); q := 'SELECT setval(''web_user_id_seq'', ' || m || ')'; EXECUTE q; END $$;
-- expect: nothing
DO $$ DECLARE m bigint; BEGIN SELECT max(id) INTO m FROM orders; EXECUTE 'ALTER SEQUENCE orders_id_seq RESTART WITH ' || m; END $$;
-- expect: nothing
DO $$ DECLARE m bigint := 20000; BEGIN EXECUTE 'ALTER SEQUENCE web_user_id_seq RESTART WITH ' || m; END $$;
