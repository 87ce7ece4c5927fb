fn clean() {
    // expect: drop
    db.execute("DROP TABLE users", &[]);
    // expect: nothing
    db.execute("DROP TABLE users_old", &[]);
}
