#include "guard/audit.h"

#include <gtest/gtest.h>

#include "guard/session.h"
#include "pg/test_server.h"

namespace guard {
namespace {

constexpr const char* two_tables = R"([tables.users]
id = "id"
population = "kind"
[tables.users.populations.people]
[tables.orders]
id = "id"
population = "kind"
[tables.orders.populations.people]
)";

// Whoever holds something that is to be kept alive does so meanwhile.
TEST(Audit, GivesTheCallerATurnBetweenItsQuestions) {
  const pg::TestServer server;
  auto owner = server.connect();
  owner.script(
      "create table users (id bigint primary key, kind text); create table orders (id bigint primary key, kind text)");
  auto session = open_session({.url = pg::to_conninfo(server.parameters()), .purpose = "a test"});
  int turns = 0;
  audit(contract::parse(two_tables, "pgrehearse.toml"), session, [&] { ++turns; });
  EXPECT_GE(turns, 2 + 3) << "one a table, and more";
}

}  // namespace
}  // namespace guard
