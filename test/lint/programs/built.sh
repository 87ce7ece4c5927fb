#!/bin/sh
TABLE=users
BASE="DELETE FROM users"
# expect: nothing
psql -c "$BASE WHERE auth_source = 'test'"
# expect: identity-range-delete
psql -c "$BASE WHERE id < 0"
# expect: identity-range-delete
psql -c "DELETE FROM $TABLE WHERE id > 5"
# expect: nothing
WHERE=""
[ -n "$1" ] && WHERE="WHERE plan = '$1'"
psql -c "UPDATE users SET plan = 'free' $WHERE"
# expect: missing-predicate
psql <<EOF2
UPDATE $TABLE SET plan = 'free';
EOF2
# expect: nothing
log "DELETE FROM users WHERE id < 5"
# expect: identity-range-delete
SQL="DELETE FROM users "
SQL="${SQL} WHERE id BETWEEN $1 AND $2"
echo "$SQL" | psql
