#!/bin/sh
# expect: truncate
psql <<SQL
TRUNCATE users;
SQL
# expect: nothing
psql <<SQL
DELETE FROM users WHERE auth_source = '$source';
SQL
