package main

import "fmt"

const purge = `
	-- expect: identity-range-delete
	DELETE FROM users
	WHERE id <= $1
`

func run(ctx context.Context, db *sql.DB, ids []int64) {
	// expect: delete-not-by-population
	db.ExecContext(ctx, "DELETE FROM users WHERE id = ANY($1)", pq.Array(ids))
	// expect: identity-range-delete
	db.Exec(fmt.Sprintf("DELETE FROM %s WHERE id > %d", "users", 7))
	var b strings.Builder
	// expect: missing-predicate
	b.WriteString("UPDATE users ")
	b.WriteString("SET plan = 'free'")
	db.Exec(b.String())
	for id := int64(-91111200); id <= -91111100; id++ {
		// expect: identity-range-delete
		db.Exec("DELETE FROM users WHERE id = $1", id)
	}
	// expect: identity-upsert
	db.Exec("INSERT INTO users (id, plan) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET plan = EXCLUDED.plan", id, p)
	var max int64
	db.QueryRow("SELECT max(id) FROM users").Scan(&max)
	// expect: sequence-follows-data
	db.Exec("SELECT setval('web_user_id_seq', $1)", max)
	// expect: nothing
	db.Exec("DELETE FROM users WHERE id = $1 AND auth_source = 'test'", id)
	// expect: nothing
	log.Printf("delete from users where id = %d failed", id)
	// expect: nothing
	errors.New("update users set plan: no rows")
	db.Query("SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 100", last)
}
