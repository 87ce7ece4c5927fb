package store

func (s *Store) clean(ctx context.Context, lo, hi int64) {
	// expect: identity-range-delete
	s.db.ExecContext(ctx, "DELETE FROM users WHERE id BETWEEN $1 AND $2", lo, hi)
	// expect: identity-range-delete
	s.pool.Exec(ctx, `
		UPDATE users
		   SET plan = 'free'
		 WHERE id > $1`, lo)
	// expect: sequence-follows-data
	s.db.Exec(fmt.Sprintf("ALTER SEQUENCE web_user_id_seq RESTART WITH %d", maxID+1))
	// expect: delete-not-by-population
	s.db.Exec("DELETE FROM users WHERE created_at < " + "now() - interval '1 year'")
	// expect: identity-upsert
	s.db.NamedExec(`INSERT INTO users (id, plan) VALUES (:id, :plan) ON CONFLICT (id) DO UPDATE SET plan = :plan`, u)
	// expect: nothing
	s.db.NamedExec(`INSERT INTO users (plan) VALUES (:plan) ON CONFLICT DO NOTHING`, u)
	// expect: nothing
	s.db.QueryRow("SELECT max(id) FROM users")
	// expect: nothing
	s.db.Exec(`DELETE FROM users WHERE auth_source = 'test'`)
	// expect: nothing
	return fmt.Errorf("delete from users where id = %d: %w", lo, err)
}
