#include "restore/proofs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/test_server.h"

namespace restore {
namespace {

using testing::HasSubstr;

class ProofTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new pg::TestServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  ProofTest() : database_(fresh()) {}

  static pg::Connection fresh() {
    auto anywhere = server_->connect("template1");
    anywhere.none("drop database if exists drilled");
    anywhere.none("create database drilled");
    return server_->connect("drilled");
  }

  void expect_fails(const Proven& proven, const std::string& what) const {
    EXPECT_FALSE(proven.passed) << proven.message;
    EXPECT_THAT(proven.message, HasSubstr(what));
  }

  Proven indexes() { return prove_indexes(database_, std::get<Amcheck>(find_amcheck(database_))); }

  static pg::TestServer* server_;
  pg::Connection database_;
};
pg::TestServer* ProofTest::server_ = nullptr;

TEST_F(ProofTest, RowsThatAreAsInTheManifestPass) {
  database_.script("create table a (id int); insert into a select generate_series(1, 3); create table \"B b\" ()");
  std::vector<std::size_t> steps;
  const auto proven =
      prove_rows(database_, {{"public", "a", 3}, {"public", "B b", 0}},
                 [&](std::size_t done, std::size_t total) { steps.insert(steps.end(), {done, total}); });
  EXPECT_THAT(steps, testing::ElementsAre(0, 2, 1, 2)) << "whoever waits sees how far it is";
  EXPECT_TRUE(proven.passed) << proven.message;
  EXPECT_EQ(proven.message, "3 rows in 2 tables, as in the manifest");
}

TEST_F(ProofTest, MissingTablesStrangeTablesAndOtherCountsAreNamed) {
  database_.script("create table a (id int); insert into a values (1); create table stranger ()");
  const auto proven = prove_rows(database_, {{"public", "a", 3}, {"public", "lost", 0}});
  expect_fails(proven, "1 table missing: public.lost");
  expect_fails(proven, "public.a has 1 row instead of 3");
  expect_fails(proven, "does not know: public.stranger");
}

TEST_F(ProofTest, TheWorstCountIsToldFirst) {
  database_.script("create table a (id int); create table b (id int)");
  expect_fails(prove_rows(database_, {{"public", "a", 3}, {"public", "b", 900}}),
               "public.b has 0 rows instead of 900, public.a");
}

TEST_F(ProofTest, IndexesThatNobodyCanReadAreToldAndNotJudged) {
  database_.script("create role reader; set role reader");
  EXPECT_THAT(std::get<std::string>(find_amcheck(database_)), HasSubstr("permission denied"));
  database_.script("reset role; drop role reader");
}

TEST_F(ProofTest, IndexesThatAreSoundPass) {
  database_.script(
      "create table a (id int primary key, t text); insert into a select g, g from generate_series(1, 1000) g;"
      "create index on a (lower(t))");
  const auto proven = indexes();
  EXPECT_TRUE(proven.passed) << proven.message;
}

TEST_F(ProofTest, ARowThatIsMissingFromAnIndexIsFound) {
  database_.script(
      "create table a (id int primary key, t text); create index by_t on a (t);"
      "update pg_index set indisready = false, indisvalid = false where indexrelid = 'by_t'::regclass");
  database_.script("insert into a values (1, 'x')");
  database_.script("update pg_index set indisready = true, indisvalid = true where indexrelid = 'by_t'::regclass");
  expect_fails(indexes(), "public.by_t");
}

TEST_F(ProofTest, AnIndexThatIsNotValidIsFound) {
  database_.script(
      "create table a (id int); create index by_id on a (id);"
      "update pg_index set indisvalid = false where indexrelid = 'by_id'::regclass");
  expect_fails(indexes(), "public.by_id (it is not valid)");
}

TEST_F(ProofTest, OrphansAreCountedUnderEveryKindOfForeignKey) {
  database_.script(R"(
    create table p (a int, b int, primary key (a, b));
    create table simple (a int, b int, constraint simple_key foreign key (a, b) references p);
    create table full_ (a int, b int, constraint full_key foreign key (a, b) references p match full);
    create table part (id bigint, a int, b int, constraint part_key foreign key (a, b) references p) partition by list (id);
    create table part_1 partition of part for values in (1);
    create table parted (id int primary key) partition by range (id);
    create table parted_1 partition of parted for values from (0) to (100);
    create table to_parted (id bigint constraint to_parted_key references parted))");
  EXPECT_TRUE(prove_foreign_keys(database_).passed);
  EXPECT_EQ(prove_foreign_keys(database_).message, "4 foreign keys hold");
  database_.script(R"(
    insert into p values (1, 1); insert into parted values (7);
    insert into simple values (1, 1), (null, 5); insert into full_ values (1, 1), (null, null);
    insert into part values (1, 1, 1); insert into to_parted values (7), (null))");
  EXPECT_TRUE(prove_foreign_keys(database_).passed) << prove_foreign_keys(database_).message;
  database_.script(R"(
    set session_replication_role = replica;
    insert into simple values (1, 2), (2, 2); insert into full_ values (null, 1), (9, 9);
    insert into part values (1, 3, 3); insert into to_parted values (8))");
  const auto proven = prove_foreign_keys(database_);
  expect_fails(proven, "2 rows of public.simple without their parent under simple_key");
  expect_fails(proven, "2 rows of public.full_ without their parent under full_key");
  expect_fails(proven, "1 row of public.part without their parent under part_key");
  expect_fails(proven, "1 row of public.to_parted without their parent under to_parted_key");
}

TEST_F(ProofTest, AForeignKeyThatWasNeverValidatedIsNotHeldToItsWord) {
  database_.script(
      "create table p (id int primary key); create table c (id int); insert into c values (1);"
      "alter table c add foreign key (id) references p not valid");
  EXPECT_TRUE(prove_foreign_keys(database_).passed);
}

TEST_F(ProofTest, AQuestionPassesWithOneTrueValueAlone) {
  EXPECT_TRUE(prove_answer(database_, "select true").passed);
  expect_fails(prove_answer(database_, "select false"), "it answered false: select false");
  expect_fails(prove_answer(database_, "select null::bool"), "NULL");
  expect_fails(prove_answer(database_, "select 1"), "it answered 1");
  expect_fails(prove_answer(database_, "select true, true"), "1 row of 2 columns");
  expect_fails(prove_answer(database_, "select true from generate_series(1, 3)"), "3 rows");
  expect_fails(prove_answer(database_, "select true where false"), "0 rows");
  expect_fails(prove_answer(database_, "select 1 / 0 = 1"), "division by zero");
  expect_fails(prove_answer(database_, "create table x ()"), "read-only");
}

}  // namespace
}  // namespace restore
