package store

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"strings"
)

func Clean(ctx context.Context, db *sql.DB, lo, hi int64, only string) error {
	// expect: nothing
	q := "DELETE FROM users"
	q += " WHERE auth_source = 'test'"
	if _, err := db.ExecContext(ctx, q); err != nil {
		// expect: nothing
		return fmt.Errorf("delete from users where auth_source is test: %w", err)
	}
	// expect: identity-range-delete
	r := `DELETE FROM users`
	r += ` WHERE id BETWEEN $1 AND $2`
	db.ExecContext(ctx, r, lo, hi)
	// expect: nothing
	db.ExecContext(ctx, strings.Join([]string{"DELETE FROM users", "WHERE auth_source = 'test'"}, " "))
	// expect: identity-range-delete
	db.ExecContext(ctx, strings.Join([]string{
		"DELETE FROM users",
		"WHERE id < $1",
	}, "\n"), lo)
	// expect: nothing
	db.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s = $1", "sessions", "user_id"), lo)
	// expect: identity-range-delete
	db.ExecContext(ctx, fmt.Sprintf("DELETE FROM users WHERE id > %d", lo))
	// expect: nothing
	u := "UPDATE users SET plan = $1"
	if only != "" {
		u += " WHERE plan = $2"
	}
	db.ExecContext(ctx, u, "free", only)
	// expect: nothing
	var b strings.Builder
	b.WriteString("DELETE FROM users")
	b.WriteString(" WHERE auth_source = 'test'")
	db.ExecContext(ctx, b.String())
	// expect: identity-range-delete
	var c strings.Builder
	c.WriteString("DELETE FROM users ")
	c.WriteString("WHERE id >= $1")
	db.ExecContext(ctx, c.String(), lo)
	// expect: missing-predicate
	const wipe = "DELETE FROM users"
	db.ExecContext(ctx, wipe)
	// expect: nothing
	log.Printf("update users set plan: %d rows", lo)
	return nil
}
