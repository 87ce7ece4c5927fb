#include "changeset/fold.h"

#include <gtest/gtest.h>

#include "changeset/changeset_test.h"
#include "changeset/net_rows.h"

namespace changeset {
namespace {

// A changeset that is written, read and folded.
class Folding {
 public:
  std::uint32_t table(const Relation& relation) { return writer_.add(relation); }

  Folding& insert(std::vector<Value> after, std::uint32_t relation = 0) {
    return add({.relation = relation, .op = Op::insert, .before = {}, .after = tuple_of(after)});
  }
  Folding& update(std::vector<Value> before, std::vector<Value> after, std::uint32_t relation = 0) {
    return add({.relation = relation, .op = Op::update, .before = tuple_of(before), .after = tuple_of(after)});
  }
  Folding& erase(std::vector<Value> before, std::uint32_t relation = 0) {
    return add({.relation = relation, .op = Op::erase, .before = tuple_of(before), .after = {}});
  }
  // Changes are numbered as statements from 1.
  Folding& add(Change change) {
    change.statement = ++statements_;
    writer_.add(change);
    return *this;
  }

  // The net changes as text: "U t@3 (1,a)->(1,b)", statement after the @.
  std::vector<std::string> net(std::function<std::uint32_t(const Relation&)> rank = {}) {
    writer_.close();
    const Reader reader(directory_ / "file");
    Fold fold({.directory = directory_.path(), .memory_limit = 1000, .rank = std::move(rank)});
    reader.for_each([&](const Change& change, Position position) {
      fold.add(reader.relations()[change.relation], change, position);
    });
    std::vector<std::string> lines;
    fold.finish(reader, [&](const Change& change) { lines.push_back(line(reader, change)); });
    return lines;
  }

 private:
  static std::string text(const std::string& tuple) {
    std::string text;
    for (const Value& value : values_of(tuple)) text += "," + std::string(value.value_or("NULL"));
    return "(" + text.substr(std::min<std::size_t>(text.size(), 1)) + ")";
  }

  static std::string line(const Reader& reader, const Change& change) {
    std::string line(1, static_cast<char>(change.op));
    line += " " + reader.relations()[change.relation].name + "@" + std::to_string(change.statement) + " ";
    if (change.op != Op::insert) line += text(change.before);
    if (change.op == Op::update) line += "->";
    if (change.op != Op::erase) line += text(change.after);
    return line;
  }

