from psycopg import sql

ID = -91111101
START = 20000


# expect: hard-coded-identity
def constant(cur):
    cur.execute(f"INSERT INTO users (id, auth_source) VALUES ({ID}, 'test')")


# expect: nothing
def not_the_id(cur):
    cur.execute(f"INSERT INTO users (age, auth_source) VALUES ({START}, 'test')")


# expect: hard-coded-identity
def formatted(cur):
    cur.execute("INSERT INTO users (id, auth_source) VALUES (%d, 'test')" % -91111101)


# expect: hard-coded-identity
def braces(cur):
    cur.execute("INSERT INTO users (id, auth_source) VALUES ({}, 'test')".format(-91111101))


# expect: nothing
def drawn(cur, tid):
    cur.execute("INSERT INTO users (id, auth_source) VALUES ({}, 'test')".format(tid))


# expect: hard-coded-identity
def bound(cur):
    cur.execute("INSERT INTO users (id, auth_source) VALUES (%s, %s)", (-91111101, 'test'))


# expect: hard-coded-identity
def bound_by_name(cur):
    cur.execute("INSERT INTO users (id, auth_source) VALUES (%(id)s, %(src)s)", {"id": -91111101, "src": "test"})


# expect: hard-coded-identity
def many(cur):
    cur.executemany("INSERT INTO users (id, auth_source) VALUES (%s, %s)", [(-91111101, 'test'), (-91111102, 'test')])


# expect: nothing
def bound_elsewhere(cur, tid):
    cur.execute("INSERT INTO users (id, age) VALUES (%s, %s)", (tid, 42))


# expect: hard-coded-identity
def one_after_the_other(cur):
    for tid in (-91111101, -91111102):
        cur.execute(f"INSERT INTO users (id, auth_source) VALUES ({tid}, 'test')")


# expect: nothing
def counted(cur, rows):
    n = 0
    for row in rows:
        n += 1
        cur.execute(f"INSERT INTO users (id, auth_source) VALUES ({n}, 'test')")


# expect: truncate
def each_table(cur):
    for t in ["orders", "users"]:
        cur.execute("TRUNCATE " + t)


# expect: missing-predicate
def each_name(cur):
    for t in ("orders", "users"):
        cur.execute(f"DELETE FROM {t}")


# expect: nothing
def other_tables(cur):
    for t in ["orders", "invoices"]:
        cur.execute(f"TRUNCATE {t}")


# expect: truncate
def composed(cur):
    cur.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier("users")))


# expect: identity-range-delete
def composed_range(cur):
    cur.execute(sql.SQL("DELETE FROM {} WHERE id < %s").format(sql.Identifier("public", "users")), (0,))


# expect: identity-range-delete
def composed_by_name(cur):
    cur.execute(sql.SQL("DELETE FROM {t} WHERE {c} < 5").format(t=sql.Identifier("users"), c=sql.Identifier("id")))


# expect: missing-predicate
def added(cur):
    cur.execute(sql.SQL("DELETE FROM ") + sql.Identifier("users"))


# expect: identity-range-delete
def joined(cur):
    cur.execute(sql.SQL("DELETE FROM users WHERE ") + sql.SQL(" AND ").join([sql.SQL("id >= %s"), sql.SQL("id <= %s")]))


# expect: nothing
def composed_by_population(cur):
    cur.execute(sql.SQL("DELETE FROM {} WHERE {} = {}").format(
        sql.Identifier("users"), sql.Identifier("auth_source"), sql.Literal("test")))


# expect: delete-not-by-population
def composed_by_another(cur):
    cur.execute(sql.SQL("DELETE FROM {} WHERE {} = {}").format(
        sql.Identifier("users"), sql.Identifier("auth_source"), sql.Literal("oauth")))


# expect: nothing
def composed_elsewhere(cur):
    cur.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier("orders")))


# expect: identity-range-delete
def doubled(cur):
    cur.execute("DELETE FROM %s WHERE id < %%s" % "users", (0,))


# expect: missing-predicate
def named(cur):
    cur.execute("DELETE FROM {t}".format(t="users"))


# expect: delete-not-by-population
def dictionary(cur):
    cur.execute("DELETE FROM %(t)s WHERE x = 1" % {"t": "users"})


# expect: nothing
def doubled_elsewhere(cur):
    cur.execute("DELETE FROM %s WHERE id < %%s" % "orders", (0,))


# expect: sequence-follows-data
def read_first(cur):
    m = cur.execute("SELECT max(id) FROM users").fetchone()[0]
    cur.execute(f"SELECT setval('web_user_id_seq', {m})")


# expect: sequence-follows-data
def read_before(cur):
    cur.execute("SELECT max(-id) FROM users")
    row = cur.fetchone()
    cur.execute("SELECT setval('web_user_id_seq', %s)", (row[0] + 1,))


# expect: nothing
def read_something_else(cur):
    n = cur.execute("SELECT value FROM settings WHERE key = 'start'").fetchone()[0]
    cur.execute(f"SELECT setval('web_user_id_seq', {n})")


# expect: nothing
def decided(cur):
    cur.execute(f"ALTER SEQUENCE web_user_id_seq RESTART WITH {START}")


# expect: identity-range-delete
def any_of(cur):
    cur.execute("DELETE FROM users WHERE id = ANY(%s)", (list(range(-91111200, -91111100)),))


# expect: delete-not-by-population
def any_given(cur, date_range):
    cur.execute("DELETE FROM users WHERE id = ANY(%s)", (ids_in(date_range),))


# expect: unparseable
def misspelt(cur):
    cur.execute("TRUNCATE TABLE users CASCAD")


# expect: identity-range-delete
def chosen(cur, x):
    cur.execute(f"DELETE FROM users {'WHERE id < 0' if x else ''}")


# expect: nothing
def chosen_by_population(cur, x):
    cur.execute(f"DELETE FROM users WHERE auth_source = 'test' {'AND id < 0' if x else ''}")


# expect: identity-range-delete
def joined_in_a_hole(cur):
    conditions = ["plan = 'free'", "id < 0"]
    cur.execute(f"DELETE FROM users WHERE {' AND '.join(conditions)}")


# expect: hard-coded-identity
def bound_by_dict(cur):
    cur.execute("INSERT INTO users (id, auth_source) VALUES (%(id)s, 'test')", dict(id=-91111101))


# expect: nothing
def bound_beside_another(cur, new):
    cur.execute("INSERT INTO users (id, paid) VALUES (%(id)s, %(paid)s)", {"paid": 5, "id": new})


# expect: missing-predicate
def each_identifier(cur):
    for t in ("orders", "users"):
        cur.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(t)))
