#include <pqxx/pqxx>
#include <sstream>
#include <string>

void purge(pqxx::work& tx, long lo, long hi) {
  // expect: identity-range-delete
  tx.exec_params("DELETE FROM users WHERE id BETWEEN $1 AND $2", lo, hi);
  // expect: identity-range-delete
  std::ostringstream sql;
  sql << "DELETE FROM users WHERE id > " << lo << " AND id < " << hi;
  tx.exec(sql.str());
  // expect: nothing
  tx.exec0(R"(DELETE FROM users WHERE auth_source = 'test')");
  // expect: identity-range-delete
  tx.exec("DELETE FROM users WHERE id < " + std::to_string(lo));
  // expect: nothing
  tx.exec_params("UPDATE users SET plan = $1 WHERE id = $2", "pro", lo);
  // expect: sequence-follows-data
  tx.exec(R"sql(
    SELECT setval('web_user_id_seq', max(id)) FROM users
  )sql");
  // expect: nothing
  std::cerr << "DELETE FROM users WHERE id < " << lo << " failed\n";
  // expect: missing-predicate
  PQexec(conn,
         "UPDATE users "
         "SET plan = 'free'");
  // expect: always-true-predicate
  PQexec(conn, "DELETE FROM users WHERE id = id");
}
