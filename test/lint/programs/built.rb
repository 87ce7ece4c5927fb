class Repo
  TABLE = "users"

  def run(conn, lo, plan)
    # expect: nothing
    sql = <<~SQL
      DELETE FROM users
    SQL
    sql += " WHERE auth_source = 'test'"
    conn.exec(sql)
    # expect: identity-range-delete
    q = "DELETE FROM #{TABLE}"
    q << " WHERE id < #{lo}"
    conn.exec(q)
    # expect: nothing
    conds = []
    conds << "plan = 'x'" if plan
    conds << "auth_source = 'test'"
    conn.exec("DELETE FROM users WHERE #{conds.join(' AND ')}")
    # expect: nothing
    u = plan ? "UPDATE users SET plan = 'a' WHERE id = 1" : "UPDATE users SET plan = 'b' WHERE id = 2"
    conn.exec(u)
    # expect: identity-range-delete
    conn.exec(format("DELETE FROM users WHERE id > %d", lo))
    # expect: nothing
    raise ArgumentError, "DELETE FROM users WHERE id > 5 is banned"
    # expect: missing-predicate
    ActiveRecord::Base.connection.execute("UPDATE users SET plan = 'free'")
  end
end
