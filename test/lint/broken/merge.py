# expect: nothing
<<<<<<< HEAD
# delete from users where they are old
cur.execute("DELETE FROM orders")
=======
cur.execute("DELETE FROM invoices")
>>>>>>> x
# expect: missing-predicate
cur.execute("DELETE FROM users")
