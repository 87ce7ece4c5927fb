-- expect: always-true-predicate
DELETE FROM users WHERE id = 1 OR id <> 1;
-- expect: nothing
DELETE FROM users WHERE id = $1 OR id = $2 OR auth_source = 'test';
