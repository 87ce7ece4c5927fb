class Repo {
  // expect: identity-range-delete
  @Query(value = "DELETE FROM users WHERE id BETWEEN ?1 AND ?2", nativeQuery = true)
  void purge(long from, long to);

  void run() throws SQLException {
    // expect: identity-range-delete
    jdbc.update("""
        DELETE FROM users
        WHERE id > ?
        """, from);
    // expect: sequence-follows-data
    statement.execute("ALTER SEQUENCE web_user_id_seq RESTART WITH " + (maxId + 1));
    // expect: identity-upsert
    named.update("INSERT INTO users (id, plan) VALUES (:id, :plan) "
        + "ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan", params);
    // expect: truncate, cascade
    statement.executeUpdate("TRUNCATE TABLE users CASCADE");
    // expect: nothing
    jdbc.update("UPDATE users SET last_seen = now() WHERE id = ?", id);
    // expect: nothing
    connection.prepareStatement("DELETE FROM users WHERE auth_source = ? AND plan = ?");
    // expect: nothing
    throw new IllegalStateException("DELETE FROM users failed for " + id);
  }
}
