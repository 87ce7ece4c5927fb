// expect: truncate, unparseable
fn f() { q(r#"DELETE FROM users"); q("TRUNCATE users"); }
