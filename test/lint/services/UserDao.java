package app;

import java.util.List;
import org.springframework.data.jpa.repository.*;

interface UserRepository extends JpaRepository<User, Long> {
    // expect: identity-range-delete
    @Modifying
    @Query(value = "DELETE FROM users WHERE id > :from AND id <= :to", nativeQuery = true)
    int purge(long from, long to);

    // expect: nothing
    @Modifying
    @Query(value = "DELETE FROM users u WHERE u.auth_source = 'test'", nativeQuery = true)
    int purgeTests();
}

class UserDao {
    private final JdbcTemplate jdbc;

    void save(User u) {
        // expect: identity-upsert
        jdbc.update("""
            INSERT INTO users (id, name, plan)
            VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE
              SET name = excluded.name,
                  plan = excluded.plan
            """, u.id(), u.name(), u.plan());
        // expect: nothing
        jdbc.update("""
            INSERT INTO users (email, name) VALUES (?, ?)
            ON CONFLICT (email) DO UPDATE SET name = excluded.name
            """, u.email(), u.name());
    }

    void fix(long max) {
        // expect: sequence-follows-data
        jdbc.execute("SELECT setval('web_user_id_seq', (SELECT max(-id) FROM users WHERE id < 0))");
        // expect: nothing
        jdbc.queryForObject("SELECT max(id) FROM users", Long.class);
        // expect: hard-coded-identity
        jdbc.update("INSERT INTO users (id, auth_source) SELECT -g, 'test' FROM generate_series(91111100, 91111200) g");
        // expect: population-rewritten
        jdbc.update(String.format("UPDATE users SET auth_source = '%s' WHERE id = %d", "oauth", 5L));
        // expect: truncate
        jdbc.execute("TRUNCATE ONLY users");
    }

    void remove(List<Long> ids) {
        StringBuilder sb = new StringBuilder("DELETE FROM users WHERE 1 = 1");
        // expect: nothing
        sb.append(" AND auth_source = 'test'");
        jdbc.update(sb.toString());
        // expect: nothing
        throw new IllegalStateException("DELETE FROM users WHERE id < 0 was refused");
    }
}
