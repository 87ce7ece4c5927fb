// The SQL that makes a scratch tell everything: what prepare() runs, as text.
#pragma once

#include <string_view>

namespace capture {

// One transaction. pg_class is written directly, where ALTER TABLE would take locks table by table and set off the
// database's own event triggers, which must not see us. Writing it needs allow_system_table_mods.
inline constexpr std::string_view kIdentities = R"(
SET LOCAL allow_system_table_mods = on;
UPDATE pg_catalog.pg_class SET relreplident = 'f'
 WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND oid >= 16384 AND relreplident <> 'f';
SET LOCAL allow_system_table_mods = off;
)";

// A table can only become logged once everything that it references is: whoever fails waits for the next round.
inline constexpr std::string_view kUnloggedTables = R"(
DO $do$
DECLARE
  candidate regclass;
  done integer;
  failure text;
BEGIN
  LOOP
    done := 0;
    failure := NULL;
    FOR candidate IN
      SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'r' AND relpersistence = 'u' AND oid >= 16384 ORDER BY oid
    LOOP
      BEGIN
        EXECUTE pg_catalog.format('ALTER TABLE %s SET LOGGED', candidate);
        done := done + 1;
      EXCEPTION WHEN invalid_table_definition THEN
        failure := SQLERRM;
      END;
    END LOOP;
    EXIT WHEN failure IS NULL;
    IF done = 0 THEN
      RAISE EXCEPTION 'unlogged tables cannot be made logged: %', failure;
    END IF;
  END LOOP;
END
$do$;
)";

// The functions belong to the superuser and act as that role, so that they work for whoever runs DDL; nothing in their
// search path can be another's. Setting off nothing themselves: SET LOGGED runs as a replica, where only triggers
// marked ALWAYS fire.
inline constexpr std::string_view kTriggers = R"(
CREATE SCHEMA IF NOT EXISTS pgrehearse;

CREATE OR REPLACE FUNCTION pgrehearse.keep_logged(tab pg_catalog.regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET session_replication_role = replica SET row_security = off
AS $function$
BEGIN
  EXECUTE format('ALTER TABLE %s SET LOGGED', tab);
END
$function$;

-- PostgreSQL 18 refuses to update rows of a published table with virtual generated columns: all others are named then.
CREATE OR REPLACE FUNCTION pgrehearse.publish_by_name() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  tab regclass;
BEGIN
  DROP PUBLICATION pgrehearse;
  EXECUTE 'CREATE PUBLICATION pgrehearse WITH (publish_generated_columns = stored)';
  FOR tab IN
    SELECT c.oid FROM pg_class c
     WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)
  LOOP
    EXECUTE format('ALTER PUBLICATION pgrehearse ADD TABLE ONLY %s', tab);
  END LOOP;
END
$function$;

CREATE OR REPLACE FUNCTION pgrehearse.after_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on SET row_security = off
AS $function$
DECLARE
  touched record;
  has_rows boolean;
BEGIN
  UPDATE pg_class SET relreplident = 'f'
   WHERE oid IN (SELECT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass)
     AND relkind IN ('r', 'p') AND relpersistence <> 't' AND relreplident <> 'f';

  FOR touched IN
    SELECT c.oid, bool_or(d.command_tag IN ('CREATE TABLE AS', 'SELECT INTO')) AS from_query
      FROM pg_event_trigger_ddl_commands() WITH ORDINALITY AS d
      JOIN pg_class c ON c.oid = d.objid
     WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'r' AND c.relpersistence = 'u'
     GROUP BY c.oid ORDER BY min(d.ordinality)
  LOOP
    IF touched.from_query THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %s)', touched.oid::regclass) INTO has_rows;
      IF has_rows THEN
        PERFORM pg_logical_emit_message(true, 'pgrehearse', 'filled ' || touched.oid);
      END IF;
    END IF;
    PERFORM pgrehearse.keep_logged(touched.oid);
  END LOOP;

  FOR touched IN
    SELECT DISTINCT c.oid, ours.puballtables AS by_all,
           EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped) AS has_virtual,
           EXISTS (SELECT FROM pg_publication_rel r
                    WHERE r.prpubid = ours.oid AND r.prrelid = c.oid) AS by_name
      FROM pg_event_trigger_ddl_commands() d
      JOIN pg_class c ON c.oid = d.objid
      JOIN pg_publication ours ON ours.pubname = 'pgrehearse'
     WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'r' AND c.relpersistence <> 't'
  LOOP
    IF touched.by_all AND touched.has_virtual THEN
      PERFORM pgrehearse.publish_by_name();
      EXIT;
    ELSIF NOT touched.by_all AND touched.has_virtual = touched.by_name THEN
      EXECUTE format('ALTER PUBLICATION pgrehearse %s TABLE ONLY %s',
                     CASE WHEN touched.by_name THEN 'DROP' ELSE 'ADD' END, touched.oid::regclass);
    END IF;
  END LOOP;

  PERFORM pg_logical_emit_message(true, 'pgrehearse', 'refresh ' || n.nspname || '.' || c.relname)
     FROM pg_event_trigger_ddl_commands() d
     JOIN pg_class c ON c.oid = d.objid
     JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE d.classid = 'pg_class'::regclass AND d.command_tag = 'REFRESH MATERIALIZED VIEW';
END
$function$;

-- keep_logged() changes no row, and is not told.
CREATE OR REPLACE FUNCTION pgrehearse.before_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  persistence_only CONSTANT integer := 1;
  persistence "char";
BEGIN
  SELECT relpersistence INTO persistence FROM pg_class WHERE oid = pg_event_trigger_table_rewrite_oid();
  IF persistence = 'p' OR persistence = 'u' AND pg_event_trigger_table_rewrite_reason() <> persistence_only THEN
    PERFORM pg_logical_emit_message(true, 'pgrehearse', 'rewrite ' || pg_event_trigger_table_rewrite_oid());
  END IF;
END
$function$;

-- Rows that go with their table stand in no stream.
CREATE OR REPLACE FUNCTION pgrehearse.after_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pg_logical_emit_message(true, 'pgrehearse', 'drop ' || objid)
     FROM pg_event_trigger_dropped_objects()
    WHERE classid = 'pg_class'::regclass AND object_type = 'table' AND NOT is_temporary;
END
$function$;

DROP EVENT TRIGGER IF EXISTS pgrehearse_after_ddl;
CREATE EVENT TRIGGER pgrehearse_after_ddl ON ddl_command_end EXECUTE FUNCTION pgrehearse.after_ddl();
ALTER EVENT TRIGGER pgrehearse_after_ddl ENABLE ALWAYS;
DROP EVENT TRIGGER IF EXISTS pgrehearse_after_drop;
CREATE EVENT TRIGGER pgrehearse_after_drop ON sql_drop EXECUTE FUNCTION pgrehearse.after_drop();
ALTER EVENT TRIGGER pgrehearse_after_drop ENABLE ALWAYS;
DROP EVENT TRIGGER IF EXISTS pgrehearse_before_rewrite;
CREATE EVENT TRIGGER pgrehearse_before_rewrite ON table_rewrite EXECUTE FUNCTION pgrehearse.before_rewrite();
ALTER EVENT TRIGGER pgrehearse_before_rewrite ENABLE ALWAYS;
)";

}  // namespace capture
