package x

// expect: unparseable
func f() { q := `DELETE FROM users
 db.Exec("TRUNCATE users") }
