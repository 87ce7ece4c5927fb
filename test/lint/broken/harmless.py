# expect: nothing
print "old"
exec "x"
cur.execute("DELETE FROM users WHERE auth_source = 'test'")
