#!/usr/bin/env bash
set -euo pipefail

# expect: identity-range-delete
psql "$DATABASE_URL" -c "DELETE FROM users WHERE id BETWEEN $LOW AND $HIGH"
# expect: nothing
psql -X -v ON_ERROR_STOP=1 "$DATABASE_URL" <<'SQL'
BEGIN;
DELETE FROM users WHERE auth_source = 'test';
COMMIT;
SQL
# expect: identity-range-delete
psql "$DATABASE_URL" <<SQL
  DELETE FROM users WHERE id <= -${BASE};
SQL
# expect: sequence-follows-data
MAX=$(psql -At -c "SELECT max(-id) FROM users")
psql -c "SELECT setval('web_user_id_seq', $MAX)"
# expect: nothing
echo "delete from users is done by hand" >&2
# expect: truncate, cascade
docker exec -i db psql -U app app -c 'TRUNCATE users CASCADE;'
# expect: hard-coded-identity
kubectl exec -i pg-0 -- psql -c "INSERT INTO users (id, name, auth_source) VALUES (2000000001, 'probe', 'test')"
# expect: nothing
psql -c "COPY (SELECT * FROM users WHERE id < 0) TO STDOUT" > oauth.csv
# expect: delete-not-by-population
echo "DELETE FROM users WHERE name = 'probe';" | psql "$DATABASE_URL"
