async fn tidy(pool: &PgPool, lo: i64, hi: i64) -> Result<()> {
    // expect: identity-range-delete
    sqlx::query!("DELETE FROM users WHERE id BETWEEN $1 AND $2", lo, hi).execute(pool).await?;
    // expect: identity-range-delete
    sqlx::query(&format!("UPDATE users SET plan = 'free' WHERE id > {lo}")).execute(pool).await?;
    // expect: sequence-follows-data
    client.execute(&format!("ALTER SEQUENCE web_user_id_seq RESTART WITH {}", max_id + 1), &[]).await?;
    // expect: identity-upsert
    sqlx::query(r#"INSERT INTO users (id, plan) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan"#).execute(pool).await?;
    // expect: missing-predicate
    diesel::sql_query("UPDATE users \
        SET plan = 'free'").execute(conn)?;
    // expect: nothing
    sqlx::query_as!(User, "SELECT * FROM users WHERE id < $1", hi).fetch_all(pool).await?;
    // expect: nothing
    client.execute("DELETE FROM users WHERE auth_source = $1", &[&"test"]).await?;
    // expect: nothing
    bail!("delete from users failed: {}", err);
}
