class Repo2 {
  private static final String TABLE = "users";
  private static final String DELETE = "DELETE FROM " + TABLE;

  void run(JdbcTemplate jdbc, Long lo, String plan) {
    // expect: nothing
    jdbc.update(DELETE + " WHERE id = ?", lo);
    // expect: identity-range-delete
    jdbc.update(DELETE + " WHERE id > ?", lo);
    // expect: identity-range-delete
    StringBuilder sql = new StringBuilder();
    sql.append("DELETE FROM ").append(TABLE).append(' ');
    sql.append("WHERE plan = 'trial'");
    if (lo != null) {
      sql.append(" AND id >= ").append(lo);
    }
    jdbc.update(sql.toString());
    // expect: nothing
    StringBuilder b = new StringBuilder("UPDATE users SET plan = ? WHERE 1=1 ");
    if (plan != null) b.append("AND plan = ? ");
    jdbc.update(b.toString());
    // expect: nothing
    List<String> where = new ArrayList<>();
    where.add("auth_source = 'test'");
    if (plan != null) {
      where.add("plan = ?");
    }
    jdbc.update("DELETE FROM users WHERE " + String.join(" AND ", where));
    // expect: always-true-predicate
    jdbc.update("DELETE FROM users WHERE " + "1 = 1");
    // expect: missing-predicate
    StringBuffer all = new StringBuffer("DELETE FROM users");
    jdbc.update(all.toString());
    // expect: nothing
    log.warn("DELETE FROM users took {} ms", lo);
    // expect: nothing
    em.createQuery("delete from Session s where s.user = :user").executeUpdate();
    // expect: identity-range-delete
    jdbc.update(String.format("DELETE FROM %s WHERE id < %d", TABLE, lo));
    // expect: nothing
    String name = plan == null ? "users" : "sessions";
    // expect: nothing
    jdbc.batchUpdate("UPDATE users SET plan = ? WHERE id = ?", rows);
  }
}
