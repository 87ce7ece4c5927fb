# expect: always-true-predicate
db.exec("DELETE FROM users WHERE 1 = 1")
# expect: nothing
db.exec("UPDATE users SET plan = 'x' WHERE id = #{id}")
