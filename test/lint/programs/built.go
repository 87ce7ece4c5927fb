package repo

const table = "users"

const (
	// expect: nothing
	deleteTest = "DELETE FROM users WHERE auth_source = 'test'"
	// expect: identity-range-delete
	deleteRange = "DELETE FROM " + table + " WHERE id BETWEEN $1 AND $2"
	base = "DELETE FROM " + table
)

func Run(db *sql.DB, f Filter) {
	// expect: nothing
	db.Exec(base+" WHERE id = $1", f.ID)
	// expect: identity-range-delete
	db.Exec(fmt.Sprintf("%s WHERE id >= $1", base), f.ID)
	// expect: nothing
	parts := []string{"DELETE FROM users"}
	parts = append(parts, "WHERE auth_source = 'test'")
	db.Exec(strings.Join(parts, " "))
	// expect: identity-range-delete
	var conds []string
	if f.Min > 0 {
		conds = append(conds, fmt.Sprintf("id > $%d", len(args)))
	}
	if f.Plan != "" {
		conds = append(conds, "plan = $2")
	}
	q := "DELETE FROM users"
	if len(conds) > 0 {
		q += " WHERE " + strings.Join(conds, " AND ")
	}
	db.Exec(q)
	// expect: nothing
	var sb strings.Builder
	fmt.Fprintf(&sb, "UPDATE %s SET plan = $1", table)
	sb.WriteString(" WHERE plan = $2")
	db.Exec(sb.String())
	// expect: identity-range-delete
	sb.Reset()
	sb.WriteString("DELETE FROM users")
	if f.Min > 0 {
		fmt.Fprintf(&sb, " WHERE id < %d", f.Min)
	}
	db.Exec(sb.String())
	// expect: nothing
	return errors.New("delete from users where: no rows")
}
