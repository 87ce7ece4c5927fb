# expect: missing-predicate
psql <<SQL
DELETE FROM users;
