package a
func f() {
	// expect: identity-range-delete
	for id := lo; id < hi; id++ {
		db.Exec("DELETE FROM users WHERE id = $1", id)
	}
	// expect: nothing
	for _, id := range ids {
		db.Exec("DELETE FROM users WHERE id = $1", id)
	}
}
