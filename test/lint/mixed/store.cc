static const std::string T = "users";
void g(QSqlDatabase d) {
  // expect: identity-range-delete
  QSqlQuery q("DELETE FROM users WHERE id > 5");
  // expect: identity-range-delete
  run(std::string("DELETE FROM ") + T + " WHERE id < " + std::to_string(n));
  // expect: identity-range-delete
  run(absl::StrCat("UPDATE users SET plan='x' WHERE id BETWEEN ", a, " AND ", b));
  // expect: truncate
  run(absl::StrFormat("TRUNCATE %s", "users"));
  // expect: drop
  run(u8R"(DROP TABLE users)");
  std::ostringstream s;
  // expect: delete-not-by-population
  s << "DELETE FROM users WHERE id IN (" << join(ids) << ")";
  run(s.str());
  // expect: identity-range-delete
  char buf[99]; snprintf(buf, sizeof buf, "DELETE FROM users WHERE id > %ld", id);
  // expect: nothing
  PQexecParams(c, "DELETE FROM users WHERE id = $1", 1, 0, v, 0, 0, 0);
  // expect: nothing
  LOG(INFO) << "delete from users: " << n;
}
