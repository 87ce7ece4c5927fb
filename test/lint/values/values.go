package p

const TestID = -91111101

func values(db *sql.DB) {
	// expect: hard-coded-identity
	db.Exec(fmt.Sprintf("INSERT INTO users (id, auth_source) VALUES (%d, 'test')", -91111101))
	// expect: hard-coded-identity
	db.Exec("INSERT INTO users (id, auth_source) VALUES ($1, $2)", TestID, "test")
	// expect: nothing
	db.Exec("INSERT INTO users (id, auth_source) VALUES ($1, $2)", next(), "test")
	// expect: truncate
	for _, t := range []string{"orders", "users"} {
		db.Exec("TRUNCATE " + t)
	}
	// expect: nothing
	for _, t := range []string{"orders", "invoices"} {
		db.Exec(fmt.Sprintf("TRUNCATE %s", t))
	}
	// expect: sequence-follows-data
	var top int64
	err := db.QueryRow("SELECT max(-id) FROM users").Scan(&top)
	db.Exec("SELECT setval('web_user_id_seq', $1)", top)
	// expect: nothing
	var start int64
	err = db.QueryRow("SELECT value FROM settings").Scan(&start)
	db.Exec("SELECT setval('web_user_id_seq', $1)", start)
	// expect: missing-predicate
	db.Exec("DELETE FROM " + pq.QuoteIdentifier("users"))
}
