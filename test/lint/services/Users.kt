package app

class Users(private val jdbi: Jdbi, private val db: Database) {
    fun purge(lo: Long, hi: Long) = jdbi.withHandle<Int, Exception> { h ->
        // expect: identity-range-delete
        h.execute("DELETE FROM users WHERE id BETWEEN ? AND ?", lo, hi)
    }

    fun drop() {
        // expect: drop
        transaction { exec("DROP TABLE users") }
        // expect: nothing
        transaction { exec("DROP TABLE IF EXISTS users_import_tmp") }
    }

    fun save(user: User) {
        // expect: identity-upsert
        jdbi.useHandle<Exception> {
            it.createUpdate(
                """
                |INSERT INTO users (id, plan) VALUES (:id, :plan)
                |ON CONFLICT (id) DO UPDATE SET plan = :plan
                """.trimMargin()
            ).bindBean(user).execute()
        }
        // expect: nothing
        jdbi.useHandle<Exception> { it.execute("UPDATE users SET plan = ? WHERE id = ?", user.plan, user.id) }
        // expect: population-rewritten
        jdbi.useHandle<Exception> { it.execute("update users set auth_source = ? where id = ?", "oauth", user.id) }
    }

    fun move(user: User) {
        // expect: identity-rewritten
        db.exec("UPDATE users SET id = -id WHERE auth_source = 'oauth' AND email = '${user.email}'")
        // expect: nothing
        logger.info { "DELETE FROM users WHERE id < ${user.id} skipped" }
        // expect: delete-not-by-population
        db.exec("DELETE FROM users WHERE plan = '${user.plan}'")
    }
}
