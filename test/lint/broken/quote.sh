# expect: missing-predicate
psql -c "DELETE FROM users
