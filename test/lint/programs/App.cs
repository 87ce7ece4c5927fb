class App {
  void Clean() {
    // expect: identity-range-delete
    db.Execute("DELETE FROM users WHERE id >= @lo AND id <= @hi");
    // expect: nothing
    db.Execute("SELECT * FROM users WHERE id >= 5");
  }
}
