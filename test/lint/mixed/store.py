from textwrap import dedent
QUERIES = {
    # expect: identity-range-delete
    "purge": "DELETE FROM users WHERE id < %s",
    # expect: nothing
    "one": "DELETE FROM users WHERE id = %s",
    # expect: truncate
    "wipe": """TRUNCATE users""",
}

class Store:
    UPSERT = (
        # expect: identity-upsert
        "INSERT INTO users (id, plan) "
        "VALUES (%(id)s, %(plan)s) "
        "ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan"
    )

    def purge(self, lo, hi):
        # expect: identity-range-delete
        self.cur.execute(sql.SQL("DELETE FROM {table} WHERE {col} BETWEEN {a} AND {b}").format(
            table=sql.Identifier("users"), col=sql.Identifier("id"), a=sql.Literal(lo), b=sql.Literal(hi)))
        op.execute(dedent("""
            -- expect: missing-predicate
            UPDATE users
            SET plan = 'free'
        """))
        # expect: drop
        migrations.RunSQL("ALTER TABLE users DROP COLUMN auth_source", reverse_sql="SELECT 1")
        # expect: delete-not-by-population
        if (q := "DELETE FROM users WHERE email LIKE '%test%'"):
            self.cur.execute(q)
        # expect: identity-range-delete
        template = "DELETE FROM __TABLE__ WHERE id > 5".replace("__TABLE__", "users")
        # expect: hard-coded-identity
        await conn.executemany("INSERT INTO users (id, plan) VALUES ($1, $2)", [(7, "x"), (8, "y")])
        # expect: identity-range-delete
        where = " AND ".join(["id > %s", "plan = 'x'"])
        self.cur.execute("DELETE FROM users WHERE " + where, (3,))
        # expect: sequence-follows-data
        self.cur.execute("SELECT setval('web_user_id_seq', %s)", (self.cur.execute("SELECT max(id) FROM users"),))
        chunk = ids[i:i + 500]
        # expect: delete-not-by-population
        self.cur.execute("DELETE FROM users WHERE id IN %s", (tuple(chunk),))
        # expect: population-rewritten
        self.cur.execute("UPDATE users SET auth_source = %s WHERE id = %s", ("test", uid))
        # expect: delete-not-by-population
        self.cur.execute("DELETE FROM users USING unnest(%s) AS t(id) WHERE users.id = t.id", (ids,))
        # expect: nothing
        self.cur.execute("""DELETE FROM users WHERE auth_source = 'test' AND id = ANY(%s)""", (ids,))
        # expect: nothing
        self.cur.execute("DELETE FROM users WHERE auth_source = %s AND created < now() - %s", ("test", "1 day"))
        # expect: nothing
        self.cur.execute("UPDATE users SET plan = %s WHERE id = ANY(%s)", ("x", ids))
        # expect: nothing
        parser.add_argument("--wipe", help="delete from users where nobody looks")
        # expect: nothing
        assert "DELETE FROM users" in out
        # expect: nothing
        re.compile(r"DELETE FROM users WHERE id BETWEEN (\d+) AND (\d+)")
