class Dao {
    private static final String T = "users";
    // expect: identity-range-delete
    static final String PURGE = "DELETE FROM " + T +
        " WHERE id BETWEEN ? AND ?";
    @Modifying
    // expect: missing-predicate
    @Query(value = "UPDATE users SET plan = :plan", nativeQuery = true)
    void all(@Param("plan") String plan);
    void run(JdbcTemplate t) {
        // expect: identity-upsert
        t.update("INSERT INTO users (id, plan) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan", id, p);
        t.execute("""
            -- expect: delete-not-by-population
            DELETE FROM users
            WHERE email LIKE '%@example.com'
            """); // x
        // expect: identity-range-delete
        StringBuilder sb = new StringBuilder("DELETE FROM users");
        sb.append(" WHERE id < ").append(limit);
        t.update(sb.toString());
        // expect: truncate
        t.update(String.format("TRUNCATE %s", T));
        // expect: nothing
        t.update("DELETE FROM users WHERE id = ?", id);
        // expect: nothing
        t.update("UPDATE users SET plan = ? WHERE id = ?", p, id);
        // expect: nothing
        log.warn("could not delete from users where plan is {}", p);
        // expect: delete-not-by-population
        t.update("DELETE FROM users WHERE id IN (" + String.join(",", Collections.nCopies(n, "?")) + ")", ids);
    }
}
