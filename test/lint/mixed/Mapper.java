interface M {
    // expect: identity-range-delete
    @Delete("DELETE FROM users WHERE id > #{min}")
    int purge(long min);
    // expect: missing-predicate
    @Update({"UPDATE users",
             "SET plan = #{plan}"})
    int all(String plan);
    // expect: identity-upsert
    @Insert("INSERT INTO users (id, plan) VALUES (#{id}, #{plan}) ON CONFLICT (id) DO UPDATE SET plan = #{plan}")
    void upsert(User u);
    // expect: nothing
    @Delete("DELETE FROM users WHERE id = #{id}")
    int one(long id);
    String Q = """
        -- expect: identity-range-delete
        DELETE FROM %s
        WHERE id BETWEEN %d AND %d
        """.formatted("users", 1, 5);
    default void x(EntityManager em) {
        // expect: identity-rewritten
        em.createNativeQuery("UPDATE users SET id = :n WHERE id = :o").executeUpdate();
        // expect: identity-range-delete
        String sql = "DELETE FROM users WHERE 1=1";
        if (max != null) sql += " AND id < " + max;
        em.createNativeQuery(sql).executeUpdate();
        // expect: nothing
        em.createQuery("delete from User u where u.id > 5");
        // expect: nothing
        throw new IllegalStateException("Cannot delete from users while a sync runs");
    }
}
