package c

const q1 = `
-- expect: identity-range-delete
DELETE FROM users
USING (SELECT generate_series(1, 5) AS id) g
WHERE users.id = g.id`

var q2 = map[string]string{
	// expect: identity-range-delete
	"a": "UPDATE users SET plan = 'x' WHERE id > $1",
	"b": "SELECT id FROM users WHERE id > $1",
}

func g(tx pgx.Tx) {
	// expect: identity-range-delete
	batch.Queue("DELETE FROM users WHERE id BETWEEN $1 AND $2", 1, 5)
	// expect: hard-coded-identity
	tx.Exec(ctx, "INSERT INTO users (id, auth_source) VALUES ($1, 'test')", -91111101)
	where := "WHERE auth_source = 'test'"
	// expect: nothing
	tx.Exec(ctx, "DELETE FROM users "+where)
	if all { where = "" }
	// expect: nothing
	log.Fatal("update users set plan failed")
	// expect: delete-not-by-population
	tx.Exec(ctx, "DELETE FROM users WHERE last_login < now() - interval '1 year'")
}
