#include "apply/put_back.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "apply/database_test.h"
#include "base/error.h"

namespace apply {
namespace {

constexpr const char* shop = R"(
  CREATE TABLE users (id int PRIMARY KEY, name text, email text UNIQUE);
  CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, total numeric(8,2));
  CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE);
  CREATE TABLE log (what text, at int);
  INSERT INTO users SELECT g, 'u' || g, g || '@x' FROM generate_series(1, 20) g;
  INSERT INTO orders SELECT g, 1 + g % 20, g FROM generate_series(1, 60) g;
  INSERT INTO lines SELECT g, 1 + g % 60 FROM generate_series(1, 120) g;
  INSERT INTO log SELECT 'same', g / 2 FROM generate_series(1, 20) g
)";

Undone put_back(const TestDatabase& database, const std::filesystem::path& changes, UndoMode mode, bool execute = true,
                Limits limits = {}) {
  Target target = database.target("postgres", limits);
  const PutBack what = {.changes = changes,
                        .directory = database.directory(),
                        .overwritten = database.directory() / "overwritten",
                        .left = database.directory() / "left",
                        .commit = [&](const Undone&) { target.session().none("COMMIT"); }};
  return put_back(target, what, {.mode = mode, .execute = execute});
}

// "public.users 3 changed", in the order of their being found.
std::vector<std::string> told(const Undone& undone) {
  std::vector<std::string> all;
  for (const Conflict& conflict : undone.conflicts)
    all.push_back(conflict.table + " " + conflict.id + " " + conflict.kind);
  return all;
}
using Told = std::vector<std::string>;

TEST(PutBack, ADryRunWritesNothingAndMakesNobodyWait) {
  TestDatabase database(shop);
  const auto changes = database.run("DELETE FROM users WHERE id < 5; UPDATE users SET name = 'x' WHERE id = 9");
  const auto before = database.contents();
  pg::Connection other = database.session();
  other.none("BEGIN");
  other.none("UPDATE users SET name = 'x' WHERE id = 9");
  const Undone undone = put_back(database, changes, UndoMode::refuse, false);
  other.none("ROLLBACK");
  EXPECT_TRUE(undone.possible);
  EXPECT_FALSE(undone.undone);
  EXPECT_EQ(undone.inserted, 4 + 12 + 24);
  EXPECT_EQ(undone.updated, 1);
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, MakesEveryTableWhatItWas) {
  TestDatabase database(shop);
  const auto before = database.contents();
  const auto changes = database.run(R"(DELETE FROM users WHERE id < 5; UPDATE users SET name = 'x' WHERE id = 9;
    INSERT INTO users VALUES (99, 'new', '1@x'); INSERT INTO orders VALUES (99, 99); UPDATE orders SET user_id = 99 WHERE id = 30;
    DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log); UPDATE log SET what = 'other' WHERE at = 5)");
  const Undone undone = put_back(database, changes, UndoMode::refuse);
  EXPECT_TRUE(undone.undone);
  EXPECT_EQ(told(undone), Told{});
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, RefusesAndNamesEachRowThatIsNotAsItWasLeft) {
  TestDatabase database(shop);
  const auto changes =
      database.run(R"(UPDATE users SET name = 'x' WHERE id IN (5, 6, 7); DELETE FROM lines WHERE id = 1;
    INSERT INTO users VALUES (50, 'new', 'n'), (51, 'new', 'm'); DELETE FROM log WHERE at = 3; UPDATE log SET at = 77 WHERE at = 4)");
  database.session().script(R"(UPDATE users SET name = 'y' WHERE id = 5; DELETE FROM users WHERE id = 6;
    INSERT INTO lines VALUES (1, 2); INSERT INTO orders VALUES (100, 50); UPDATE users SET email = '!' WHERE id = 51;
    UPDATE log SET at = 78 WHERE at = 77)");
  const auto before = database.contents();
  for (const bool execute : {false, true}) {
    const Undone undone = put_back(database, changes, UndoMode::refuse, execute);
    EXPECT_FALSE(undone.undone);
    EXPECT_FALSE(undone.possible);
    const Told all = told(undone);
    EXPECT_EQ(all.size(), 7U) << testing::PrintToString(all);
    for (const char* one : {"public.users 5 changed", "public.users 6 deleted", "public.users 51 changed",
                            "public.lines 1 taken", "public.users 50 referenced"}) {
      EXPECT_NE(std::find(all.begin(), all.end(), one), all.end()) << one;
    }
    EXPECT_EQ(database.contents(), before);
  }
}

