#include "apply/put_back.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <optional>

#include "apply/put_back_test.h"
#include "base/error.h"

namespace apply {
namespace {

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

// What was a test user's must not become that of a real one who has got the number since.
TEST(PutBack, GivesNothingToARowThatHasTheKeyOfAnother) {
  TestDatabase database(shop);
  const auto changes = database.run("DELETE FROM users WHERE id IN (3, 4)");
  database.session().script("INSERT INTO users VALUES (3, 'somebody else', 'else')");
  for (const UndoMode mode : {UndoMode::skip_changed, UndoMode::force}) {
    const Undone dry = put_back(database, changes, mode, false);
    EXPECT_EQ(dry.conflict_count, 1 + 3 + 6) << testing::PrintToString(told(dry));
    EXPECT_EQ(dry.inserted, 1 + 3 + 6);
  }
  EXPECT_TRUE(put_back(database, changes, UndoMode::skip_changed).undone);
  pg::Connection session = database.session();
  EXPECT_EQ(session.one_value("SELECT count(*) FROM orders WHERE user_id = 3"), "0");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM orders WHERE user_id = 4"), "3");
  session.none("DELETE FROM users WHERE id = 3");
  EXPECT_TRUE(put_back(database, database.directory() / "left", UndoMode::refuse).undone);
  EXPECT_EQ(session.one_value("SELECT count(*) FROM lines JOIN orders o ON o.id = order_id WHERE user_id = 3"), "6");
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
  // The row that is theirs, the three orders and six lines that hung on ours, and the one that their order hangs on.
  EXPECT_EQ(undone.conflict_count, 1 + 3 + 6 + 1) << testing::PrintToString(told(undone));
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM orders WHERE user_id = 3"), "0");
}

constexpr const char* uniques = R"(
  CREATE EXTENSION citext;
  CREATE EXTENSION btree_gist;
  CREATE TABLE book (id int PRIMARY KEY, room int, at int4range, EXCLUDE USING gist (room WITH =, at WITH &&));
  CREATE TABLE name (k citext PRIMARY KEY);
  CREATE TABLE em (id int PRIMARY KEY, mail text, gone bool NOT NULL DEFAULT false);
  CREATE UNIQUE INDEX ON em (lower(mail)) WHERE NOT gone;
  CREATE TABLE slot (id int PRIMARY KEY, a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
  CREATE TABLE twin (a text UNIQUE, b text);
  INSERT INTO book SELECT g, 1, int4range(g * 10, g * 10 + 5) FROM generate_series(1, 5) g;
  INSERT INTO name VALUES ('bob'), ('eve'), ('joe');
  INSERT INTO em SELECT g, g || '@x', false FROM generate_series(1, 5) g;
  INSERT INTO slot SELECT g, g, NULL FROM generate_series(1, 5) g;
  INSERT INTO twin SELECT g, g FROM generate_series(1, 5) g
)";
constexpr const char* clean =
    R"(DELETE FROM book WHERE id < 4; DELETE FROM name WHERE k < 'j'; DELETE FROM em WHERE id < 4;
  DELETE FROM slot WHERE id < 4; DELETE FROM twin WHERE a < '4')";
const Told in_the_way = {"public.book 1 unique",  "public.em 1 unique",   "public.em 2 unique",
                         "public.name bob taken", "public.slot 1 unique", "public.twin #ebf3ee406955 unique"};
constexpr const char* theirs =
    R"(INSERT INTO book VALUES (91, 1, '[12,13)'), (92, 2, '[22,23)'); INSERT INTO name VALUES ('BOB');
  INSERT INTO em VALUES (91, '1@X', false), (92, '3@X', true); UPDATE em SET mail = '2@X' WHERE id = 5;
  INSERT INTO slot VALUES (91, 1, NULL), (92, NULL, NULL); INSERT INTO twin VALUES ('1', 'theirs'))";

Told sorted(Told all) {
  std::sort(all.begin(), all.end());
  return all;
}

