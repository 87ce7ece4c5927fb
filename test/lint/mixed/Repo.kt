class Repo(val db: JdbcTemplate) {
    val low = -91111200L
    fun purge() {
        // expect: identity-range-delete
        db.update("DELETE FROM users WHERE id > $low AND id < ${low + 100}")
        db.update("""
            -- expect: identity-rewritten
            |UPDATE users
            |SET id = -id
            |WHERE auth_source = 'oauth'
        """.trimMargin())
        // expect: nothing
        db.update("DELETE FROM users WHERE auth_source = ?", "test")
        // expect: hard-coded-identity
        db.update("INSERT INTO users (id) VALUES (-91111101)")
        for (i in -91111200..-91111100) {
            // expect: identity-range-delete
            db.update("DELETE FROM users WHERE id = ?", i)
        }
        // expect: nothing
        println("DELETE FROM users? No.")
    }
}
