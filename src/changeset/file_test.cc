#include "changeset/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "changeset/changeset_test.h"

namespace changeset {
namespace {

std::string random_tuple(std::mt19937& random, std::size_t columns, std::size_t longest) {
  TupleWriter writer;
  for (std::size_t i = 0; i < columns; ++i) {
    std::string text(random() % (longest + 1), '\0');
    for (char& c : text) c = static_cast<char>(random());
    writer.add(random() % 6 == 0 ? Value() : Value(text));
  }
  return writer.take();
}

Change random_change(std::mt19937& random, std::uint32_t relation, std::size_t longest) {
  constexpr Op ops[] = {Op::insert, Op::update, Op::erase, Op::truncate};
  Change change{.relation = relation, .statement = static_cast<std::uint32_t>(random()), .op = ops[random() % 4]};
  if (change.op == Op::update || change.op == Op::erase) change.before = random_tuple(random, 3, longest);
  if (change.op == Op::update || change.op == Op::insert) change.after = random_tuple(random, 3, longest);
  return change;
}

TEST(ChangesetFile, GivesBackEveryChangeInOrderAndByPosition) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    TestDirectory directory;
    std::mt19937 random(seed);
    std::vector<Recorded> written;
    Writer writer(directory / "file");
    for (std::uint32_t i = 0; i < 3; ++i) {
      EXPECT_EQ(writer.add(relation_of("t" + std::to_string(i), {"a", "b", "c"}, {i})), i);
    }
    const std::size_t count = random() % 3000;
    for (std::size_t i = 0; i < count; ++i) {
      const Change change = random_change(random, random() % 3, seed % 4 == 0 ? 900 : 20);
      written.push_back({change, writer.add(change)});
    }
    EXPECT_EQ(writer.changes(), count);
    writer.close();

    const Reader reader(directory / "file");
    ASSERT_EQ(reader.changes(), count);
    ASSERT_EQ(reader.relations().size(), 3u);
    const auto read = changes_of(reader);
    ASSERT_EQ(read.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(same(read[i].change, written[i].change));
      ASSERT_EQ(read[i].position, written[i].position);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Recorded& any = written[random() % count];
      ASSERT_TRUE(same(reader.at(any.position), any.change));
    }
  }
}

TEST(ChangesetFile, KeepsRelationsWhole) {
  TestDirectory directory;
  const Relation odd{.oid = 4294967295u,
                     .schema = "Größe \"x\"",
                     .name = std::string("with\0zero", 9),
                     .columns = {{"", "text[]"}, {"id", "numeric(10,2)"}},
                     .key = {1, 0}};
  Writer writer(directory / "file");
  writer.add(odd);
  writer.add(Relation{.oid = 1, .schema = "s", .name = "no columns", .columns = {}, .key = {}});
  writer.close();
  const Reader reader(directory / "file");
  ASSERT_EQ(reader.relations().size(), 2u);
  EXPECT_EQ(reader.relations()[0], odd);
  EXPECT_TRUE(reader.relations()[1].columns.empty());
  EXPECT_EQ(reader.changes(), 0u);
}

TEST(ChangesetFile, GivesEqualRelationsOneIndexAndAlteredOnesAnother) {
  TestDirectory directory;
  Writer writer(directory / "file");
  const Relation narrow = relation_of("t", {"a"}, {0});
  const Relation wide = relation_of("t", {"a", "b"}, {0});
  EXPECT_EQ(writer.add(narrow), 0u);
  EXPECT_EQ(writer.add(wide), 1u);
  EXPECT_EQ(writer.add(narrow), 0u);
  EXPECT_EQ(writer.add(wide), 1u);
  EXPECT_EQ(writer.add(relation_of("t", {"a", "b"}, {1})), 2u);
}

TEST(ChangesetFile, HoldsARowFarLargerThanAFrame) {
  TestDirectory directory;
  Writer writer(directory / "file");
  writer.add(relation_of("t", {"a"}, {0}));
  std::string huge(20 << 20, 'x');
  for (std::size_t i = 0; i < huge.size(); i += 7) huge[i] = static_cast<char>(i * 31 >> 3);
  const Change small{.op = Op::insert, .before = {}, .after = tuple_of({"1"})};
  const Change large{.op = Op::insert, .before = {}, .after = tuple_of({huge})};
  const Position first = writer.add(small), second = writer.add(large), third = writer.add(small);
  writer.close();
  const Reader reader(directory / "file");
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(same(reader.at(third), small));
    EXPECT_TRUE(same(reader.at(second), large));
    EXPECT_TRUE(same(reader.at(first), small));
  }
}

TEST(ChangesetFile, LetsAVisitorAskForOtherChanges) {
  TestDirectory directory;
  Writer writer(directory / "file");
  writer.add(relation_of("t", {"a"}, {0}));
  std::vector<Position> positions;
  for (int i = 0; i < 20000; ++i) {
    positions.push_back(
        writer.add({.op = Op::insert, .before = {}, .after = tuple_of({std::to_string(i) + std::string(100, ' ')})}));
  }
  writer.close();
  const Reader reader(directory / "file");
  ASSERT_NE(positions.front().frame, positions.back().frame);
  std::size_t i = 0;
  reader.for_each([&](const Change& change, Position) {
    const Change other = reader.at(positions[positions.size() - 1 - i]);
    ASSERT_EQ(std::stoul(std::string(*value_at(other.after, 0))), positions.size() - 1 - i);
    ASSERT_EQ(std::stoul(std::string(*value_at(change.after, 0))), i);
    ++i;
  });
  EXPECT_EQ(i, positions.size());
}

TEST(ChangesetFile, IsReadableByItsOwnerOnly) {
  TestDirectory directory;
  Writer(directory / "file").close();
  struct stat status{};
  ASSERT_EQ(::stat((directory / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(ChangesetFile, WriterRefusesWhatItsCallersGotWrong) {
  TestDirectory directory;
  Writer writer(directory / "file");
  EXPECT_EQ(failure_of([&] { writer.add(Change{}); }), base::Code::internal);
  EXPECT_EQ(failure_of([&] { writer.add(relation_of("t", {"a"}, {1})); }), base::Code::internal);
  writer.add(relation_of("t", {"a"}, {0}));
  writer.close();
  writer.close();
  EXPECT_EQ(failure_of([&] { writer.add(Change{}); }), base::Code::internal);
}

TEST(ChangesetFile, NamesTheFileThatCannotBeMadeOrOpened) {
  TestDirectory directory;
  EXPECT_EQ(failure_of([&] { Writer(directory / "none/file"); }), base::Code::storage);
  EXPECT_EQ(failure_of([&] { Reader(directory / "none"); }), base::Code::storage);
  EXPECT_EQ(failure_of([&] { Reader(directory.path()); }), base::Code::storage);
  try {
    const Reader reader(directory / "none");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(error.message().find((directory / "none").string()), std::string::npos) << error.message();
  }
}

TEST(ChangesetFile, SaysThatTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_FAIL() << "/dev/full is missing";
  EXPECT_EQ(failure_of([] {
              Writer writer("/dev/full");
              writer.close();
            }),
            base::Code::storage);
}

}  // namespace
}  // namespace changeset
