// expect: truncate, unparseable
fun f() { val s = """DELETE FROM users
 db.q("TRUNCATE users") }
