use sqlx::{PgPool, QueryBuilder};

pub async fn run(pool: &PgPool, lo: i64, hi: i64, only: Option<&str>) -> anyhow::Result<()> {
    // expect: nothing
    let mut q = String::from("DELETE FROM users");
    q.push_str(" WHERE auth_source = 'test'");
    sqlx::query(&q).execute(pool).await?;

    // expect: identity-range-delete
    let mut r = "DELETE FROM users".to_string();
    r.push_str(" WHERE id BETWEEN $1 AND $2");
    sqlx::query(&r).bind(lo).bind(hi).execute(pool).await?;

    // expect: nothing
    let mut u = String::from("UPDATE users SET plan = 'free'");
    if only.is_some() {
        u += " WHERE plan = $1";
    }
    sqlx::query(&u).execute(pool).await?;

    // expect: nothing
    let text = ["DELETE FROM users", "WHERE auth_source = 'test'"].join(" ");
    sqlx::query(&text).execute(pool).await?;

    // expect: identity-range-delete
    let text = ["DELETE FROM users ", "WHERE id < 0"].concat();
    sqlx::query(&text).execute(pool).await?;

    // expect: identity-range-delete
    let mut builder = QueryBuilder::new("DELETE FROM users WHERE id > ");
    builder.push_bind(lo);
    builder.build().execute(pool).await?;

    // expect: nothing
    sqlx::query(concat!("DELETE FROM users", " WHERE auth_source = 'test'")).execute(pool).await?;

    // expect: identity-range-delete
    sqlx::query(&format!("UPDATE users SET plan = 'free' WHERE id <= {hi}")).execute(pool).await?;

    // expect: nothing
    tracing::warn!("delete from users where id = {}: nothing there", lo);
    Ok(())
}