  TestDirectory directory_;
  Writer writer_{directory_ / "file"};
  std::uint32_t statements_ = 0;
};

using Lines = std::vector<std::string>;

class KeyedFold : public ::testing::Test {
 protected:
  void SetUp() override { folding_.table(relation_of("t", {"id", "v"}, {0})); }
  Folding folding_;
};

TEST_F(KeyedFold, OfNothingIsNothing) {
  EXPECT_EQ(folding_.net(), Lines{});
}

TEST_F(KeyedFold, KeepsSingleChangesInTheirOrder) {
  folding_.insert({"3", "a"}).erase({"1", "b"}).update({"2", "c"}, {"2", "d"});
  EXPECT_EQ(folding_.net(), (Lines{"I t@1 (3,a)", "D t@2 (1,b)", "U t@3 (2,c)->(2,d)"}));
}

TEST_F(KeyedFold, DropsRowsThatCameAndWent) {
  folding_.insert({"1", "a"}).update({"1", "a"}, {"1", "b"}).erase({"1", "b"});
  EXPECT_EQ(folding_.net(), Lines{});
}

TEST_F(KeyedFold, DropsUpdatesThatChangedNothingOrLedBack) {
  folding_.update({"1", "a"}, {"1", "a"}).update({"2", "a"}, {"2", "b"}).update({"2", "b"}, {"2", "a"});
  EXPECT_EQ(folding_.net(), Lines{});
}

TEST_F(KeyedFold, JoinsTheFirstImageWithTheLast) {
  folding_.update({"1", "a"}, {"1", "b"})
      .update({"1", "b"}, {"1", "c"})
      .insert({"2", "x"})
      .update({"2", "x"}, {"2", "y"});
  EXPECT_EQ(folding_.net(), (Lines{"U t@2 (1,a)->(1,c)", "I t@4 (2,y)"}));
}

TEST_F(KeyedFold, GivesADeletionTheImageFromBeforeAllUpdates) {
  folding_.update({"1", "a"}, {"1", "b"}).erase({"1", "b"});
  EXPECT_EQ(folding_.net(), (Lines{"D t@2 (1,a)"}));
}

TEST_F(KeyedFold, TakesDeletionAndInsertionOfOneKeyAsUpdateOrNothing) {
  folding_.erase({"1", "a"}).insert({"1", "b"}).erase({"2", "a"}).insert({"2", "a"});
  EXPECT_EQ(folding_.net(), (Lines{"U t@2 (1,a)->(1,b)"}));
}

TEST_F(KeyedFold, TakesAChangeOfKeyAsDeletionAndInsertion) {
  folding_.update({"1", "a"}, {"2", "a"});
  EXPECT_EQ(folding_.net(), (Lines{"D t@1 (1,a)", "I t@1 (2,a)"}));
}

TEST_F(KeyedFold, DropsAKeyThatWasChangedThereAndBack) {
  folding_.update({"1", "a"}, {"2", "a"}).update({"2", "a"}, {"1", "a"});
  EXPECT_EQ(folding_.net(), Lines{});
}

// UPDATE t SET id = id + 1 with a deferrable key: each row moves in before the earlier one has moved out.
TEST_F(KeyedFold, FollowsRowsThroughADeferrableKey) {
  folding_.update({"1", "a"}, {"2", "a"}).update({"2", "b"}, {"3", "b"}).update({"3", "c"}, {"4", "c"});
  EXPECT_EQ(folding_.net(), (Lines{"D t@1 (1,a)", "U t@1 (2,b)->(2,a)", "U t@2 (3,c)->(3,b)", "I t@3 (4,c)"}));
}

TEST_F(KeyedFold, SwapsTwoKeys) {
  folding_.update({"1", "a"}, {"2", "a"}).update({"2", "b"}, {"1", "b"});
  EXPECT_EQ(folding_.net(), (Lines{"U t@1 (2,b)->(2,a)", "U t@2 (1,a)->(1,b)"}));
}

TEST_F(KeyedFold, KeepsARowWhoseTextChangedBetweenTwoUpdatesOne) {
  folding_.update({"1", "a"}, {"1", "b"}).update({"1", "renamed"}, {"1", "c"});
  EXPECT_EQ(folding_.net(), (Lines{"U t@2 (1,a)->(1,c)"}));
}

TEST_F(KeyedFold, ListsAllRowsOfAKeyThatIsNoneAnyMore) {
  folding_.insert({"1", "a"}).insert({"1", "a"}).insert({"1", "b"}).erase({"1", "a"});
  EXPECT_EQ(folding_.net(), (Lines{"I t@1 (1,a)", "I t@3 (1,b)"}));
}

TEST_F(KeyedFold, RefusesToFollowEndlesslyManyRowsOfOneKey) {
  for (std::size_t i = 0; i <= NetRows::max_histories; ++i) folding_.insert({"1", std::to_string(i)});
  EXPECT_EQ(failure_of([&] { folding_.net(); }), base::Code::refused);
}

TEST_F(KeyedFold, IgnoresTruncates) {
  folding_.erase({"1", "a"}).add({.op = Op::truncate, .before = {}, .after = {}});
  EXPECT_EQ(folding_.net(), (Lines{"D t@1 (1,a)"}));
}

TEST_F(KeyedFold, TakesNullInAKeyAsAValue) {
  folding_.insert({std::nullopt, "a"}).insert({"", "b"}).update({std::nullopt, "a"}, {std::nullopt, "c"});
  EXPECT_EQ(folding_.net(), (Lines{"I t@2 (,b)", "I t@3 (NULL,c)"}));
}

TEST_F(KeyedFold, RefusesRowsThatLackTheirKey) {
  folding_.add({.op = Op::insert, .before = {}, .after = {}});
  EXPECT_EQ(failure_of([&] { folding_.net(); }), base::Code::input);
}

TEST(Fold, ComparesCompositeKeysInTheirOrder) {
  Folding folding;
  folding.table(relation_of("t", {"a", "v", "b"}, {2, 0}));
  folding.insert({"1", "x", "2"})
      .insert({"2", "x", "1"})
      .update({"1", "x", "2"}, {"1", "y", "2"})
      .erase({"2", "x", "1"});
  EXPECT_EQ(folding.net(), (Lines{"I t@3 (1,y,2)"}));
}

TEST(Fold, CancelsEqualRowsOfATableWithoutAKey) {
  Folding folding;
  folding.table(relation_of("t", {"v"}, {}));
  folding.insert({"a"}).insert({"a"}).insert({"a"}).erase({"a"}).update({"b"}, {"a"}).update({"a"}, {"c"});
  EXPECT_EQ(folding.net(), (Lines{"I t@1 (a)", "I t@2 (a)", "D t@5 (b)", "I t@6 (c)"}));
}

TEST(Fold, DeletesAsManyEqualRowsAsAreGone) {
  Folding folding;
  folding.table(relation_of("t", {"v"}, {}));
  folding.erase({"a"}).erase({"a"}).erase({"a"}).insert({"a"}).update({"d"}, {"d"});
  EXPECT_EQ(folding.net(), (Lines{"D t@1 (a)", "D t@2 (a)"}));
}

TEST(Fold, CountsEqualRowsBeyondItsMemory) {
  Folding folding;
  folding.table(relation_of("t", {"v"}, {}));
  constexpr std::size_t rows = NetRows::max_copies + 5000;
  for (std::size_t i = 0; i < rows; ++i) folding.insert({"a"});
  for (int i = 0; i < 1234; ++i) folding.erase({"a"});
  EXPECT_EQ(folding.net().size(), rows - 1234);
}

TEST(Fold, GroupsByRankThenName) {
  Folding folding;
  for (const char* name : {"c", "b", "a", "z"}) folding.table(relation_of(name, {"id"}, {0}));
  for (std::uint32_t relation : {0u, 1u, 2u, 3u, 0u}) folding.insert({std::to_string(10 + relation)}, relation);
  folding.insert({"7"}, 2);
  const auto rank = [](const Relation& relation) { return relation.name == "z" ? 0u : 1u; };
  EXPECT_EQ(folding.net(rank),
            (Lines{"I z@4 (13)", "I a@3 (12)", "I a@6 (7)", "I b@2 (11)", "I c@1 (10)", "I c@5 (10)"}));
}

TEST(Fold, MatchesRowsOfAnAlteredTableByNamesOfColumns) {
  Folding folding;
  folding.table(relation_of("t", {"id", "old", "v"}, {0}));
  const std::uint32_t altered = folding.table(relation_of("t", {"v", "new", "id"}, {2}));
  folding.insert({"1", std::nullopt, "a"}).erase({"a", std::nullopt, "1"}, altered);
  folding.update({"2", std::nullopt, "a"}, {"2", std::nullopt, "b"})
      .update({"b", std::nullopt, "2"}, {"c", "n", "2"}, altered);
  folding.erase({"3", "lost", "a"}).insert({"a", std::nullopt, "3"}, altered);
  folding.erase({"4", std::nullopt, "a"}).insert({"a", std::nullopt, "4"}, altered);
  folding.update({"5", "o", "a"}, {"5", "o", "b"}).erase({"b", std::nullopt, "5"}, altered);
  EXPECT_EQ(folding.net(), (Lines{"U t@4 (a,NULL,2)->(c,n,2)", "U t@6 (a,NULL,3)->(a,NULL,3)", "D t@10 (5,o,a)"}));
}

TEST(Fold, MatchesRowsWithoutAKeyAcrossShapes) {
  Folding folding;
  folding.table(relation_of("t", {"a", "b"}, {}));
  const std::uint32_t altered = folding.table(relation_of("t", {"b", "c", "a"}, {}));
  folding.insert({"1", "2"})
      .erase({"2", std::nullopt, "1"}, altered)
      .insert({"3", "4"})
      .erase({"4", "x", "3"}, altered);
  EXPECT_EQ(folding.net(), (Lines{"I t@3 (3,4)", "D t@4 (4,x,3)"}));
}

TEST(Fold, KeepsTablesOfOneNameInDifferentSchemasApart) {
  Folding folding;
  Relation other = relation_of("t", {"id"}, {0});
  folding.table(other);
  other.schema = "b";
  folding.insert({"1"}).erase({"1"}, folding.table(other));
  EXPECT_EQ(folding.net(), (Lines{"D t@2 (1)", "I t@1 (1)"}));
}

TEST(Fold, RefusesChangesOutOfOrder) {
  TestDirectory directory;
  Fold fold({.directory = directory.path(), .rank = {}});
  const Relation relation = relation_of("t", {"id"}, {0});
  const Change change{.op = Op::insert, .before = {}, .after = tuple_of({"1"})};
  fold.add(relation, change, {12, 5});
  EXPECT_EQ(failure_of([&] { fold.add(relation, change, {12, 5}); }), base::Code::internal);
}

}  // namespace
}  // namespace changeset
