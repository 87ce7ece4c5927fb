#include "changeset/tuple.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace changeset {
namespace {

TEST(Tuple, KeepsNullApartFromTheEmptyString) {
  const std::string tuple = tuple_of({std::nullopt, "", "x"});
  EXPECT_EQ(tuple, std::string("\0\1\2x", 4));
  EXPECT_EQ(values_of(tuple), (std::vector<Value>{std::nullopt, "", "x"}));
}

TEST(Tuple, FindsAValueByItsColumn) {
  const std::string tuple = tuple_of({"a", std::nullopt, "ccc"});
  EXPECT_EQ(value_at(tuple, 0), "a");
  EXPECT_EQ(value_at(tuple, 1), std::nullopt);
  EXPECT_EQ(value_at(tuple, 2), "ccc");
  EXPECT_THROW(value_at(tuple, 3), base::Error);
}

TEST(Tuple, WriterStartsAnewAfterItsBufferWasTaken) {
  TupleWriter writer;
  writer.add("first");
  EXPECT_EQ(writer.take(), tuple_of({"first"}));
  writer.add("second");
  EXPECT_EQ(writer.take(), tuple_of({"second"}));
}

TEST(Tuple, ReadsBackWhatItWroteForAnyValues) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> texts(random() % 12);
    std::vector<Value> values;
    for (std::string& text : texts) {
      text.resize(random() % 8 == 0 ? random() % 40000 : random() % 300);
      for (char& c : text) c = static_cast<char>(random());
      values.push_back(random() % 5 == 0 ? Value() : Value(text));
    }
    const std::string tuple = tuple_of(values);
    ASSERT_EQ(values_of(tuple), values);
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(value_at(tuple, i), values[i]);
  }
}

TEST(Tuple, RefusesEveryProperPrefixThatEndsWithinAValue) {
  const std::string tuple = tuple_of({"abc", std::string(200, 'x')});
  for (std::size_t size = 1; size < tuple.size(); ++size) {
    const std::string_view cut = std::string_view(tuple).substr(0, size);
    if (size == 4) {
      EXPECT_EQ(values_of(cut).size(), 1u);
    } else {
      EXPECT_THROW(values_of(cut), base::Error) << size;
    }
  }
}

TEST(Tuple, NeverReadsBeyondGarbage) {
  std::mt19937 random(2);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 ? random() % 4 : random());
    try {
      const std::vector<Value> values = values_of(bytes);
      EXPECT_EQ(tuple_of(values), bytes) << "two encodings of one row";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::input);
    }
  }
}

TEST(Varint, RoundTripsAtEveryWidth) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(1ull << bit) - 1, 1ull << bit, ~0ull >> bit}) {
      std::string bytes;
      put_varint(bytes, value);
      std::string_view rest = bytes;
      EXPECT_EQ(get_varint(rest), value);
      EXPECT_TRUE(rest.empty());
    }
  }
}

TEST(Varint, RefusesWhatIsTooLongOrNotTheShortestForm) {
  for (const std::string& bytes :
       {std::string(), std::string("\x80"), std::string("\x80\0", 2), std::string("\xff\0", 2),
        std::string(9, '\xff') + '\x02', std::string(11, '\xff')}) {
    std::string_view rest = bytes;
    EXPECT_THROW(get_varint(rest), base::Error) << bytes.size();
  }
}

}  // namespace
}  // namespace changeset
