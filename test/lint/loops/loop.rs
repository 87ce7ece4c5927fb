fn f() {
    // expect: identity-range-delete
    for i in lo..hi { client.execute("DELETE FROM users WHERE id = $1", &[&i]); }
    // expect: identity-range-delete
    for id in 0..=9 { sqlx::query!("DELETE FROM users WHERE id = $1", id).execute(&pool); }
    // expect: nothing
    for id in ids { sqlx::query!("DELETE FROM users WHERE id = $1", id).execute(&pool); }
}
