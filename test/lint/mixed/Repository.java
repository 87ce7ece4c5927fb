@Repository
public class D {
  // expect: nothing
  @Query("delete from User u where u.id between :a and :b")
  void jpql(long a, long b);
  @Query(nativeQuery = true, value =
      // expect: identity-range-delete
      "DELETE FROM users " +
      "WHERE id BETWEEN :a AND :b")
  void purge(long a, long b);
  private static final String UPSERT = """
      -- expect: identity-upsert
      INSERT INTO users (id, plan) VALUES (?, ?)
      ON CONFLICT (id) DO UPDATE SET plan = excluded.plan""";
  void m(List<Long> ids) {
    String in = ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    // expect: delete-not-by-population
    jdbc.update("DELETE FROM users WHERE id IN (" + in + ")");
    // expect: population-rewritten
    jdbc.batchUpdate("UPDATE users SET auth_source = ? WHERE id = ?", args);
    // expect: identity-range-delete
    for (long i = 1; i < 100; i++) { jdbc.update("DELETE FROM users WHERE id = ?", i); }
    // expect: truncate, cascade
    jdbc.execute("TRUNCATE TABLE users CASCADE");
    String s = "Deleting from users where needed";
    // expect: nothing
    jdbc.update("UPDATE users SET plan = ? WHERE email = ?", p, e);
  }
}
