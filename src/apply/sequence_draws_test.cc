#include "apply/sequence_draws.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "apply/database_test.h"

namespace apply {
namespace {

const char* const kSchema = R"(
  CREATE SEQUENCE ids; SELECT setval('ids', 20);
  CREATE SEQUENCE cached CACHE 5 INCREMENT -2 MAXVALUE 1000 START 900;
  CREATE TABLE rows (id int DEFAULT nextval('ids'));)";

// Three numbers of ids and five of cached were drawn when it was rehearsed.
class SequenceDrawsTest : public testing::Test {
 protected:
  SequenceDrawsTest() : database_(kSchema), session_(database_.session()), other_(database_.session()) {
    plan_.sequences = {{.name = "public.ids", .next = 24, .first = 21, .last = 23},
                       {.name = "public.cached", .next = 890, .first = 900, .last = 892}};
    session_.none("BEGIN");
    draws_.emplace(session_, plan_, database_.catalog());
  }

  std::vector<std::string> after(const std::string& script) {
    session_.script(script);
    pg::Pipeline pipeline(session_);
    draws_->look(pipeline);
    pipeline.run();
    std::vector<std::string> names;
    for (const Difference& difference : draws_->differences()) names.push_back(difference.table);
    return names;
  }

  using Names = std::vector<std::string>;
  TestDatabase database_;
  pg::Connection session_;
  pg::Connection other_;
  rehearse::Plan plan_;
  std::optional<SequenceDraws> draws_;
};

TEST_F(SequenceDrawsTest, AsManyAsWereRehearsedAreNoDifference) {
  EXPECT_EQ(after("INSERT INTO rows SELECT FROM generate_series(1, 3); SELECT nextval('cached')"), Names{});
}

TEST_F(SequenceDrawsTest, WhatOthersDrawIsNoDifferenceWhetherRowsAreLeftOfItOrNot) {
  other_.script("SELECT nextval('ids') FROM generate_series(1, 400); SELECT nextval('cached')");
  other_.script("BEGIN; INSERT INTO rows DEFAULT VALUES; ROLLBACK");
  EXPECT_EQ(after("INSERT INTO rows SELECT FROM generate_series(1, 3); SELECT nextval('cached')"), Names{});
}

TEST_F(SequenceDrawsTest, ACheckpointBeforeTheFirstDrawIsNoDifference) {
  other_.none("CHECKPOINT");
  other_.none("SELECT nextval('ids') FROM generate_series(1, 7)");
  EXPECT_EQ(after("SELECT nextval('ids')"), Names{});
}

TEST_F(SequenceDrawsTest, OneThatIsSetIs) {
  EXPECT_EQ(after("SELECT nextval('ids'); SELECT setval('ids', 91111101); SELECT nextval('ids')"), Names{"public.ids"});
}

TEST_F(SequenceDrawsTest, OneThatIsSetInPlaceOfADrawIsToo) {
  EXPECT_EQ(after("SELECT nextval('ids'); SELECT setval('ids', 91111104); SELECT nextval('ids')"), Names{"public.ids"});
}

// 32 more: what it kept to count down looks as if it had been drawn from.
TEST_F(SequenceDrawsTest, OneThatIsSetInPlaceOfADrawIsTooWhateverItKept) {
  for (int to = 91111104; to < 91111104 + 33; ++to) {
    session_.none("ROLLBACK");
    session_.script("SELECT setval('ids', 20); BEGIN");
    draws_.emplace(session_, plan_, database_.catalog());
    EXPECT_EQ(after(fmt::format("SELECT nextval('ids'); SELECT setval('ids', {}); SELECT nextval('ids')", to)),
              Names{"public.ids"})
        << to;
  }
}

TEST_F(SequenceDrawsTest, OneThatIsSetBackOverWhatOthersDrewIsToo) {
  session_.none("SELECT nextval('ids')");
  other_.none("SELECT nextval('ids') FROM generate_series(1, 7)");
  EXPECT_EQ(after("SELECT setval('ids', 22); SELECT nextval('ids')"), Names{"public.ids"});
}

TEST_F(SequenceDrawsTest, OneWhoseLastNumberIsGivenOnceMoreIsToo) {
  EXPECT_EQ(after("SELECT setval('ids', 20, false)"), Names{"public.ids"});
}

TEST_F(SequenceDrawsTest, AFewDrawsBeforeTheEndAreNoDifference) {
  session_.none("ROLLBACK");
  session_.none("ALTER SEQUENCE ids MAXVALUE 40");
  session_.script("SELECT setval('ids', 20); BEGIN");
  draws_.emplace(session_, plan_, database_.catalog());
  EXPECT_EQ(after("SELECT nextval('ids') FROM generate_series(1, 3)"), Names{});
}

TEST_F(SequenceDrawsTest, OneThatIsSetInASavepointThatIsRolledBackIsToo) {
  EXPECT_EQ(after("SELECT nextval('ids') FROM generate_series(1, 3);"
                  "SAVEPOINT s; SELECT setval('ids', 40); ROLLBACK TO s"),
            Names{"public.ids"});
}

TEST_F(SequenceDrawsTest, ToDrawMoreThanWasRehearsedIsToo) {
  EXPECT_EQ(after("SELECT nextval('ids') FROM generate_series(1, 4)"), Names{"public.ids"});
}

TEST_F(SequenceDrawsTest, OneThatMayNotBeReadIsLeftOut) {
  session_.none("ROLLBACK");
  session_.script("CREATE ROLE drawer; GRANT USAGE ON SEQUENCE ids TO drawer; SET ROLE drawer; BEGIN");
  draws_.emplace(session_, plan_, database_.catalog());
  EXPECT_EQ(after("SELECT nextval('ids') FROM generate_series(1, 40)"), Names{});
}

TEST(SequenceDraws, CountDownToTheNextLog) {
  EXPECT_TRUE(is_counted_down(5, 2, 3, 1));
  EXPECT_TRUE(is_counted_down(5, 32, 6, 1));
  EXPECT_TRUE(is_counted_down(5, 0, 6 + 32, 1));
  EXPECT_TRUE(is_counted_down(5, 30, 3, 1));  // after a checkpoint
  EXPECT_FALSE(is_counted_down(5, 3, 3, 1));
  EXPECT_FALSE(is_counted_down(5, 32, 3, 1));
  EXPECT_TRUE(is_counted_down(12, 2, 10, 5));
  EXPECT_TRUE(is_counted_down(12, 32, 15, 5));
  EXPECT_TRUE(is_counted_down(0, 2, 35, 5));
  EXPECT_TRUE(is_counted_down(0, 32, 40, 5));
  EXPECT_FALSE(is_counted_down(12, 2, 11, 5));
}

}  // namespace
}  // namespace apply
