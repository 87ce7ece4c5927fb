const val TABLE = "users"
const val BASE = "DELETE FROM users"

fun run(jdbc: Jdbc, lo: Long?, plan: String?) {
    // expect: nothing
    jdbc.update("$BASE WHERE id = ?")
    // expect: identity-range-delete
    jdbc.update("$BASE WHERE id > ?")
    // expect: identity-range-delete
    jdbc.update("DELETE FROM ${TABLE} WHERE id < 0")
    // expect: nothing
    val where = mutableListOf("auth_source = 'test'")
    if (plan != null) where.add("plan = ?")
    jdbc.update("DELETE FROM users WHERE " + where.joinToString(" AND "))
    // expect: identity-range-delete
    val sql = StringBuilder("DELETE FROM users").apply {
        append(" WHERE plan = 'x'")
        if (lo != null) append(" AND id >= $lo")
    }.toString()
    jdbc.update(sql)
    // expect: nothing
    val q = if (plan != null) "UPDATE users SET plan = ? WHERE name = ?" else "UPDATE users SET plan = 'x' WHERE id = ?"
    jdbc.update(q)
    // expect: nothing
    val s = buildString {
        append("DELETE FROM users")
        if (lo != null) {
            append(" WHERE id = ?")
        }
    }
    jdbc.update(s)
    // expect: nothing
    logger.info { "DELETE FROM users WHERE id BETWEEN 1 AND 2" }
}
