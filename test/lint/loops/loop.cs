class A { void f() {
  // expect: identity-range-delete
  for (long i = lo; i < hi; i++) db.Execute("DELETE FROM users WHERE id = @id", new { id = i });
  // expect: identity-range-delete
  for (long i = lo; i < hi; i++) { db.Execute($"DELETE FROM users WHERE id = {i}"); }
  // expect: nothing
  foreach (var i in ids) { db.Execute($"DELETE FROM users WHERE id = {i}"); }
} }
