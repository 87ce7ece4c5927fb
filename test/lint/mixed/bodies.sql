-- expect: nothing
CREATE OR REPLACE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
    c CURSOR FOR SELECT id FROM users WHERE id BETWEEN -91111200 AND -91111100;
    top bigint;
    r record;
BEGIN
    FOR r IN SELECT id FROM users WHERE id < -91111100 LOOP
        -- expect: identity-range-delete
        DELETE FROM users WHERE id = r.id;
    END LOOP;
    OPEN c;
    LOOP
        FETCH c INTO r;
        EXIT WHEN NOT FOUND;
        -- expect: identity-range-delete
        DELETE FROM users WHERE CURRENT OF c;
    END LOOP;
    -- expect: nothing
    SELECT max(id) INTO top FROM users;
    -- expect: sequence-follows-data
    PERFORM setval('web_user_id_seq', top);
    -- expect: identity-range-delete
    EXECUTE 'DELETE FROM users WHERE id < $1' USING -5;
    -- expect: truncate
    EXECUTE format('TRUNCATE %I', 'users');
    IF top > 5 THEN
        RETURN;
    END IF;
EXCEPTION WHEN unique_violation THEN
    -- expect: missing-predicate
    UPDATE users SET plan = 'free';
END
$fn$;
-- expect: nothing
DO $$ BEGIN
    WHILE true LOOP
        -- expect: identity-range-delete
        DELETE FROM users WHERE ctid IN (SELECT ctid FROM users WHERE id < 0 LIMIT 1000);
        EXIT WHEN NOT FOUND;
    END LOOP;
END $$;
-- expect: nothing
CREATE PROCEDURE good() LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
    -- expect: nothing
    DELETE FROM users WHERE auth_source = 'test';
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE 'DELETE FROM users: % rows', n;
    COMMENT ON TABLE users IS 'never DELETE FROM users WHERE id BETWEEN 1 AND 2';
END $$;
-- expect: identity-range-delete
CREATE FUNCTION f() RETURNS trigger LANGUAGE sql AS 'DELETE FROM users WHERE id > 7';
-- expect: nothing
CREATE FUNCTION g(low bigint, high bigint) RETURNS void LANGUAGE sql BEGIN ATOMIC
    -- expect: identity-range-delete
    DELETE FROM users WHERE id BETWEEN low AND high;
END;
-- expect: identity-range-delete
CREATE RULE r AS ON DELETE TO sessions DO ALSO DELETE FROM users WHERE users.id < 0;
-- expect: identity-range-delete
PREPARE p (bigint) AS DELETE FROM users WHERE id > $1;
