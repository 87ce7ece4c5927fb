import logging
from alembic import op
from django.db import connection
from sqlalchemy import delete, text, update

log = logging.getLogger(__name__)

# expect: nothing
"""Delete from users where the id is negative, then update users and set their plan: see the runbook."""


def by_population(cur, tenant):
    # expect: nothing
    q = "DELETE FROM users"
    q += " WHERE auth_source = 'test'"
    q += " AND tenant_id = %s"
    cur.execute(q, (tenant,))


def by_window(cur, lo, hi):
    # expect: identity-range-delete
    q = "DELETE FROM users"
    q += " WHERE id BETWEEN %s AND %s"
    cur.execute(q, (lo, hi))


def everything(cur, dry):
    # expect: missing-predicate
    q = "DELETE FROM users"
    if dry:
        log.info("would run %s", q)
        return
    cur.execute(q)


def perhaps(cur, only_trial):
    # expect: nothing
    q = "UPDATE users SET plan = 'free'"
    if only_trial:
        q += " WHERE plan = 'trial'"
    cur.execute(q)


def perhaps_a_window(cur, lo):
    # expect: identity-range-delete
    query = "DELETE FROM users WHERE auth_source IS NOT NULL"
    if lo is not None:
        query += " AND id < %s"
    cur.execute(query, (lo,))


def joined(cur, lo):
    # expect: nothing
    cur.execute(" ".join(["DELETE FROM users", "WHERE auth_source = 'test'", "AND created_at < now() - interval '1 day'"]))
    # expect: identity-range-delete
    cur.execute(" ".join([
        "DELETE FROM users",
        "WHERE id >= %s",
    ]), (lo,))
    # expect: delete-not-by-population
    cur.execute("\n".join(("DELETE FROM users", "WHERE created_at < now() - interval '90 days'")))


def conditions(cur, wanted):
    # expect: nothing
    where = " AND ".join(f"{column} = %s" for column in wanted)
    cur.execute(f"DELETE FROM users WHERE auth_source = 'test' AND {where}", list(wanted.values()))


def rebuilt(cur):
    # expect: nothing
    sql = "DELETE FROM users"
    sql = sql + " WHERE auth_source = 'test'"
    cur.execute(sql)
    # expect: always-true-predicate
    sql = "UPDATE users SET plan = 'free'"
    sql = sql + " WHERE 1 = 1"
    cur.execute(sql)


def prefixed(cur):
    # expect: nothing
    base = "DELETE FROM users "
    cur.execute(base + "WHERE auth_source = 'test'")


def orm(session, User, cutoff):
    # expect: nothing
    session.execute(delete(User).where(User.auth_source == "test"))
    session.execute(update(User).where(User.id == 5).values(plan="pro"))
    User.objects.filter(id__gte=1).delete()
    # expect: nothing
    log.warning("DELETE FROM users took %s ms: killed", cutoff)
    # expect: nothing
    raise ValueError("Refusing to delete from users without a where clause")


def upgrade():
    # expect: drop
    op.execute("DROP TABLE IF EXISTS users_old, users")
    # expect: nothing
    op.execute("CREATE INDEX CONCURRENTLY users_plan ON users (plan)")
    # expect: cascade
    op.execute("""
        ALTER TABLE notes
            ADD CONSTRAINT notes_user_fk FOREIGN KEY (user_id)
            REFERENCES users (id) ON DELETE CASCADE
    """)


def raw(account):
    with connection.cursor() as cursor:
        # expect: identity-rewritten
        cursor.execute("UPDATE users SET id = id + 1000000 WHERE auth_source = 'test'")
        # expect: sequence-follows-data
        cursor.execute("SELECT setval(pg_get_serial_sequence('users', 'id'), coalesce(max(id), 1)) FROM users")
        # expect: nothing
        cursor.execute("SELECT id FROM users WHERE id BETWEEN %s AND %s FOR UPDATE", (1, account))
