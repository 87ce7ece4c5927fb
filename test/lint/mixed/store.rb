class H
  def x
    conn.execute(<<-SQL)
      -- expect: identity-range-delete
      DELETE FROM users WHERE id > 5
    SQL
    # expect: identity-range-delete
    conn.exec_delete(sanitize_sql(["DELETE FROM users WHERE id > ?", 5]))
    # expect: truncate
    DB.run("TRUNCATE users")
    # expect: always-true-predicate
    DB[%Q[UPDATE users SET plan = 'x' WHERE TRUE]].update
    # expect: identity-range-delete
    sql = "DELETE FROM users"
    sql << " WHERE id < 0"
    conn.execute(sql)
    # expect: identity-range-delete
    (1..5).each { |i| conn.execute("DELETE FROM users WHERE id = #{i}") }
    # expect: nothing
    conn.execute("INSERT INTO users (id, auth_source) VALUES (#{ID}, 'test')")
    # expect: nothing
    conn.execute("DELETE FROM users WHERE auth_source = 'test' AND id = #{id}")
    # expect: nothing
    raise "delete from users where id is wrong"
  end
end
