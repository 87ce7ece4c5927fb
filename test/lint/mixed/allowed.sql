-- pgrehearse: allow truncate because staging copy, ticket 12
TRUNCATE users;
-- expect: unknown-rule
-- pgrehearse: allow trunkate because staging copy
-- expect: truncate
TRUNCATE users;
-- expect: reason-missing
-- pgrehearse: allow truncate
-- expect: truncate
TRUNCATE users;
-- expect: unused-suppression
-- pgrehearse: allow drop because it is gone
SELECT 1;
-- expect: unparseable
DELETE FROM users WHERE;
