class App {
  void clean() {
    // expect: missing-predicate
    jdbc.update("DELETE FROM users");
    // expect: nothing
    jdbc.update("DELETE FROM users WHERE auth_source = 'test' AND created_at < ?", then);
  }
}
