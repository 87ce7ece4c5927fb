# expect: identity-rewritten
kubectl exec db-0 -- psql -U app -c "UPDATE users SET id = id + 1 WHERE auth_source = 'test'"
# expect: drop
su postgres -c "psql shop -c \"DROP TABLE users\""
# expect: identity-range-delete
for i in {1..5}; do psql -c "DELETE FROM users WHERE id = $i"; done
# expect: nothing
Q="DELETE FROM users WHERE auth_source = 'test'"
psql -c "$Q"
psql -v lo=-5 <<'EOF'
-- expect: identity-range-delete
DELETE FROM users WHERE id > :lo;
EOF
# expect: nothing
echo "usage: $0 [delete from users]" >&2
