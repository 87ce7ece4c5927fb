#include "redis/rdb.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "base/thrown_test.h"
#include "redis/crc64.h"
#include "redis/lzf.h"
#include "redis/rdb_sample.h"
#include "sys/file.h"

namespace redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RdbSummary walk(std::string_view bytes, std::size_t piece = SIZE_MAX, std::optional<base::Instant> horizon = {}) {
  RdbReader reader(horizon);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) reader.feed(bytes.substr(0, piece));
  return reader.finish();
}

base::Error failure_of(std::string_view bytes) {
  return base::thrown_by([&] { walk(bytes); });
}

std::uint64_t crc(std::string_view text) {
  Crc64 checksum;
  checksum.update(text);
  return checksum.value();
}

base::Instant at(std::int64_t ms) {
  return base::Instant(std::chrono::milliseconds(ms));
}

TEST(Crc64Test, IsThatOfRedis) {
  EXPECT_EQ(crc("123456789"), 0xe9c6d914c4b8d9caU);
  EXPECT_EQ(crc(""), 0U);
  const std::string text(1000, 'x');
  Crc64 pieces;
  for (std::size_t begin = 0, size = 1; begin < text.size(); begin += size, ++size)
    pieces.update(text.substr(begin, size));
  EXPECT_EQ(pieces.value(), crc(text));
}

TEST(LzfTest, UnpacksLiteralsAndOverlappingCopies) {
  LzfDecoder decoder;
  decoder.reset(22);
  std::string plain;
  for (const char byte : std::string_view("\0a\xe0\x0c\0", 5)) ASSERT_EQ(decoder.feed({&byte, 1}, plain), 1U);
  EXPECT_TRUE(decoder.complete());
  EXPECT_EQ(plain, std::string(22, 'a'));
}

TEST(LzfTest, RefusesWhatReachesTooFar) {
  LzfDecoder decoder;
  std::string plain;
  decoder.reset(10);
  EXPECT_EQ(decoder.feed(std::string_view("\0a\x20\x01", 4), plain), 3U) << "before the beginning";
  decoder.reset(1);
  EXPECT_EQ(decoder.feed(std::string_view("\1ab", 3), plain), 2U) << "beyond the end";
  decoder.reset(3);
  EXPECT_EQ(decoder.feed(std::string_view("\1ab", 3), plain), 3U);
  EXPECT_FALSE(decoder.complete());
}