TEST(PutBack, SeesWhatMustNotBeThereTwiceByWhateverIndex) {
  TestDatabase database(uniques);
  const auto changes = database.run(clean);
  database.session().script(theirs);
  const auto before = database.contents();
  for (const UndoMode mode : {UndoMode::refuse, UndoMode::skip_changed, UndoMode::force}) {
    const Undone dry = put_back(database, changes, mode, false);
    EXPECT_EQ(sorted(told(dry)), in_the_way);
    EXPECT_EQ(dry.possible, mode != UndoMode::refuse);
  }
  EXPECT_FALSE(put_back(database, changes, UndoMode::refuse).possible);
  EXPECT_EQ(database.contents(), before);
  const Undone done = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_EQ(sorted(told(done)), in_the_way);
  EXPECT_EQ(done.inserted, 2 + 1 + 1 + 2 + 2);
  auto expected = before;
  auto after = database.contents();
  for (auto& [table, rows] : expected) {  // nothing of theirs is lost
    for (const std::string& row : rows) EXPECT_TRUE(after.at(table).contains(row)) << table;
  }
}

TEST(PutBack, SeesWhatItsTableDoesNotTakeAnyMore) {
  TestDatabase database(R"(CREATE DOMAIN small AS int; CREATE DOMAIN smaller AS small;
    CREATE TABLE t (id int PRIMARY KEY, n smaller, a text, b text, c varchar(20));
    CREATE TABLE must (id int PRIMARY KEY); CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE changed (id int PRIMARY KEY, n int);
    CREATE TABLE wide (id int PRIMARY KEY, c character(4)); INSERT INTO wide VALUES (1, 'ab'), (2, NULL);
    INSERT INTO p VALUES (1), (2), (3), (4), (5), (6), (7); INSERT INTO must VALUES (1);
    INSERT INTO changed SELECT g, g FROM generate_series(1, 3) g;
    INSERT INTO t SELECT g, g, CASE WHEN g <> 2 THEN 'a' END, repeat('b', g), repeat('c', g) FROM generate_series(1, 9) g)");
  const auto changes = database.run(
      "DELETE FROM t; DELETE FROM wide; DELETE FROM must; DELETE FROM p WHERE id = 7; UPDATE changed SET n = n + 10");
  database.session().script(R"(ALTER DOMAIN small ADD CONSTRAINT not_one CHECK (VALUE > 1);
    ALTER TABLE t ALTER a SET NOT NULL, ADD CONSTRAINT short CHECK (length(b) <> 3), ALTER c TYPE varchar(7),
      ADD FOREIGN KEY (id) REFERENCES p, ADD more text NOT NULL DEFAULT 'x';
    ALTER TABLE wide ALTER c TYPE bpchar;
    ALTER TABLE changed ADD CONSTRAINT high CHECK (n > 2) NOT VALID; ALTER TABLE must ADD must int NOT NULL;)");
  const Told all = {"public.changed 1 constraint", "public.changed 2 constraint", "public.must 1 constraint",
                    "public.t 1 constraint",       "public.t 2 constraint",       "public.t 3 constraint",
                    "public.t 8 constraint",       "public.t 9 constraint"};
  const auto before = database.contents();
  EXPECT_EQ(sorted(told(put_back(database, changes, UndoMode::refuse, false))), all);
  EXPECT_EQ(sorted(told(put_back(database, changes, UndoMode::skip_changed, false))), all);
  EXPECT_EQ(database.contents(), before);
  EXPECT_EQ(sorted(told(put_back(database, changes, UndoMode::skip_changed))), all);
  pg::Connection session = database.session();
  EXPECT_EQ(session.one_value("SELECT string_agg(id::text, ',' ORDER BY id) FROM t"), "4,5,6,7");
  EXPECT_EQ(session.one_value("SELECT string_agg(n::text, ',' ORDER BY id) FROM changed"), "11,12,3");
}

