import logging
from sqlalchemy import text
from django.db import connection
from alembic import op


def purge_stale(session, low: int, high: int):
    # expect: identity-range-delete
    session.execute(
        text("DELETE FROM users WHERE id >= :low AND id < :high"),
        {"low": low, "high": high},
    )


async def drop_test_accounts(pool):
    # expect: nothing
    async with pool.acquire() as conn:
        await conn.execute("DELETE FROM users WHERE auth_source = 'test' AND created_at < now() - interval '1 day'")


def resync():
    # expect: sequence-follows-data
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('users', 'id'), "
            "coalesce(max(id), 1), max(id) IS NOT null) FROM users"
        )


def upgrade():
    # expect: missing-predicate, population-rewritten
    op.execute("UPDATE users SET auth_source = 'oauth'")
    # expect: nothing
    op.execute("UPDATE users SET auth_source = 'oauth' WHERE auth_source IS NULL")
    # expect: cascade
    op.execute("""
        ALTER TABLE sessions
            ADD CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    """)


def downgrade():
    # expect: drop
    op.execute("DROP TABLE IF EXISTS users")
    # expect: nothing
    op.execute("DROP INDEX IF EXISTS users_auth_source_idx")


# expect: identity-upsert
def save(cur, user):
    cur.execute("""
        INSERT INTO users (id, name, plan)
        VALUES (%(id)s, %(name)s, %(plan)s)
        ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name
    """, user)


def fixtures(cur):
    # expect: hard-coded-identity
    cur.execute("INSERT INTO users (id, name, auth_source) VALUES (-91111101, 'ann', 'test')")
    # expect: hard-coded-identity
    cur.executemany("INSERT INTO users (id, name) VALUES (%s, %s)", [(1, "a"), (2, "b")])
    # expect: nothing
    logging.info("would run DELETE FROM users WHERE id BETWEEN %s AND %s", 1, 2)


def by_email(cur, email):
    # expect: delete-not-by-population
    cur.execute(f"DELETE FROM users WHERE email = '{email}'")
    # expect: nothing
    cur.execute("UPDATE users SET plan = %s WHERE id = %s", ("pro", 7))
    # expect: nothing
    """DELETE FROM users is what we never do here; see docs/cleanup.md"""


def many(cur, ids):
    # expect: delete-not-by-population
    placeholders = ", ".join(["%s"] * len(ids))
    cur.execute(f"DELETE FROM users WHERE id IN ({placeholders})", ids)