TEST(PutBack, SkipsWhatOthersChangedAndWhatHangsOnIt) {
  TestDatabase database(shop);
  const auto changes =
      database.run("DELETE FROM users WHERE id IN (3, 4); UPDATE users SET name = 'x' WHERE id IN (5, 6)");
  database.session().script(
      R"(INSERT INTO users VALUES (30, 'heir', '3@x'); UPDATE users SET name = 'y' WHERE id = 5)");
  const auto expected_users = database.session().one_value("SELECT count(*) FROM users").value();
  const Undone undone = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_TRUE(undone.undone);
  // The user whose email is taken, the three orders and six lines that hang on it, and the one that was changed.
  EXPECT_EQ(undone.conflict_count, 1 + 3 + 6 + 1) << testing::PrintToString(told(undone));
  pg::Connection session = database.session();
  EXPECT_EQ(session.one_value("SELECT name FROM users WHERE id = 5"), "y");
  EXPECT_EQ(session.one_value("SELECT name FROM users WHERE id = 6"), "u6");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM users WHERE id = 3"), "0");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM users"), std::to_string(std::stoi(expected_users) + 1));
  EXPECT_EQ(session.one_value("SELECT count(*) FROM orders WHERE user_id = 4"), "3");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM lines JOIN orders o ON o.id = order_id WHERE user_id = 4"), "6");
}

TEST(PutBack, LeavesAParentThatLaterRowsHangOn) {
  TestDatabase database(shop);
  const auto changes = database.run(
      "INSERT INTO users VALUES (50, 'a', 'a'), (51, 'b', 'b'); INSERT INTO orders VALUES (70, 50), (71, 51)");
  database.session().script("INSERT INTO orders VALUES (100, 50); INSERT INTO lines VALUES (200, 71)");
  const Undone undone = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_TRUE(undone.undone);
  EXPECT_EQ(told(undone),
            (Told{"public.users 50 referenced", "public.orders 71 referenced", "public.users 51 referenced"}))
      << testing::PrintToString(told(undone));
  EXPECT_EQ(database.session().one_value("SELECT string_agg(id::text, ',' ORDER BY id) FROM orders WHERE id >= 70"),
            "71,100");
}