TEST(RdbTest, CountsEveryTypeOfEveryVersion) {
  const RdbSummary summary = walk(everything_sample());
  EXPECT_EQ(summary.version, 12);
  EXPECT_TRUE(summary.checksummed);
  EXPECT_EQ(summary.bytes, everything_sample().size());
  EXPECT_EQ(summary.fields.at("redis-ver"), "7.4.0");
  EXPECT_EQ(summary.fields.at("redis-bits"), "64");
  EXPECT_EQ(summary.function_libraries, 1U);
  ASSERT_EQ(summary.census.databases.size(), 3U);
  const DatabaseCensus& first = summary.census.databases.at(0);
  EXPECT_THAT(first.keys, ElementsAre(4, 3, 2, 3, 3, 0, 1));
  EXPECT_EQ(first.expiring, 2U);
  EXPECT_EQ(first.earliest, at(1'700'000'000'000));
  EXPECT_EQ(first.latest, at(1'800'000'000'123));
  EXPECT_THAT(summary.census.databases.at(3).keys, ElementsAre(0, 2, 1, 1, 1, 3, 0));
  EXPECT_THAT(summary.census.databases.at(70'000).keys, ElementsAre(0, 0, 0, 0, 4, 0, 0));
  EXPECT_EQ(summary.census.databases.at(70'000).earliest, at(-5));
}

TEST(RdbTest, DoesNotCareHowItIsCut) {
  const std::string sample = everything_sample();
  const RdbSummary whole = walk(sample);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 16U, 61U}) {
    const RdbSummary pieces = walk(sample, piece);
    EXPECT_EQ(pieces.census.databases, whole.census.databases) << piece;
    EXPECT_EQ(pieces.fields, whole.fields) << piece;
  }
}

TEST(RdbTest, DigestsNamesTypesAndExpiriesInAnyOrder) {
  const auto make = [](std::vector<std::pair<std::string, std::int64_t>> keys, unsigned type = 0) {
    RdbSample rdb(9);
    for (const auto& [name, expiry] : keys) {
      if (expiry != 0) rdb.expiry(expiry);
      rdb.key(type, name).string("v");
    }
    return walk(rdb.whole()).census;
  };
  const Census base = make({{"a", 0}, {"b", 5}, {"12", 0}});
  EXPECT_THAT(differences(base, make({{"12", 0}, {"b", 5}, {"a", 0}})), IsEmpty());
  EXPECT_THAT(differences(base, make({{"a", 0}, {"b", 6}, {"12", 0}})), ElementsAre(HasSubstr("other times")));
  EXPECT_THAT(differences(base, make({{"a", 5}, {"b", 0}, {"12", 0}})), ElementsAre(HasSubstr("names")));
  EXPECT_THAT(differences(base, make({{"a", 0}, {"c", 5}, {"12", 0}})), ElementsAre(HasSubstr("names")));
  EXPECT_THAT(differences(base, make({{"a", 0}, {"b", 5}})), ElementsAre("database 0: 2 string keys instead of 3"));
  EXPECT_THAT(differences(make({{"a", 0}}), make({{"a", 0}}, 9)), testing::SizeIs(2));
  RdbSample integer_name(9);
  integer_name.byte(0).byte(0xc0).byte(12).string("v").key(0, "a").string("v").expiry(5).key(0, "b").string("v");
  EXPECT_THAT(differences(base, walk(integer_name.whole()).census), IsEmpty()) << "however a name is encoded";
}

TEST(RdbTest, CountsApartWhatExpiresBeforeTheHorizon) {
  const RdbSummary summary = walk(everything_sample(), SIZE_MAX, at(1'700'000'000'000));
  const DatabaseCensus& first = summary.census.databases.at(0);
  EXPECT_EQ(first.passed, 1U);
  EXPECT_EQ(first.expiring, 1U);
  EXPECT_EQ(first.earliest, at(1'800'000'000'123));
  EXPECT_EQ(summary.census.databases.at(70'000).passed, 1U);
}

TEST(RdbTest, FindsEveryTruncation) {
  const std::string sample = everything_sample();
  for (std::size_t size = 0; size < sample.size(); ++size) {
    const base::Error error = failure_of(std::string_view(sample).substr(0, size));
    EXPECT_EQ(error.code(), base::Code::storage);
    ASSERT_THAT(error.message(), HasSubstr("cut off: it ends at byte " + std::to_string(size)));
  }
}

TEST(RdbTest, FindsEveryBitThatFlips) {
  const std::string sample = everything_sample();
  for (std::size_t bit = 0; bit < sample.size() * 8; ++bit) {
    std::string damaged = sample;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_EQ(failure_of(damaged).code(), base::Code::storage) << "bit " << bit;
  }
}

TEST(RdbTest, SaysWhereAndWhat) {
  EXPECT_THAT(failure_of("PGDMP and more").message(), HasSubstr("no RDB file"));
  EXPECT_THAT(failure_of("REDIS00x9").message(), HasSubstr("no RDB file"));
  EXPECT_THAT(failure_of("REDIS0080"
                         "\xff")
                  .message(),
              HasSubstr("not known here"));
  EXPECT_THAT(failure_of("VALKEY080").message(), HasSubstr("not known here"));
  EXPECT_THAT(failure_of(RdbSample(9).byte(200).begun()).message(),
              HasSubstr("at byte 10: there is no type or opcode 200"));
  EXPECT_THAT(failure_of(RdbSample(9).key(6, "old module").begun()).message(), HasSubstr("type or opcode 6"));
  EXPECT_THAT(failure_of(RdbSample(9).byte(254).byte(0xc0).begun()).message(), HasSubstr("where a length belongs"));
  EXPECT_THAT(failure_of(RdbSample(9).byte(0).byte(0xc4).begun()).message(), HasSubstr("encoding that there is not"));
  EXPECT_THAT(failure_of(RdbSample(9).byte(0).byte(0x82).begun()).message(), HasSubstr("length of a kind"));
  EXPECT_THAT(failure_of(RdbSample(9).expiry(1).whole()).message(), HasSubstr("no key follows"));
  EXPECT_THAT(failure_of(RdbSample(9).whole() + "x").message(), HasSubstr("something follows its end"));
  EXPECT_THAT(failure_of(RdbSample(9).key(7, "m").length(1).length(6).begun()).message(), HasSubstr("module's value"));
  EXPECT_THAT(
      failure_of(RdbSample(9).byte(0).byte(0xc3).length(4).length(9).raw(std::string_view("\0a\x20\x01", 4)).begun())
          .message(),
      HasSubstr("cannot be unpacked"));
  EXPECT_THAT(
      failure_of(RdbSample(9).byte(0).byte(0xc3).length(2).length(9).raw(std::string_view("\0a", 2)).begun()).message(),
      HasSubstr("another length"));
  std::string flipped = RdbSample(9).key(0, "k").string("value").whole();
  flipped[14] ^= 1;
  EXPECT_THAT(failure_of(flipped).message(), HasSubstr("its checksum is not"));
}

TEST(RdbTest, ReadsFilesWithoutAChecksum) {
  EXPECT_EQ(walk(RdbSample(4).key(0, "k").string("v").byte(255).begun()).census.total(), 1U);
  const std::string unchecked = RdbSample(9).key(0, "k").string("v").byte(255).integer(0, 8).begun();
  EXPECT_FALSE(walk(unchecked).checksummed);
}

TEST(RdbTest, BelievesNoLength) {
  const std::uint64_t most = UINT64_MAX;
  for (const std::string& claim :
       {RdbSample(9).byte(0).length(most).raw("abc").begun(), RdbSample(9).key(1, "l").length(most).string("a").begun(),
        RdbSample(9).byte(0).byte(0xc3).length(most).length(most).raw(std::string_view("\0a", 2)).begun(),
        RdbSample(9).byte(250).length(most).raw("abc").begun()}) {
    EXPECT_THAT(failure_of(claim).message(), HasSubstr("cut off"));
  }
}

TEST(RdbTest, BoundsDatabasesAndFields) {
  RdbSample rdb(9);
  for (int i = 0; i < 100'001; ++i) rdb.database(i).key(0, "k").string("v");
  EXPECT_THAT(failure_of(rdb.whole()).message(), HasSubstr("more databases"));
  RdbSample fields(9);
  for (int i = 0; i < 1000; ++i)
    fields.byte(250).string(std::to_string(i) + std::string(400, 'n')).string(std::string(400, 'v'));
  const RdbSummary summary = walk(fields.whole());
  EXPECT_EQ(summary.fields.size(), 32U);
  for (const auto& [name, value] : summary.fields) EXPECT_EQ(name.size() + value.size(), 512U);
}

// What the fuzzer found interesting: test/fuzz/rdb_fuzz.cc.
TEST(RdbTest, EndsOnEveryInputOfTheFuzzer) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PGREHEARSE_SOURCE_DIR "/test/fuzz/rdb")) {
    const std::string bytes = sys::read_file(entry.path());
    const auto outcome = [&](std::size_t piece) {
      try {
        return std::to_string(walk(bytes, piece).census.total());
      } catch (const base::Error& error) {
        EXPECT_EQ(error.code(), base::Code::storage);
        return error.message();
      }
    };
    EXPECT_EQ(outcome(1), outcome(SIZE_MAX)) << entry.path();
    ++inputs;
  }
  EXPECT_GT(inputs, 0);
}

}  // namespace
}  // namespace redis
