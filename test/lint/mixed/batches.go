package e
func f() {
	// expect: identity-range-delete
	stmt, _ := db.Prepare("DELETE FROM users WHERE id <= ?")
	// expect: identity-range-delete
	q := strings.Replace("DELETE FROM $T WHERE id > 5", "$T", "users", 1)
	var sb strings.Builder
	// expect: delete-not-by-population
	fmt.Fprintf(&sb, "DELETE FROM users WHERE id IN (")
	for i := range ids { fmt.Fprintf(&sb, "%d,", ids[i]) }
	sb.WriteString("0)")
	db.Exec(sb.String())
	// expect: nothing
	db.Exec("UPDATE users SET plan = $1 WHERE id = $2", p, id)
	// expect: nothing
	return fmt.Errorf("delete from users where id = %d: %w", id, err)
}
