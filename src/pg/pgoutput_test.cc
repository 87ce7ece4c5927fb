#include "pg/pgoutput.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

#include "base/error.h"

namespace pg::pgoutput {
namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

std::string name(std::string_view text) {
  return std::string(text) + '\0';
}
std::string value(std::string_view text) {
  return "t" + number(text.size(), 4) + std::string(text);
}

const std::string kBegin = "B" + number(0x16B374D848, 8) + number(7, 8) + number(731, 4);
const std::string kCommit = "C" + number(0, 1) + number(1, 8) + number(2, 8) + number(3, 8);
const std::string kMessage = "M" + number(1, 1) + number(9, 8) + name("pgrehearse") + number(4, 4) + "stmt";
const std::string kRelation = "R" + number(16384, 4) + name("public") + name("users") + "f" + number(2, 2) +
                              number(1, 1) + name("id") + number(20, 4) + number(0xFFFFFFFF, 4) + number(0, 1) +
                              name("note") + number(25, 4) + number(0xFFFFFFFF, 4);
const std::string kType = "Y" + number(16400, 4) + name("app") + name("mood");
const std::string kTuple = number(3, 2) + value("-91111101") + "n" + "u";
const std::string kInsert = "I" + number(16384, 4) + "N" + kTuple;
const std::string kUpdate = "U" + number(16384, 4) + "O" + kTuple + "N" + kTuple;
const std::string kBareUpdate = "U" + number(16384, 4) + "N" + kTuple;
const std::string kDelete = "D" + number(16384, 4) + "K" + kTuple;
const std::string kTruncate = "T" + number(2, 4) + number(3, 1) + number(16384, 4) + number(16390, 4);

const std::vector<std::string> kAll = {kBegin,  kCommit, kMessage,    kRelation, kType,
                                       kInsert, kUpdate, kBareUpdate, kDelete,   kTruncate};

template <typename T>
T parsed(const std::string& bytes) {
  return std::get<T>(parse(bytes));
}

TEST(Pgoutput, ReadsTransactions) {
  EXPECT_EQ(parsed<Begin>(kBegin).final_lsn.text(), "16/B374D848");
  EXPECT_EQ(parsed<Begin>(kBegin).xid, 731U);
  EXPECT_EQ(parsed<Commit>(kCommit).end_lsn.value, 2U);
  EXPECT_TRUE(parsed<Message>(kMessage).transactional);
  EXPECT_EQ(parsed<Message>(kMessage).prefix, "pgrehearse");
  EXPECT_EQ(parsed<Message>(kMessage).content, "stmt");
}

TEST(Pgoutput, ReadsRelationsAndTypes) {
  const auto relation = parsed<Relation>(kRelation);
  EXPECT_EQ(relation.oid, 16384U);
  EXPECT_EQ(relation.name, "users");
  EXPECT_EQ(relation.identity, 'f');
  ASSERT_EQ(relation.columns.size(), 2U);
  EXPECT_TRUE(relation.columns[0].key);
  EXPECT_EQ(relation.columns[1].name, "note");
  EXPECT_EQ(relation.columns[1].type, 25U);
  EXPECT_EQ(parsed<Type>(kType).name, "mood");
}

TEST(Pgoutput, ReadsRows) {
  const Insert insert = parsed<Insert>(kInsert);
  ASSERT_EQ(insert.after.size(), 3U);
  EXPECT_EQ(insert.after[0].text, "-91111101");
  EXPECT_EQ(insert.after[1].kind, 'n');
  EXPECT_EQ(insert.after[2].kind, 'u');
  EXPECT_EQ(parsed<Update>(kUpdate).old_kind, 'O');
  EXPECT_EQ(parsed<Update>(kUpdate).before.size(), 3U);
  EXPECT_EQ(parsed<Update>(kBareUpdate).old_kind, 0);
  EXPECT_EQ(parsed<Delete>(kDelete).old_kind, 'K');
  EXPECT_EQ(parsed<Truncate>(kTruncate).relations, (std::vector<std::uint32_t>{16384, 16390}));
  EXPECT_TRUE(parsed<Truncate>(kTruncate).cascade);
  EXPECT_TRUE(parsed<Truncate>(kTruncate).restart_identity);
}

// On the heap at its exact size, where the address sanitizer sees a read past its end.
bool is_refused(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  try {
    parse({copy.get(), bytes.size()});
    return false;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::server);
    return true;
  }
}

TEST(Pgoutput, RefusesEveryMessageThatIsCutShortOrGoesOn) {
  for (const std::string& whole : kAll) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(is_refused(std::string_view(whole).substr(0, size))) << whole[0] << " cut to " << size;
    }
    EXPECT_FALSE(is_refused(whole)) << whole[0];
    EXPECT_TRUE(is_refused(whole + "x")) << whole[0];
  }
}

TEST(Pgoutput, RefusesCountsAndLengthsThatAMessageCannotHold) {
  EXPECT_TRUE(is_refused("T" + number(0xFFFFFFFF, 4) + number(0, 1)));
  EXPECT_TRUE(is_refused("I" + number(1, 4) + "N" + number(1, 2) + "t" + number(0xFFFFFFFF, 4) + "x"));
  EXPECT_TRUE(is_refused("I" + number(1, 4) + "N" + number(0xFFFF, 2)));
  EXPECT_TRUE(is_refused("I" + number(1, 4) + "N" + number(1, 2) + "b" + number(0, 4)));
  EXPECT_TRUE(is_refused("Z"));
}

TEST(Pgoutput, NeverReadsOutsideOfADamagedMessage) {
  std::mt19937 random(20260511);
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes = kAll[random() % kAll.size()];
    for (auto flips = 1 + random() % 4; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    is_refused(bytes);
  }
}

}  // namespace
}  // namespace pg::pgoutput
