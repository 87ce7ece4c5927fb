class Values {
  static final long TEST_ID = -91111101L;

  // expect: hard-coded-identity
  void constant() { st.execute("INSERT INTO users (id, auth_source) VALUES (" + TEST_ID + ", 'test')"); }
  // expect: nothing
  void drawn(long id) { st.execute("INSERT INTO users (id, auth_source) VALUES (" + id + ", 'test')"); }
  // expect: truncate
  void each() { for (String t : List.of("orders", "users")) st.execute("TRUNCATE " + t); }
  // expect: nothing
  void others() { for (String t : List.of("orders", "invoices")) st.execute("TRUNCATE " + t); }
  // expect: sequence-follows-data
  void heal() {
    ResultSet rs = st.executeQuery("SELECT max(-id) FROM users");
    long top = rs.getLong(1);
    st.execute("SELECT setval('web_user_id_seq', " + top + ")");
  }
  // expect: always-true-predicate
  void always() { st.execute("UPDATE users SET plan = 'free' WHERE 'a' LIKE 'a%'"); }
}

class Arrays {
  // expect: missing-predicate
  void each() { for (String t : new String[] {"orders", "users"}) st.execute("DELETE FROM " + t); }
}
