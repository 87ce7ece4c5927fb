#include "apply/gather.h"

#include <gtest/gtest.h>

#include "apply/counters.h"
#include "apply/database_test.h"
#include "apply/relations.h"

namespace apply {
namespace {

class Gathering : public ::testing::Test {
 protected:
  // What the open transaction of `target` did to table t: "-1|a" for each old version, "+1|b" for each new one.
  static std::multiset<std::string> gathered(const TestDatabase& database, Target& target, const Counters& counters) {
    const PinnedSession of_session(target.session());
    target.witness().none("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    const PinnedSession of_witness(target.witness());
    const std::filesystem::path path = database.directory() / "gathered";
    changeset::Writer writer(path);
    const pg::Catalog catalog = database.catalog();
    auto counted = counters.since();
    gather(target, relation_of(*catalog.find("public", "t")), counted["public.t"], writer);
    writer.close();
    target.witness().none("ROLLBACK");
    std::multiset<std::string> rows;
    changeset::Reader(path).for_each([&](const changeset::Change& change, changeset::Position) {
      const bool old = change.op == changeset::Op::erase;
      const auto values = changeset::values_of(old ? change.before : change.after);
      rows.insert((old ? "-" : "+") + std::string(values.at(0).value()) + "|" + std::string(values.at(1).value()));
    });
    return rows;
  }
};

TEST_F(Gathering, ReadsMoreLockedRowsThanAreLookedAtAtATime) {
  const TestDatabase database(
      "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT g, 'a' FROM generate_series(1, 45000) g;"
      "BEGIN; SELECT count(*) FROM (SELECT FROM t FOR KEY SHARE) AS locked; COMMIT;");
  Target target = database.target();
  target.session().none("BEGIN");
  const Counters counters(target.session());
  target.session().script(
      "UPDATE t SET a = 'b' WHERE id = 7; UPDATE t SET a = 'c' WHERE id = 7; DELETE FROM t WHERE id = 44000");
  EXPECT_EQ(gathered(database, target, counters), (std::multiset<std::string>{"-7|a", "-44000|a", "+7|c"}));
  target.session().none("ROLLBACK");
}

TEST_F(Gathering, CountsNoRowOfOthersAsOurs) {
  const TestDatabase database("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a'), (2, 'a')");
  Target target = database.target();
  target.session().none("BEGIN ISOLATION LEVEL REPEATABLE READ");
  const Counters counters(target.session());
  target.session().none("DELETE FROM t WHERE id = 1");
  pg::Connection other = database.session();
  other.script("INSERT INTO t VALUES (3, 'theirs'); BEGIN; SELECT * FROM t WHERE id = 3 FOR UPDATE; COMMIT");
  EXPECT_EQ(gathered(database, target, counters), (std::multiset<std::string>{"-1|a"}));
  target.session().none("ROLLBACK");
}

TEST_F(Gathering, FindsNewRowsWhereverTheyWent) {
  const TestDatabase database(
      "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT g, repeat('a', 100) FROM generate_series(1, "
      "100000) g;"
      "DELETE FROM t WHERE id < 1000");
  database.session().none("VACUUM t");
  Target target = database.target();
  target.session().none("BEGIN");
  const Counters counters(target.session());
  target.session().script(
      "INSERT INTO t SELECT -g, 'n' FROM generate_series(1, 300) g; SAVEPOINT s; INSERT INTO t VALUES (0, 'p'); "
      "ROLLBACK TO s");
  EXPECT_EQ(gathered(database, target, counters).size(), 300U);
  target.session().none("ROLLBACK");
}

}  // namespace
}  // namespace apply
