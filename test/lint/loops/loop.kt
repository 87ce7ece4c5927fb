fun f() {
  // expect: identity-range-delete
  for (i in lo..hi) { h.execute("DELETE FROM users WHERE id = ?", i) }
  // expect: identity-range-delete
  for (i in lo until hi) h.execute("DELETE FROM users WHERE id = $i")
  // expect: nothing
  for (i in ids) { h.execute("DELETE FROM users WHERE id = ?", i) }
}
