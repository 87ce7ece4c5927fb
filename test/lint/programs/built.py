USERS = "users"
BASE = "DELETE FROM users"
LOW, HIGH = -91111200, -91111100


class Repo:
    PURGE = "DELETE FROM sessions"

    def search(self, cur, tenant=None, before=None):
        # expect: nothing
        where = ""
        params = []
        if tenant:
            where = " WHERE auth_source = 'test' AND tenant = %s"
            params.append(tenant)
        cur.execute("DELETE FROM users" + where, params)

    def conditions(self, cur, lo=None, plan=None):
        # expect: identity-range-delete
        conditions = []
        if lo:
            conditions.append("id >= %s")
        if plan:
            conditions.append("plan = %s")
        sql = "DELETE FROM users"
        if conditions:
            sql += " WHERE " + " AND ".join(conditions)
        cur.execute(sql)

    def harmless_conditions(self, cur, plan=None, name=None):
        # expect: nothing
        clauses = ["auth_source = 'test'"]
        if plan:
            clauses.append("plan = %(plan)s")
        if name:
            clauses.append("name = %(name)s")
        cur.execute("DELETE FROM users WHERE " + " AND ".join(clauses))

    def one_equals_one(self, cur, plan=None):
        # expect: nothing
        sql = "UPDATE users SET plan = 'free' WHERE 1=1"
        if plan:
            sql += " AND plan = %s"
        cur.execute(sql)

    def constant(self, cur):
        # expect: nothing
        cur.execute(BASE + " WHERE auth_source = 'test'")
        # expect: identity-range-delete
        cur.execute(f"{BASE} WHERE id < 0")
        # expect: missing-predicate
        cur.execute(f"UPDATE {USERS} SET plan = 'free'")
        # expect: identity-range-delete
        cur.execute("DELETE FROM %s WHERE id BETWEEN %s AND %s" % (USERS, LOW, HIGH))
        # expect: identity-range-delete
        cur.execute("DELETE FROM {} WHERE id > {}".format("users", 5))

    def shadowed(self, cur, USERS, lo):
        # expect: nothing
        cur.execute(f"DELETE FROM {USERS} WHERE id < %s", (lo,))

    def either(self, cur, soft):
        # expect: nothing
        if soft:
            sql = "UPDATE users SET plan = 'gone'"
        else:
            sql = "DELETE FROM users"
        sql += " WHERE id = %s"
        cur.execute(sql)

    def either_wrong(self, cur, soft):
        # expect: missing-predicate
        if soft:
            sql = "UPDATE users SET plan = 'gone' WHERE id = %s"
        else:
            sql = "DELETE FROM users"
        cur.execute(sql)

    def ternary(self, cur, plan):
        # expect: nothing
        cur.execute("UPDATE users SET plan = 'free'" + (" WHERE plan = %s" if plan else " WHERE name = %s"))
        # expect: identity-range-delete
        cur.execute("UPDATE users SET plan = 'free' WHERE " + ("id > %s" if plan else "name = %s"))

    def twice(self, cur):
        # expect: missing-predicate
        sql = "DELETE FROM users"
        cur.execute(sql)
        # expect: nothing
        sql = "DELETE FROM users WHERE auth_source = 'test'"
        cur.execute(sql)

    def loop(self, cur, filters):
        # expect: nothing
        q = "DELETE FROM users WHERE auth_source = 'test'"
        for column in filters:
            q += f" AND {column} = %s"
        cur.execute(q)

    def attribute(self, lo):
        # expect: identity-range-delete
        self.sql = "DELETE FROM users"
        self.sql += " WHERE id <= %s"
        self.cur.execute(self.sql)

    def log(self, cur):
        # expect: nothing
        logger.info("DELETE FROM users WHERE id BETWEEN 1 AND 5")
        # expect: nothing
        raise RuntimeError("DELETE FROM users is not allowed")
        # expect: nothing
        statements = ["UPDATE users SET plan = 'x' WHERE id = 1", "DELETE FROM users WHERE id = %s"]
        # expect: nothing
        help = "usage: delete from users where ...; use --execute"
