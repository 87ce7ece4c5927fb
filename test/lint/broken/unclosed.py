# expect: unparseable
x = """
def f(cur):
    cur.execute("DELETE FROM users")
    cur.execute("TRUNCATE users")
