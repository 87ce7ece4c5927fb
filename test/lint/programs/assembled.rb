class Cleaner
  def run(conn, lo, hi, name = nil)
    # expect: nothing
    q = "DELETE FROM users"
    q << " WHERE auth_source = 'test'"
    conn.exec(q)

    # expect: identity-range-delete
    sql = +"DELETE FROM users"
    sql << " WHERE id BETWEEN $1 AND $2"
    conn.exec_params(sql, [lo, hi])

    # expect: nothing
    update = "UPDATE users SET plan = 'free'"
    update += " WHERE name = $1" if name
    conn.exec_params(update, [name])

    # expect: nothing
    conn.exec(["DELETE FROM users", "WHERE auth_source = 'test'"].join(" "))

    # expect: identity-range-delete
    conn.exec(%w[DELETE FROM users WHERE id < 0].join(" "))

    # expect: identity-range-delete
    execute <<~SQL
      DELETE FROM users
      WHERE id > #{lo}
    SQL

    # expect: always-true-predicate
    conn.exec("DELETE FROM users " \
              "WHERE true")

    # expect: nothing
    User.where(auth_source: "test").where("id < ?", 0).delete_all
    # expect: nothing
    logger.info "Deleting from users where auth_source = test"
    # expect: nothing
    say_with_time("drop table users") { drop_table :users_old }
  end
end
