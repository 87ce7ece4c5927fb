#!/bin/bash
LOW=-91111200
psql "$DATABASE_URL" <<SQL
-- expect: identity-range-delete
DELETE FROM users WHERE id BETWEEN $LOW AND -91111100;
SELECT 1;
SQL
# expect: identity-range-delete
psql -c "DELETE FROM users WHERE id < 0"
psql <<-'EOF'
	-- expect: missing-predicate
	UPDATE users SET plan = 'free';
	EOF
cat <<EOF | psql -v ON_ERROR_STOP=1
-- expect: hard-coded-identity
INSERT INTO users (id, auth_source) VALUES (-91111101, 'test');
EOF
# expect: truncate
echo "TRUNCATE users" | psql
# expect: nothing
psql -c "DELETE FROM users WHERE auth_source = 'test'"
# expect: nothing
echo "delete from users who left"
cat <<'README'
Please do not run DELETE FROM users by hand.
README
# expect: identity-range-delete
for id in $(seq 1 100); do psql -c "DELETE FROM users WHERE id = $id"; done
