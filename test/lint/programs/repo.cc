void tidy(pqxx::work& tx, long lo, long hi) {
  // expect: identity-range-delete
  tx.exec_params("DELETE FROM users WHERE id BETWEEN $1 AND $2", lo, hi);
  // expect: identity-range-delete
  tx.exec("DELETE FROM users WHERE id > " + tx.quote(lo));
  // expect: sequence-follows-data
  tx.exec("ALTER SEQUENCE web_user_id_seq RESTART WITH " + std::to_string(max_id + 1));
  // expect: delete-not-by-population
  tx.exec(R"sql(
    DELETE FROM users
    WHERE plan = 'trial'
  )sql");
  // expect: hard-coded-identity
  tx.exec0("INSERT INTO users (id, plan) "
           "VALUES (12, 'pro')");
  // expect: nothing
  PQexec(connection, "DELETE FROM users WHERE auth_source = 'test'");
  // expect: nothing
  tx.exec_params("UPDATE users SET plan = $1 WHERE id = $2", plan, lo);
  // expect: nothing
  std::cerr << "Drop table users? " << lo << '\n';
}
