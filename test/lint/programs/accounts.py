import psycopg2
from sqlalchemy import text

def run(cur, session, conn, ids, lo, hi, tenant):
    # expect: identity-range-delete
    session.execute(text("DELETE FROM users WHERE id >= :lo AND id < :hi"), {"lo": lo, "hi": hi})
    # expect: sequence-follows-data
    cur.execute(f"ALTER SEQUENCE web_user_id_seq RESTART WITH {max_id + 1}")
    # expect: identity-upsert
    psycopg2.extras.execute_values(cur, """
        INSERT INTO users (id, plan) VALUES %s
        ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan
    """, ids)
    # expect: delete-not-by-population
    cur.execute("DELETE FROM users "
                "WHERE plan = %(plan)s", {"plan": "trial"})
    # expect: hard-coded-identity
    conn.execute(text("INSERT INTO users (id, auth_source) VALUES (4503599627370501, 'test')"))
    # expect: nothing
    cur.execute("DELETE FROM users WHERE auth_source = 'test' AND created_at < now() - interval '1 day'")
    # expect: nothing
    session.execute(text("UPDATE users SET plan = :plan WHERE id = :id"), {"plan": "pro", "id": tenant})
    # expect: nothing
    logger.info("Truncate users before the import, then drop it")
