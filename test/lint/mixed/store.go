package k
const (
	table = "users"
	// expect: identity-range-delete
	purge = "DELETE FROM " + table + " " +
		"WHERE id < $1"
	// expect: nothing
	ok = "DELETE FROM " + table + " WHERE auth_source = 'test'"
)
func f(ids []int64) {
	// expect: delete-not-by-population
	q := fmt.Sprintf("DELETE FROM users WHERE id IN (%s)", strings.Join(ph, ","))
	db.Exec(q)
	// expect: hard-coded-identity
	tx.MustExec(`INSERT INTO users (id, auth_source) VALUES (-91111101, 'test')`)
	// expect: identity-rewritten
	db.Exec(db.Rebind("UPDATE users SET id = ? WHERE id = ?"), a, b)
	// expect: delete-not-by-population
	query, args, _ := sqlx.In("DELETE FROM users WHERE id IN (?)", ids)
	// expect: nothing
	for i := range ids { db.Exec("DELETE FROM users WHERE id = $1", ids[i]) }
	// expect: nothing
	panic("cannot update users set")
}
