# expect: identity-range-delete
SQL="DELETE FROM users WHERE id BETWEEN 1 AND 5"
psql "$DB" -c "$SQL"
# expect: missing-predicate
psql <<< "UPDATE users SET plan = 'x'"
# expect: truncate
docker exec -i db psql -c 'TRUNCATE users;'
# expect: drop
printf 'DROP TABLE users;\n' | psql
max=$(psql -At -c 'SELECT max(id) FROM users')
# expect: sequence-follows-data
psql -c "SELECT setval('web_user_id_seq', $max)"
cat > /tmp/x.sql <<EOF
-- expect: identity-upsert
INSERT INTO users (id, plan) VALUES ($ID, 'x') ON CONFLICT (id) DO UPDATE SET plan = 'x';
EOF
# expect: identity-range-delete
ssh host "psql -c \"DELETE FROM users WHERE id < 5\""
# DELETE FROM users; in a comment
psql -c "SELECT count(*) FROM users WHERE id < 5"
# expect: nothing
echo "to delete from users set FORCE=1"
