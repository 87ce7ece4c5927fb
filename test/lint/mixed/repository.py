class Q(Enum):
    # expect: identity-range-delete
    PURGE = "DELETE FROM users WHERE id < %(lo)s"
    KEEP = "SELECT 1"
async def f(conn, ids, cutoff):
    # expect: delete-not-by-population
    await conn.execute("DELETE FROM users WHERE id = ANY($1::bigint[])", ids)
    # expect: identity-range-delete
    await conn.execute("DELETE FROM users WHERE id > $1", cutoff)
    # expect: missing-predicate
    stmt = delete_stmt = "DELETE FROM users"
    await conn.execute(stmt)
    cond = []
    # expect: identity-range-delete
    cond.append("id > 5")
    if x:
        cond.append("plan = 'a'")
    # expect: nothing
    await conn.execute("DELETE FROM users WHERE " + " AND ".join(cond))
    # expect: nothing
    await conn.execute("UPDATE users SET {} WHERE id = $1".format(", ".join(sets)), uid)
    # expect: identity-range-delete
    await conn.execute(f"UPDATE users SET plan = 'x' WHERE id {'<' if down else '>'} $1", cutoff)
    # expect: truncate
    await conn.execute(f"TRUNCATE {', '.join(['users', 'plans'])}")
    for t in ("users", "plans"):
        # expect: drop, cascade
        await conn.execute(f"DROP TABLE IF EXISTS {t} CASCADE")
    await conn.copy_records_to_table("users", records=rows)
    # expect: hard-coded-identity
    await conn.execute("INSERT INTO users (id, plan) VALUES (:id, :plan)", {"id": -5, "plan": "x"})
    # expect: nothing
    await conn.execute(text("INSERT INTO users (id, plan) VALUES (:id, 'x')"), id=next_id())
    await conn.execute(
        # expect: identity-upsert
        "INSERT INTO users (id, plan) "
        "SELECT id, plan FROM staging "
        "ON CONFLICT ON CONSTRAINT users_pkey "
        "DO UPDATE SET plan = EXCLUDED.plan")
    # DELETE FROM users WHERE id < 5
    """
    Example: DELETE FROM users WHERE id BETWEEN 1 AND 5;
    """
    # expect: nothing
    raise RuntimeError("cannot TRUNCATE users while locked")
