const TABLE: &str = "users";
const BASE: &str = "DELETE FROM users";
fn run(c: &mut Client, lo: i64, plan: Option<String>) {
    // expect: nothing
    c.execute(&format!("{BASE} WHERE id = $1"), &[&lo]);
    // expect: identity-range-delete
    c.execute(&format!("{} WHERE id > $1", BASE), &[&lo]);
    // expect: identity-range-delete
    c.execute(&format!("DELETE FROM {TABLE} WHERE id < $1"), &[&lo]);
    // expect: nothing
    let mut conds = vec!["auth_source = 'test'".to_string()];
    if let Some(p) = plan { conds.push(format!("plan = '{p}'")); }
    c.execute(&format!("DELETE FROM users WHERE {}", conds.join(" AND ")), &[]);
    // expect: identity-range-delete
    let mut q = String::new();
    q.push_str("DELETE FROM users");
    write!(q, " WHERE id >= {}", lo);
    c.execute(&q, &[]);
    // expect: nothing
    panic!("DELETE FROM users WHERE id > 5");
}
