fun tidy(id: Long) {
    // expect: identity-range-delete
    exec("DELETE FROM users WHERE id < $id")
    // expect: identity-range-delete
    jdbi.withHandle { it.createUpdate("UPDATE users SET plan = 'x' WHERE id BETWEEN :a AND :b").bind("a", 1) }
    // expect: sequence-follows-data
    exec("ALTER SEQUENCE web_user_id_seq RESTART WITH ${maxId + 1}")
    // expect: delete-not-by-population
    exec("""
        DELETE FROM users
        WHERE plan = 'trial'
    """.trimIndent())
    // expect: missing-predicate
    TransactionManager.current().exec("DELETE FROM users")
    // expect: nothing
    Users.deleteWhere { Users.authSource eq "test" }
    // expect: nothing
    exec("DELETE FROM users WHERE id = ${user.id}")
    // expect: nothing
    logger.info("update users set aside for $id")
    // expect: nothing
    exec("DELETE FROM users WHERE auth_source = 'test' AND plan = '${plan}'")
}