TEST(PutBack, LeavesAloneWhatOnlyTheServerRefuses) {
  TestDatabase database(
      R"(CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t);
    INSERT INTO t SELECT g, g FROM generate_series(1, 3000) g; INSERT INTO c SELECT g, g FROM generate_series(1, 3000) g)");
  const auto changes =
      database.run("DELETE FROM c; UPDATE t SET n = 0 WHERE id > 2990; DELETE FROM t WHERE id <= 2990");
  database.session().script(R"(CREATE FUNCTION odd(n int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF n % 1000 = 995 THEN RAISE 'not this one: %', n; END IF; RETURN true; END $$;
    ALTER TABLE t ADD CONSTRAINT odd CHECK (odd(n)) NOT VALID)");
  const auto before = database.contents();
  const Undone refused = put_back(database, changes, UndoMode::refuse);
  EXPECT_FALSE(refused.possible);
  EXPECT_EQ(sorted(told(refused)),
            (Told{"public.t 1995 constraint", "public.t 2995 constraint", "public.t 995 constraint"}));
  EXPECT_EQ(database.contents(), before);
  const Undone done = put_back(database, changes, UndoMode::skip_changed);
  EXPECT_EQ(sorted(told(done)), (Told{"public.c 1995 orphaned", "public.c 995 orphaned", "public.t 1995 constraint",
                                      "public.t 2995 constraint", "public.t 995 constraint"}));
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM t WHERE n > 0"), "2997");
  EXPECT_EQ(database.session().one_value("SELECT count(*) FROM c"), "2998");
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
    EXPECT_TRUE(error.message().starts_with("a row of public.users is locked by ")) << error.message();
    EXPECT_NE(error.message().find("the other"), std::string::npos) << error.message();
  }
  EXPECT_EQ(database.contents(), before);
}

TEST(PutBack, SaysWhoHasATableThatEvenADryRunWaitsFor) {
  TestDatabase database(shop);
  const auto changes = database.run("UPDATE users SET name = 'x'");
  pg::Connection other = database.session();
  other.none("SET application_name = 'the other'");
  other.none("BEGIN");
  other.none("LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
  for (const bool execute : {false, true}) {
    try {
      put_back(database, changes, UndoMode::refuse, execute, {.lock_timeout = std::chrono::milliseconds(500)});
      ADD_FAILURE() << "it did not wait";
    } catch (const base::Error& error) {
      EXPECT_TRUE(error.message().starts_with("public.users is locked by ")) << error.message();
      EXPECT_NE(error.message().find("the other"), std::string::npos) << error.message();
      EXPECT_NE(error.hint().find("--lock-timeout"), std::string::npos) << error.hint();
    }
  }
}

TEST(PutBack, TakesOutNoRowWhoseNewColumnsSomebodyFilled) {
  TestDatabase database(std::string(shop) + "; CREATE TABLE heap (v int); INSERT INTO heap VALUES (1)");
  const auto changes = database.run(R"(INSERT INTO users VALUES (50, 'a', 'a'), (51, 'b', 'b'), (52, 'c', 'c');
    INSERT INTO heap VALUES (1), (2); UPDATE users SET email = CASE id WHEN 1 THEN '!' ELSE 'e' || id END WHERE id < 4)");
  database.session().script(
      R"(ALTER TABLE users ADD note text, ADD n numeric NOT NULL DEFAULT 1.5, ADD since timestamptz DEFAULT now(),
      ADD number bigint GENERATED ALWAYS AS IDENTITY;
    UPDATE users SET note = 'theirs' WHERE id IN (1, 50); UPDATE users SET n = 2 WHERE id = 51;
    ALTER TABLE heap ADD note text)");
  EXPECT_EQ(told(put_back(database, changes, UndoMode::refuse, false)),
            (Told{"public.users 50 changed", "public.users 51 changed"}));
  database.session().script("UPDATE heap SET note = 'theirs' WHERE v = 2");
  for (const UndoMode mode : {UndoMode::skip_changed, UndoMode::force}) {
    EXPECT_EQ(told(put_back(database, changes, mode)).size(), 4U);
  }
  pg::Connection session = database.session();
  EXPECT_EQ(session.one_value("SELECT string_agg(id::text, ',') FROM users WHERE id >= 50"), "50,51");
  EXPECT_EQ(session.one_value("SELECT note || email FROM users WHERE id = 1"), "theirs1@x");
  EXPECT_EQ(session.one_value("SELECT count(*) FROM heap"), "3");
}

TEST(PutBack, KeepsNobodyWaitingWhoOnlyRefersToARow) {
  TestDatabase database(shop);
  const auto before = database.contents();
  const auto changes = database.run("UPDATE users SET name = 'x' WHERE id = 9");
  pg::Connection other = database.session();
  other.none("BEGIN");
  other.none("INSERT INTO orders VALUES (99, 9)");
  EXPECT_TRUE(
      put_back(database, changes, UndoMode::refuse, true, {.lock_timeout = std::chrono::milliseconds(500)}).undone);
  other.none("ROLLBACK");
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
