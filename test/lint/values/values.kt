const val TEST_ID = -91111101L
fun values(db: Db) {
    // expect: hard-coded-identity
    db.execute("INSERT INTO users (id, auth_source) VALUES ($TEST_ID, 'test')")
    // expect: nothing
    db.execute("INSERT INTO users (id, auth_source) VALUES ($id, 'test')")
    // expect: truncate
    for (t in listOf("orders", "users")) db.execute("TRUNCATE $t")
}
