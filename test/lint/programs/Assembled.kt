package shop

class Assembled(private val jdbc: JdbcTemplate) {
    fun run(lo: Long, hi: Long, only: String?) {
        // expect: nothing
        var q = "DELETE FROM users"
        q += " WHERE auth_source = 'test'"
        jdbc.update(q)

        // expect: identity-range-delete
        var r = "DELETE FROM users"
        r += " WHERE id BETWEEN ? AND ?"
        jdbc.update(r, lo, hi)

        // expect: nothing
        val text = buildString {
            append("DELETE FROM users")
            append(" WHERE auth_source = 'test'")
        }
        jdbc.update(text)

        // expect: identity-range-delete
        val b = StringBuilder("DELETE FROM users")
        b.append(" WHERE id < $lo")
        jdbc.update(b.toString())

        // expect: nothing
        jdbc.update(listOf("DELETE FROM users", "WHERE auth_source = 'test'").joinToString(" "))

        // expect: nothing
        var u = "UPDATE users SET plan = 'free'"
        if (only != null) u += " WHERE plan = ?"
        jdbc.update(u, only)

        // expect: identity-range-delete
        jdbc.update("""
            |DELETE FROM users
            |WHERE id > ${lo}
        """.trimMargin())

        // expect: nothing
        println("insert into users: $only")
    }
}