// What the first undo put back is others' business from then on, in tables without a key as well.
TEST(PutBack, ASecondUndoIsAboutWhatTheFirstOneLeft) {
  TestDatabase database(shop);
  const auto before = database.contents();
  const auto changes = database.run(
      R"(UPDATE users SET name = 'x' WHERE id IN (5, 6); DELETE FROM lines WHERE id IN (1, 2); DELETE FROM log WHERE at = 3;
    UPDATE log SET what = 'other' WHERE at = 5)");
  database.session().script(R"(UPDATE users SET name = 'y' WHERE id = 5; INSERT INTO lines VALUES (1, 9);
    DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log WHERE what = 'other'))");
  EXPECT_EQ(put_back(database, changes, UndoMode::skip_changed).conflict_count, 3);
  const auto left = database.directory() / "left";
  database.session().script(R"(UPDATE users SET name = 'later' WHERE id = 6; DELETE FROM lines WHERE id = 2;
    DELETE FROM log WHERE at = 3)");
  EXPECT_FALSE(put_back(database, left, UndoMode::skip_changed).possible);
  EXPECT_EQ(told(put_back(database, left, UndoMode::refuse)).size(), 3U);
  database.session().script(R"(UPDATE users SET name = 'x' WHERE id = 5; DELETE FROM lines WHERE id = 1;
    INSERT INTO log VALUES ('other', 5))");
  EXPECT_EQ(told(put_back(database, left, UndoMode::refuse)), Told{});
  pg::Connection session = database.session();
  EXPECT_EQ(session.one_value("SELECT string_agg(name, ',' ORDER BY id) FROM users WHERE id IN (5, 6)"), "u5,later");
  EXPECT_EQ(session.one_value("SELECT string_agg(id::text, ',') FROM lines WHERE id IN (1, 2)"), "1");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM log WHERE at = 3"), "0");
  session.script(
      "UPDATE users SET name = 'u6' WHERE id = 6; INSERT INTO lines VALUES (2, 3); INSERT INTO log VALUES ('same', 3), "
      "('same', 3)");
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, ForceOverwritesAndKeepsWhatItOverwrote) {
  TestDatabase database(shop);
  const auto before = database.contents();
  const auto changes = database.run(R"(UPDATE users SET name = 'x' WHERE id IN (15, 16, 17);
    INSERT INTO log VALUES ('new', 1); INSERT INTO users VALUES (50, 'new', 'n'))");
  database.session().script(
      "UPDATE users SET name = 'theirs' WHERE id IN (15, 50); DELETE FROM orders WHERE user_id = 16; DELETE FROM users "
      "WHERE id = 16");
  const Undone undone = put_back(database, changes, UndoMode::force);
  EXPECT_TRUE(undone.undone);
  EXPECT_EQ(told(undone), Told{});
  EXPECT_EQ(undone.overwritten, 2);
  EXPECT_EQ(database.contents().at("public.users"), before.at("public.users"));
  const changeset::Reader kept(database.directory() / "overwritten");
  int theirs = 0;
  kept.for_each([&](const changeset::Change& change, changeset::Position) {
    if (changeset::value_at(change.before, 1) == "theirs") ++theirs;
  });
  EXPECT_EQ(theirs, 2);
}

TEST(PutBack, ForceNeverTakesWhatOthersMadeSince) {
  TestDatabase database(shop);
  const auto changes = database.run("DELETE FROM users WHERE id = 3; INSERT INTO users VALUES (50, 'new', 'n')");
  database.session().script("INSERT INTO users VALUES (3, 'theirs', 't'); INSERT INTO orders VALUES (100, 50)");
  const auto before = database.contents();
  const Undone undone = put_back(database, changes, UndoMode::force);
  EXPECT_EQ(database.contents().at("public.users"), before.at("public.users"));
  EXPECT_EQ(undone.conflict_count, 2) << testing::PrintToString(told(undone));  // orders 2, 22 and 42 hang on their 3
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM orders WHERE user_id = 3"), "3");
}

TEST(PutBack, GivesUpWhereRowsAreLockedAndSaysByWhom) {
  TestDatabase database(shop);
  const auto changes = database.run("UPDATE users SET name = 'x'");
  pg::Connection other = database.session();
  other.none("SET application_name = 'the other'");
  other.none("BEGIN");
  other.none("UPDATE users SET name = 'y' WHERE id = 20");
  const auto before = database.contents();
  try {
    put_back(database, changes, UndoMode::refuse, true, {.lock_timeout = std::chrono::milliseconds(500)});
    ADD_FAILURE() << "it did not wait";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.sqlstate(), "55P03");
    EXPECT_NE(error.message().find("the other"), std::string::npos) << error.message();
  }
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, SeesWhatOthersCommitWhileItWaitsForThem) {
  TestDatabase database(shop);
  const auto changes =
      database.run("INSERT INTO users VALUES (50, 'new', 'n'); UPDATE users SET name = 'x' WHERE id = 2");
  pg::Connection other = database.session();
  other.none("BEGIN");
  other.none("INSERT INTO orders VALUES (100, 50)");
  other.none("UPDATE users SET name = 'late' WHERE id = 2");
  auto waiting = std::async(std::launch::async, [&] { return put_back(database, changes, UndoMode::skip_changed); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(700)), std::future_status::timeout);
  other.none("COMMIT");
  const Undone undone = waiting.get();
  EXPECT_EQ(undone.conflict_count, 2) << testing::PrintToString(told(undone));
  EXPECT_EQ(database.session().one_value("SELECT name FROM users WHERE id = 2"), "late");
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM users WHERE id = 50"), "1");
}

}  // namespace
}  // namespace apply
