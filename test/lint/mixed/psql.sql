\set low -91111200
\set high -91111100
-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN :low AND :high;
-- expect: nothing
DELETE FROM :"tbl" WHERE id = :'one';
\if :{?wipe}
-- expect: truncate
TRUNCATE users \;
-- expect: nothing
SELECT 1;
\endif
-- expect: nothing
DELETE FROM users WHERE auth_source = :'src' AND id < 0;
-- expect: nothing
\echo DELETE FROM users;
-- expect: missing-predicate
SELECT 'DELETE FROM users' \gexec
