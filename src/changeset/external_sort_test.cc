#include "changeset/external_sort.h"

#include <gtest/gtest.h>

#include <random>

#include "changeset/changeset_test.h"

namespace changeset {
namespace {

struct Number {
  std::uint64_t value = 0;
  friend bool operator<(const Number& a, const Number& b) { return a.value < b.value; }
};

std::vector<std::uint64_t> drained(ExternalSort<Number>& sort) {
  std::vector<std::uint64_t> values;
  sort.drain([&](const Number& number) { values.push_back(number.value); });
  return values;
}

TEST(ExternalSort, SortsWhateverTheMemory) {
  TestDirectory directory;
  std::mt19937_64 random(3);
  for (const std::uint64_t memory : {0u, 40u, 100u, 1000u, 20000u, 1u << 20}) {
    for (const std::size_t count : {0u, 1u, 4u, 5u, 100u, 20000u}) {
      ExternalSort<Number> sort(directory.path(), memory);
      std::vector<std::uint64_t> expected;
      for (std::size_t i = 0; i < count; ++i) {
        expected.push_back(random() % (count + 1));
        sort.add({expected.back()});
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(drained(sort), expected) << memory << " " << count;
      EXPECT_TRUE(drained(sort).empty());
    }
  }
}

TEST(ExternalSort, LeavesNoFileBehindEvenWhileItWorks) {
  TestDirectory directory;
  ExternalSort<Number> sort(directory.path(), 100);
  for (std::uint64_t i = 0; i < 1000; ++i) sort.add({i * 7 % 1000});
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_EQ(drained(sort).size(), 1000u);
}

TEST(ExternalSort, TouchesNoDiskWhereMemorySuffices) {
  ExternalSort<Number> sort("/nonexistent", 1 << 20);
  for (std::uint64_t i = 0; i < 1000; ++i) sort.add({1000 - i});
  EXPECT_EQ(drained(sort).front(), 1u);
}

TEST(ExternalSort, SaysWhereItCouldNotSpill) {
  ExternalSort<Number> sort("/nonexistent", 100);
  EXPECT_EQ(failure_of([&] {
              for (std::uint64_t i = 0; i < 1000; ++i) sort.add({i});
            }),
            base::Code::storage);
}

}  // namespace
}  // namespace changeset
