class A { void f() {
  // expect: identity-range-delete
  for (long id = LO; id <= HI; id++) { jdbc.update("DELETE FROM users WHERE id = ?", id); }
  // expect: nothing
  for (Long id : ids) { jdbc.update("DELETE FROM users WHERE id = ?", id); }
} }
