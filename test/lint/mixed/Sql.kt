object Sql {
    const val T = "users"
    // expect: identity-range-delete
    val purge = "DELETE FROM $T WHERE id >= ?"
    val upd = """
        -- expect: population-rewritten
        UPDATE users SET auth_source = 'test'
        WHERE id = :id
    """.trimIndent()
    fun f(ids: List<Long>) = transaction {
        // expect: delete-not-by-population
        exec("DELETE FROM users WHERE id IN (${ids.joinToString(",")})")
        // expect: delete-not-by-population
        exec("DELETE FROM users WHERE id IN (${ids.joinToString { "?" }})")
        // expect: drop, cascade
        exec("DROP TABLE IF EXISTS $T CASCADE")
        exec(buildString {
            // expect: delete-not-by-population
            append("DELETE FROM users ")
            append("WHERE email = ''")
        })
        // expect: nothing
        exec("DELETE FROM users WHERE id = ${user.id}")
        // expect: nothing
        require(x) { "update users set failed" }
    }
}
