#include <gtest/gtest.h>

#include <random>

#include "changeset/changeset_test.h"

namespace changeset {
namespace {

std::string small_file(const TestDirectory& directory) {
  const auto path = directory / "whole";
  Writer writer(path);
  writer.add(relation_of("users", {"id", "name"}, {0}));
  for (int i = 0; i < 20; ++i) {
    writer.add({.statement = 1, .op = Op::insert, .before = {}, .after = tuple_of({std::to_string(i), "somebody"})});
  }
  writer.close();
  return read_bytes(path);
}

// Everything that a reader does with a file.
void read_whole(const std::filesystem::path& path) {
  const Reader reader(path);
  for (const Recorded& recorded : changes_of(reader)) reader.at(recorded.position);
}

TEST(DamagedChangeset, EveryTruncationIsRefused) {
  TestDirectory directory;
  const std::string whole = small_file(directory);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_bytes(directory / "cut", whole.substr(0, size));
    ASSERT_EQ(failure_of([&] { Reader(directory / "cut"); }), base::Code::input) << size;
  }
}

TEST(DamagedChangeset, EveryFlippedBitIsRefused) {
  TestDirectory directory;
  const std::string whole = small_file(directory);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      write_bytes(directory / "flipped", flipped);
      ASSERT_EQ(failure_of([&] { Reader(directory / "flipped"); }), base::Code::input) << i << " " << bit;
    }
  }
}

TEST(DamagedChangeset, BytesAddedAreRefused) {
  TestDirectory directory;
  const std::string whole = small_file(directory);
  for (const std::string& longer : {whole + '\0', whole + whole, '\0' + whole}) {
    write_bytes(directory / "longer", longer);
    EXPECT_EQ(failure_of([&] { Reader(directory / "longer"); }), base::Code::input);
  }
}

TEST(DamagedChangeset, AWriterThatNeverClosedLeavesNoChangeset) {
  TestDirectory directory;
  {
    Writer writer(directory / "open");
  }
  EXPECT_EQ(failure_of([&] { Reader(directory / "open"); }), base::Code::input);
}

TEST(DamagedChangeset, AnUnknownVersionIsNamed) {
  TestDirectory directory;
  std::string later = small_file(directory);
  later[8] = 7;
  write_bytes(directory / "later", later);
  try {
    const Reader reader(directory / "later");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(error.message().find("version 7"), std::string::npos) << error.message();
  }
}

TEST(DamagedChangeset, PositionsThatAreNotInTheFileAreRefused) {
  TestDirectory directory;
  small_file(directory);
  const Reader reader(directory / "whole");
  const Position inside = changes_of(reader).front().position;
  for (const Position position : {Position{0, 0}, Position{inside.frame + 1, 0}, Position{inside.frame, 1u << 30},
                                  Position{UINT64_MAX, UINT32_MAX}}) {
    EXPECT_EQ(failure_of([&] { reader.at(position); }), base::Code::input);
  }
}

TEST(DamagedChangeset, SealedGarbageNeitherCrashesNorAllocatesOnItsWord) {
  TestDirectory directory;
  std::mt19937 random(5);
  for (int round = 0; round < 4000; ++round) {
    std::string index(random() % 40, '\0');
    for (char& c : index) c = static_cast<char>(random() % 4 ? random() % 6 : random());
    write_bytes(directory / "garbage", sealed({}, compressed(index), index.size()));
    const auto failure = failure_of([&] { read_whole(directory / "garbage"); });
    ASSERT_TRUE(!failure || failure == base::Code::input);
  }
}

TEST(DamagedChangeset, SealedFramesOfGarbageAreReadOrRefused) {
  TestDirectory directory;
  std::mt19937 random(6);
  int readable = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string contents(1 + random() % 12, '\0');
    const std::string plausible = "IUDT";
    for (char& c : contents) c = random() % 3 ? static_cast<char>(random() % 3) : plausible[random() % 4];
    contents[0] = plausible[random() % 4];
    const std::string frame = compressed(contents);
    format::Index index{.relations = {relation_of("t", {"a"}, {0})},
                        .frames = {{.offset = 0, .compressed = frame.size(), .contents = contents.size()}},
                        .changes = 1 + random() % 2};
    const std::string index_bytes = format::encode(index);
    write_bytes(directory / "garbage", sealed(frame, compressed(index_bytes), index_bytes.size()));
    const auto failure = failure_of([&] { read_whole(directory / "garbage"); });
    ASSERT_TRUE(!failure || failure == base::Code::input);
    readable += !failure;
  }
  EXPECT_GT(readable, 0) << "the garbage never came near a changeset";
}

TEST(DamagedChangeset, SizesThatTheFramesDoNotKeepAreRefused) {
  TestDirectory directory;
  const std::string contents = std::string("T\0\0", 3), frame = compressed(contents);
  const auto attempt = [&](std::uint64_t compressed_size, std::uint64_t size, std::uint64_t index_size_off) {
    const format::Index index{.relations = {relation_of("t", {"a"}, {0})},
                              .frames = {{.offset = 0, .compressed = compressed_size, .contents = size}},
                              .changes = 1};
    const std::string bytes = format::encode(index);
    write_bytes(directory / "file", sealed(frame, compressed(bytes), bytes.size() + index_size_off));
    return failure_of([&] { read_whole(directory / "file"); });
  };
  EXPECT_EQ(attempt(frame.size(), contents.size(), 0), std::nullopt);
  EXPECT_EQ(attempt(frame.size() - 1, contents.size(), 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size() + 1, contents.size(), 0), base::Code::input);
  EXPECT_EQ(attempt(0, contents.size(), 0), base::Code::input);
  EXPECT_EQ(attempt(UINT64_MAX, contents.size(), 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), contents.size() + 1, 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), 0, 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), 1ull << 31, 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), UINT64_MAX, 0), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), contents.size(), 1), base::Code::input);
  EXPECT_EQ(attempt(frame.size(), contents.size(), UINT64_MAX / 2), base::Code::input);
}

TEST(DamagedChangeset, RandomBytesAreNoChangeset) {
  TestDirectory directory;
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (round % 2) bytes = std::string(format::magic) + std::string("\1\0\0\0", 4) + bytes;
    if (round % 4 == 3) bytes.append(format::end_magic);
    write_bytes(directory / "bytes", bytes);
    ASSERT_EQ(failure_of([&] { Reader(directory / "bytes"); }), base::Code::input);
  }
}

}  // namespace
}  // namespace changeset
