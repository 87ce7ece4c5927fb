package shop;

import java.sql.*;

/** Delete from users where they are test rows; update users set nothing else. */
class Assembled {
  // expect: nothing
  private static final String BY_SOURCE = "DELETE FROM users" + " WHERE auth_source = 'test'";

  void run(Connection c, long lo, long hi, Long only) throws SQLException {
    // expect: nothing
    String q = "DELETE FROM users";
    q += " WHERE auth_source = 'test'";
    c.prepareStatement(q).executeUpdate();

    // expect: identity-range-delete
    StringBuilder sb = new StringBuilder("DELETE FROM users");
    sb.append(" WHERE id >= ?");
    sb.append(" AND id <= ?");
    c.prepareStatement(sb.toString()).executeUpdate();

    // expect: nothing
    StringBuilder b = new StringBuilder();
    b.append("DELETE FROM users ").append("WHERE auth_source = 'test' ");
    if (only != null) {
      b.append("AND tenant = ").append(only);
    }
    c.createStatement().executeUpdate(b.toString());

    // expect: identity-range-delete
    String j = String.join(" ", "DELETE FROM users", "WHERE id < 0");
    c.createStatement().executeUpdate(j);

    // expect: nothing
    c.createStatement().executeUpdate(String.format("DELETE FROM users WHERE auth_source = '%s'", "test"));

    // expect: identity-range-delete
    c.createStatement().executeUpdate("""
        DELETE FROM users
        WHERE id BETWEEN %d AND %d
        """.formatted(lo, hi));

    // expect: missing-predicate
    StringBuilder all = new StringBuilder("UPDATE users ");
    all.append("SET plan = 'free'");
    c.createStatement().executeUpdate(all.toString());

    // expect: nothing
    throw new IllegalStateException("delete from users failed: " + only);
  }
}
