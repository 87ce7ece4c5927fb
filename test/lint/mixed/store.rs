// expect: identity-range-delete
const PURGE: &str = concat!("DELETE FROM users ", "WHERE id < -91111100");
fn f(c: &mut Client) {
    // expect: missing-predicate
    diesel::sql_query("UPDATE users SET plan = 'x'").execute(c);
    // expect: identity-range-delete
    sqlx::query_as!(User, "DELETE FROM users WHERE id BETWEEN $1 AND $2 RETURNING *", a, b);
    // expect: identity-range-delete
    let mut q = String::from("DELETE FROM users");
    q.push_str(" WHERE id > ");
    q.push_str(&n.to_string());
    c.execute(&q, &[]);
    let table = "users";
    // expect: truncate
    c.execute(&format!("TRUNCATE {table}"), &[]);
    // expect: hard-coded-identity
    c.execute(r##"INSERT INTO users (id) VALUES (-5)"##, &[]);
    // expect: delete-not-by-population
    let mut b = QueryBuilder::new("DELETE FROM users WHERE id IN (");
    b.push_bind(1);
    b.push(")");
    // expect: nothing
    c.execute("DELETE FROM users WHERE id = ANY($1) AND auth_source = 'test'", &[&ids]);
    // expect: nothing
    println!("delete from users where {}", x);
    // expect: sequence-follows-data
    sqlx::query("SELECT setval('web_user_id_seq', (SELECT MAX(id) FROM users))");
}
