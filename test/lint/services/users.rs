use sqlx::PgPool;

pub async fn purge(pool: &PgPool, lo: i64, hi: i64) -> sqlx::Result<()> {
    // expect: identity-range-delete
    sqlx::query!("DELETE FROM users WHERE id >= $1 AND id <= $2", lo, hi).execute(pool).await?;
    // expect: nothing
    sqlx::query!(r#"DELETE FROM users WHERE auth_source = 'test' AND id = $1"#, lo).execute(pool).await?;
    // expect: identity-upsert
    sqlx::query(
        r#"
        INSERT INTO users (id, name, plan)
        VALUES ($1, $2, $3)
        ON CONFLICT (id)
        DO UPDATE SET name = EXCLUDED.name
        "#,
    )
    .bind(lo)
    .execute(pool)
    .await?;
    // expect: nothing
    sqlx::query("UPDATE users SET plan = $2 WHERE id = $1 RETURNING id").bind(lo).fetch_one(pool).await?;
    // expect: identity-range-delete
    sqlx::query(&format!("DELETE FROM users WHERE id < {lo}")).execute(pool).await?;
    // expect: delete-not-by-population
    sqlx::query(concat!("DELETE FROM users ", "WHERE email = $1")).execute(pool).await?;
    // expect: hard-coded-identity
    client.batch_execute("INSERT INTO users (id, auth_source) VALUES (-1, 'test'), (-2, 'test');").await?;
    // expect: nothing
    tracing::warn!("DELETE FROM users WHERE id < {} affected nobody", lo);
    // expect: nothing
    diesel::sql_query("SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 100").load(conn)?;
    Ok(())
}
