#!/usr/bin/env bash
set -euo pipefail
lo=$1
hi=$2

# expect: nothing
sql="DELETE FROM users"
sql+=" WHERE auth_source = 'test'"
psql -c "$sql"

# expect: identity-range-delete
q='DELETE FROM users'
q+=" WHERE id BETWEEN $lo AND $hi"
psql -c "$q"

# expect: nothing
u="UPDATE users SET plan = 'free'"
if [ -n "${ONLY:-}" ]; then
  u="$u WHERE plan = '$ONLY'"
fi
psql -c "$u"

# expect: missing-predicate
psql -c "DELETE FROM users"

# expect: identity-range-delete
psql "$URL" <<SQL
BEGIN;
DELETE FROM users
 WHERE id > $lo;
COMMIT;
SQL

# expect: nothing
echo "DELETE FROM users: done"
# expect: sequence-follows-data
psql -Atc "SELECT setval('web_user_id_seq', (SELECT max(id) FROM users))"
