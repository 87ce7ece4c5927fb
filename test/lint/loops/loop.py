# expect: identity-range-delete
for i in range(-91111200, -91111100):
    cur.execute("DELETE FROM users WHERE id = %s", (i,))
# expect: identity-range-delete
for n in range(10):
    cur.execute(f"DELETE FROM users WHERE id = {n}")
# expect: nothing
for i in ids:
    cur.execute("DELETE FROM users WHERE id = %s", (i,))
# expect: nothing
for i in range(3):
    cur.execute("DELETE FROM users WHERE id = %s", (ids[i],))
# expect: sequence-follows-data
cur.execute("SELECT setval('web_user_id_seq', %s)", (max_id,))
# expect: nothing
cur.execute("SELECT setval('web_user_id_seq', %s)", (start,))
# expect: nothing
cur.execute(f"ALTER SEQUENCE web_user_id_seq RESTART WITH {account_start}")
# expect: sequence-follows-data
cur.execute("SELECT setval('web_user_id_seq', :top)", {"top": last_id + 1})
# expect: delete-not-by-population
cur.execute("DELETE FROM users WHERE id IN %s", (tuple(ids),))
# expect: nothing
cur.execute("DELETE FROM users WHERE id IN (%s, %s)", (a, b))
# expect: identity-range-delete
sql = "DELETE FROM users WHERE id = %s"
for k in range(5):
    cur.execute(sql, (k,))
# expect: nothing
cur.execute("SELECT setval('web_user_id_seq', %s)" % climax)
