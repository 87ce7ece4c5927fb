void clean() {
  // expect: identity-rewritten
  run("UPDATE users SET id = -id "
      "WHERE id = $1");
  // expect: nothing
  run(R"(DELETE FROM users WHERE auth_source = 'test')");
}
