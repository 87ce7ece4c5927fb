import os, subprocess
BATCH = 1000
def a(conn):
    # expect: identity-range-delete
    os.system("psql shop -c 'DELETE FROM users WHERE id < 0'")
    # expect: truncate
    subprocess.run(f'psql {url} -c "TRUNCATE users"', shell=True)
    # expect: identity-range-delete
    subprocess.run(["psql", "-c", "DELETE FROM users WHERE id BETWEEN 1 AND 5"])
    # expect: identity-range-delete
    sql = "DELETE FROM users WHERE id > {lo} AND id < {hi}"
    conn.execute(sql.format(lo=1, hi=2))
    for start in range(0, 10**6, BATCH):
        # expect: identity-range-delete
        conn.execute("DELETE FROM users WHERE id >= %s AND id < %s", (start, start + BATCH))
    for uid in ids:
        # expect: nothing
        conn.execute("DELETE FROM users WHERE id = %s", (uid,))
    conn.execute("""
        -- clean up
        -- expect: delete-not-by-population
        DELETE FROM users
        WHERE created_at < now() - interval '1 day'
    """)
    # expect: population-rewritten
    conn.execute("UPDATE users SET auth_source='test' WHERE id IN %s" % (tuple(ids),))
    with open("x.sql", "w") as f:
        # expect: identity-range-delete
        f.write("DELETE FROM users WHERE id < 5;\n")
    row = conn.execute("SELECT COALESCE(MIN(id), 0) FROM users").fetchone()
    # expect: sequence-follows-data
    conn.execute("SELECT setval('web_user_id_seq', %s)", (-row[0],))
    # expect: nothing
    logger.exception("DELETE FROM users WHERE id = %s failed", uid)
    # expect: nothing
    doc = "UPDATE users SET is how you change it"
    # expect: nothing
    conn.execute("DELETE FROM users WHERE auth_source = 'test' AND id IN (" + ",".join(map(str, ids)) + ")")
