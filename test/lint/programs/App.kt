fun clean() {
  // expect: hard-coded-identity
  db.execute("INSERT INTO users (id, plan) VALUES (-91111101, 'pro')")
  // expect: nothing
  db.execute("INSERT INTO users (plan) VALUES ('pro')")
}
