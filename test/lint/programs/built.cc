#include <string>
static const std::string kTable = "users";
constexpr const char* kBase = "DELETE FROM users";
void run(pqxx::work& tx, long lo, bool plan) {
  // expect: nothing
  tx.exec(std::string(kBase) + " WHERE auth_source = 'test'");
  // expect: identity-range-delete
  tx.exec("DELETE FROM " + kTable + " WHERE id > " + std::to_string(lo));
  // expect: identity-range-delete
  std::ostringstream q;
  q << "DELETE FROM users WHERE 1=1";
  if (lo) {
    q << " AND id >= " << lo;
  }
  tx.exec(q.str());
  // expect: nothing
  std::string w = plan ? " WHERE plan = 'x'" : " WHERE name = 'y'";
  tx.exec("UPDATE users SET plan = 'z'" + w);
  // expect: nothing
  LOG(INFO) << "DELETE FROM users WHERE id > " << lo;
  // expect: nothing
  throw std::runtime_error("DELETE FROM users WHERE id > 5 refused");
}
