#include <string>
// expect: identity-range-delete
const char* q = "DELETE FROM users "
                "WHERE id >= -91111200 "
                "AND id <= -91111100";
void f(pqxx::work& w) {
    w.exec(R"sql(
        -- expect: identity-rewritten
        UPDATE users SET id = nextval('web_user_id_seq') WHERE auth_source = 'test'
    )sql");
    // expect: nothing
    w.exec_params("DELETE FROM users WHERE id = $1", 5);
    // expect: delete-not-by-population
    std::string s = "DELETE FROM users WHERE id IN (";
    for (auto id : ids) { s += std::to_string(id) + ","; }
    s += "0)";
    w.exec(s);
    // expect: identity-range-delete
    w.exec(fmt::format("DELETE FROM {} WHERE id > {}", "users", 3));
    // expect: nothing
    throw std::runtime_error("update users set failed");
    // expect: nothing
    std::string ok = "DELETE FROM users WHERE auth_source = 'test'";
}
