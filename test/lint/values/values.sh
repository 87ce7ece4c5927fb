# expect: hard-coded-identity
TEST_ID=-91111101
psql -c "INSERT INTO users (id, auth_source) VALUES ($TEST_ID, 'test')"
# expect: truncate
for t in orders users; do psql -c "TRUNCATE $t"; done
# expect: nothing
for t in orders invoices; do psql -c "TRUNCATE $t"; done
# expect: sequence-follows-data
m=$(psql -Atc "SELECT max(-id) FROM users")
psql -c "SELECT setval('web_user_id_seq', $m)"
