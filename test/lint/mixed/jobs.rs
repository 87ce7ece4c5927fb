const T: &str = "users";
async fn run(pool: &PgPool) -> Result<()> {
    // expect: identity-range-delete
    sqlx::query!("DELETE FROM users WHERE id > $1", low).execute(pool).await?;
    // expect: population-rewritten
    sqlx::query(r#"UPDATE "users" SET "auth_source" = $1 WHERE "id" = $2"#).bind(a).bind(b).execute(pool).await?;
    // expect: identity-range-delete
    client.execute(&format!("DELETE FROM {} WHERE id < {}", T, 5), &[])?;
    client.batch_execute("
        -- expect: truncate
        TRUNCATE users;
        -- expect: hard-coded-identity
        INSERT INTO users (id) VALUES (1);
    ")?;
    // expect: nothing
    client.execute("DELETE FROM users \
        WHERE id = $1", &[&id])?;
    for id in -91111200..-91111100 {
        // expect: identity-range-delete
        client.execute("DELETE FROM users WHERE id = $1", &[&id])?;
    }
    // expect: nothing
    panic!("delete from users failed");
    // expect: nothing
    sqlx::query("DELETE FROM users WHERE auth_source = 'test' AND id > $1").bind(1);
}
