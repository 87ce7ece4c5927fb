package repo

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"strings"
)

// expect: identity-range-delete
const deleteByRange = `
	DELETE FROM users
	WHERE id > $1 AND id < $2`

func Purge(ctx context.Context, db *sql.DB, lo, hi int64) error {
	// expect: identity-range-delete
	_, err := db.ExecContext(ctx, `
		DELETE FROM users
		WHERE id > $1 AND id < $2`, lo, hi)
	return err
}

func Heal(db *sql.DB) {
	var maxID int64
	db.QueryRow("SELECT max(id) FROM users").Scan(&maxID)
	// expect: sequence-follows-data
	db.Exec("SELECT setval('web_user_id_seq', $1)", maxID)
	// expect: sequence-follows-data
	db.Exec(fmt.Sprintf("ALTER SEQUENCE web_user_id_seq RESTART WITH %d", maxID+1))
	// expect: nothing
	db.Exec("SELECT setval('web_user_id_seq', $1, false)", 20000)
}

func Clean(db *sql.DB, source string, ids []int64) {
	// expect: nothing
	db.Exec("DELETE FROM users WHERE auth_source = $1 AND id = $2", source, ids[0])
	marks := strings.TrimSuffix(strings.Repeat("?,", len(ids)), ",")
	// expect: delete-not-by-population
	db.Exec("DELETE FROM users WHERE id IN (" + marks + ")")
	// expect: missing-predicate
	db.Exec("DELETE FROM " + "users")
	// expect: nothing
	log.Printf("DELETE FROM users WHERE id > %d took %s", ids[0], "1s")
	// expect: nothing
	q := sq.Delete("users").Where(sq.Eq{"auth_source": "test"})
	_ = q
}

func Insert(tx *sql.Tx) {
	// expect: hard-coded-identity
	tx.Exec(`INSERT INTO users VALUES (1000000001, 'it', 'test')`)
	// expect: nothing
	tx.Exec(`INSERT INTO users (id, name) VALUES (nextval('web_user_id_seq') * -1, $1)`, "x")
	// expect: always-true-predicate
	tx.Exec(`DELETE FROM users WHERE id IS NOT NULL`)
}
