#include <pqxx/pqxx>
#include <sstream>

void run(pqxx::work& tx, long lo, long hi, bool only) {
  // expect: nothing
  std::string q = "DELETE FROM users";
  q += " WHERE auth_source = 'test'";
  tx.exec(q);

  // expect: identity-range-delete
  std::string r("DELETE FROM users");
  r.append(" WHERE id BETWEEN $1 AND $2");
  tx.exec_params(r, lo, hi);

  // expect: nothing
  std::ostringstream out;
  out << "DELETE FROM users" << " WHERE auth_source = 'test'";
  tx.exec(out.str());

  // expect: identity-range-delete
  std::stringstream ss;
  ss << "DELETE FROM users ";
  ss << "WHERE id < " << lo;
  tx.exec(ss.str());

  // expect: nothing
  std::string u{"UPDATE users SET plan = 'free'"};
  if (only) u += " WHERE plan = 'trial'";
  tx.exec(u);

  // expect: nothing
  tx.exec("DELETE FROM users "  // the test ones
          "WHERE auth_source = 'test'");

  // expect: identity-range-delete
  tx.exec(fmt::format("DELETE FROM users WHERE id >= {}", lo));

  // expect: missing-predicate
  const char* wipe = R"(DELETE FROM users)";
  tx.exec(wipe);

  // expect: nothing
  std::cerr << "delete from users: " << lo << " rows\n";
}
