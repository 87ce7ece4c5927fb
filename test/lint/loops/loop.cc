// expect: identity-range-delete
#define PURGE          \
  "DELETE FROM users " \
  "WHERE id < 0"
// expect: identity-range-delete
#define BELOW(x) "DELETE FROM users WHERE id < " x
// expect: nothing
#define TESTS "DELETE FROM users WHERE auth_source = 'test'"
int f() {
  exec(PURGE);
  // expect: identity-range-delete
  for (long i = lo; i < hi; ++i) tx.exec_params("DELETE FROM users WHERE id = $1", i);
  // expect: nothing
  for (long i : ids) tx.exec_params("DELETE FROM users WHERE id = $1", i);
}
