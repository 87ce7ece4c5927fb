package app

func clean() {
	// expect: identity-range-delete
	db.Exec(`DELETE FROM users WHERE id < $1`, 5)
	// expect: identity-upsert, hard-coded-identity
	db.Exec("INSERT INTO users (id) VALUES (-5) ON CONFLICT (id) DO UPDATE SET plan = 'x'")
	// expect: nothing
	db.Exec("DELETE FROM users WHERE auth_source = $1", source)
}
