#!/usr/bin/env bash
# expect: identity-range-delete
psql "$DB" -c "DELETE FROM users WHERE id >= $FROM AND id <= $TO"
# expect: identity-range-delete
psql -v ON_ERROR_STOP=1 "$DB" <<'SQL'
UPDATE users SET plan = 'free'
 WHERE id > 1000;
SQL
# expect: sequence-follows-data
psql -c "SELECT setval('web_user_id_seq', $MAX_ID)"
# expect: truncate
echo "TRUNCATE users;" | psql "$DB"
# expect: delete-not-by-population
psql <<-EOF
	DELETE FROM users WHERE plan = '$PLAN';
	EOF
# expect: missing-predicate
run_sql 'DELETE FROM users'
# expect: nothing
psql -v source=test "$DB" <<'SQL'
DELETE FROM users WHERE auth_source = :'source';
SQL
# expect: nothing
psql -Atc "SELECT count(*) FROM users WHERE id < 0"
# expect: nothing
echo "Delete from users is done"
# expect: nothing
psql <<SQL
DELETE FROM sessions WHERE id < 1000;
SQL
