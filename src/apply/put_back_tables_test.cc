#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "apply/put_back_test.h"

namespace apply {
namespace {

TEST(PutBack, LeavesRowsWhoseTableIsNotThereAnyMoreAndPutsBackTheRest) {
  TestDatabase database(shop);
  database.session().script(
      "CREATE TABLE parts (id int PRIMARY KEY, a text, b text); INSERT INTO parts VALUES (1, 'a', 'b')");
  const auto changes = database.run(
      R"(UPDATE log SET what = 'x' WHERE at = 5; DELETE FROM parts; DELETE FROM orders WHERE id = 7; DELETE FROM users WHERE id = 3)");
  database.session().script(R"(DROP TABLE log; ALTER TABLE parts DROP COLUMN b; DROP TABLE lines;
    ALTER TABLE orders RENAME TO orders_old; CREATE TABLE orders (id int, user_id int, total numeric) PARTITION BY LIST (id))");
  const Undone refused = put_back(database, changes, UndoMode::refuse);
  EXPECT_FALSE(refused.possible);
  std::map<std::string, std::set<std::string>> why;
  for (const Conflict& conflict : refused.conflicts) {
    EXPECT_EQ(conflict.kind, "gone");
    why[conflict.table].insert(conflict.message);
  }
  EXPECT_EQ(why,
            (std::map<std::string, std::set<std::string>>{{"public.lines", {"there is no such table any more"}},
                                                          {"public.log", {"there is no such table any more"}},
                                                          {"public.orders", {"the table is partitioned now"}},
                                                          {"public.parts", {"the table has no column b any more"}}}));
  const Undone undone = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_TRUE(undone.undone);
  EXPECT_EQ(undone.inserted, 1);
  EXPECT_EQ(undone.conflict_count, refused.conflict_count);
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM users WHERE id = 3"), "1");
  EXPECT_FALSE(put_back(database, database.directory() / "left", UndoMode::force).possible);
}

// No search path of ours holds the operators of an extension.
TEST(PutBack, FindsRowsByKeysOfTypesThatAnExtensionBrought) {
  TestDatabase database(R"(CREATE SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
    CREATE TABLE tree (path ext.ltree, mail ext.citext, what text, PRIMARY KEY (path, mail));
    CREATE TABLE leaf (id int PRIMARY KEY, path ext.ltree, mail ext.citext, FOREIGN KEY (path, mail) REFERENCES tree);
    INSERT INTO tree VALUES ('a.b', 'Ab', 'x'), ('a.c', 'cD', 'y'), ('a.d', 'e', 'z'); INSERT INTO leaf VALUES (1, 'a.b', 'Ab'))");
  const auto before = database.contents();
  const auto changes = database.run(
      "DELETE FROM leaf; DELETE FROM tree WHERE what = 'x'; UPDATE tree SET what = '!' WHERE what = 'y';"
      "INSERT INTO tree VALUES ('a.e', 'f', 'new')");
  EXPECT_EQ(told(put_back(database, changes, UndoMode::refuse)), Told{});
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, WritesValuesThatTheDatabasesSettingsSpellOtherwise) {
  TestDatabase database(
      "CREATE TABLE t (id int PRIMARY KEY, price money, note xml); INSERT INTO t VALUES (1, 12.5, 'a<b/>c')");
  const std::string name = database.session().one_value("SELECT current_database()").value();
  database.session().script("ALTER DATABASE " + name + " SET xmloption = document; ALTER DATABASE " + name +
                            " SET lc_monetary = 'C.utf8'");
  const auto before = database.contents();
  const auto changes = database.run("DELETE FROM t");
  EXPECT_TRUE(put_back(database, changes, UndoMode::refuse).undone);
  EXPECT_EQ(database.contents(), before);
  pg::Connection session = database.session();
  session.none("BEGIN");
  const PinnedSession pinned(session);
  EXPECT_EQ(session.one_value("SHOW lc_monetary"), "C");
}

TEST(PutBack, LeavesRowsThatTheirPartitionIsNotForAnyMore) {
  TestDatabase database(R"(
    CREATE TABLE p (id int, k int, at date DEFAULT '2026-01-01') PARTITION BY LIST (k);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY RANGE ((id % 10));
    CREATE TABLE low PARTITION OF p1 FOR VALUES FROM (0) TO (5); CREATE TABLE high PARTITION OF p1 DEFAULT;
    CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
    INSERT INTO p SELECT g, 1 + g % 2 FROM generate_series(1, 20) g)");
  const auto changes = database.run("DELETE FROM p");
  database.session().script(
      "ALTER TABLE p DETACH PARTITION p2; ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (7);"
      "ALTER TABLE p1 DETACH PARTITION low; ALTER TABLE p1 ATTACH PARTITION low FOR VALUES FROM (0) TO (3)");
  const Undone asked = put_back(database, changes, UndoMode::skip_changed, false);
  EXPECT_EQ(asked.conflict_count, 12) << testing::PrintToString(told(asked));
  EXPECT_EQ(asked.inserted, 8);
  EXPECT_EQ(asked.conflicts.front().message, "its partition is for other rows by now");
  const Undone undone = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_EQ(undone.conflict_count, 12) << testing::PrintToString(told(undone));
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM p"), "8");
}

TEST(PutBack, NamesTheRowThatHasWhatMustBeThereOnce) {
  TestDatabase database(shop);
  const auto changes = database.run("DELETE FROM users WHERE id = 4");
  database.session().script("UPDATE users SET email = '4@x' WHERE id = 9");
  const Undone undone = put_back(database, changes, UndoMode::refuse, false);
  ASSERT_EQ(undone.conflict_count, 1);
  EXPECT_EQ(undone.conflicts.front().message, "another row has what must be there once (users_email_key): row 9");
}

TEST(PutBack, SaysWhatWasAlteredSinceThatRowsComeBackTo) {
  TestDatabase database(
      "CREATE TABLE t (id int PRIMARY KEY, cents int, note varchar(9), p char(3)); INSERT INTO t VALUES (1, 500, 'n')");
  const auto changes = database.run("DELETE FROM t");
  EXPECT_THAT(put_back(database, changes, UndoMode::refuse, false).notes, testing::IsEmpty());
  database.session().script("ALTER TABLE t ALTER cents TYPE numeric USING cents / 100.0, ADD more text DEFAULT 'm'");
  const std::vector<std::string> notes = put_back(database, changes, UndoMode::refuse).notes;
  EXPECT_THAT(notes,
              testing::ElementsAre(
                  "values of cents in public.t come back as they were spelt: its type was integer, and is numeric now",
                  "column more of public.t was added since: rows that come back have its default"));
}

TEST(PutBack, NamesTheConstraintThatOnlyTheServerSees) {
  TestDatabase database("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9)");
  const auto changes = database.run("DELETE FROM t");
  database.session().script(
      "ALTER TABLE t ADD big int GENERATED ALWAYS AS (id * 10) STORED CONSTRAINT small CHECK (big < 85)");
  const Undone undone = put_back(database, changes, UndoMode::refuse);
  ASSERT_EQ(undone.conflict_count, 1);
  EXPECT_THAT(undone.conflicts.front().message, testing::StartsWith("small does not allow it; the server says: "));
}

}  // namespace
}  // namespace apply
