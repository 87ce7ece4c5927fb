import psycopg2
from psycopg2 import sql
TABLE = "users"
LOW, HIGH = -91111200, -91111100

def heal(cur):
    cur.execute(
        # expect: sequence-follows-data
        "SELECT setval('web_user_id_seq', "
        "GREATEST(-MIN(id), currval('web_user_id_seq'))) "
        "FROM users"
    )

def clean(cur):
    # expect: identity-range-delete
    cur.execute("DELETE FROM users WHERE id BETWEEN %s AND %s", (LOW, HIGH))
    cur.execute(f"""
        -- expect: identity-range-delete
        DELETE FROM {TABLE}
        WHERE id >= {LOW}
          AND id <= {HIGH}
    """)
    # expect: identity-range-delete
    cur.execute(sql.SQL("DELETE FROM {} WHERE id < %s").format(sql.Identifier("users")), (0,))
    # expect: delete-not-by-population
    cur.execute("DELETE FROM users WHERE id IN (%s)" % ",".join(["%s"] * len(ids)), ids)
    # expect: delete-not-by-population
    cur.execute("DELETE FROM users WHERE id IN (" + ",".join(["%s"] * len(ids)) + ")", ids)
    placeholders = ", ".join("%s" for _ in ids)
    # expect: delete-not-by-population
    cur.execute(f"DELETE FROM users WHERE id IN ({placeholders})", ids)
    # expect: nothing
    cur.execute("UPDATE users SET " + ", ".join(f"{k} = %s" for k in fields) + " WHERE id = %s", vals)
    # expect: nothing
    cur.execute("INSERT INTO users (id, plan) VALUES " + ",".join(["(%s,%s)"] * n), flat)
    # expect: hard-coded-identity
    cur.executemany("INSERT INTO users (id, plan) VALUES (%s, %s)", [(-91111101, "pro"), (-91111102, "pro")])
    # expect: identity-upsert
    psycopg2.extras.execute_values(cur, "INSERT INTO users (id, plan) VALUES %s ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan", rows)

def fine(cur):
    # expect: nothing
    """DELETE FROM users WHERE id BETWEEN 1 AND 2 is what we never do."""
    # expect: nothing
    cur.execute("DELETE FROM users WHERE auth_source = %s", ("test",))
    cur.execute("SELECT * FROM users WHERE id BETWEEN %s AND %s", (1, 2))
    # expect: nothing
    print("Delete from users where they are old")
    # expect: nothing
    logging.info("update users set to %s", x)
    # expect: nothing
    raise ValueError("truncate users first")
    # expect: nothing
    cur.execute("DELETE FROM users WHERE id = %(id)s", {"id": 5})
