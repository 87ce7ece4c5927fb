#include "source/values.h"

#include <gtest/gtest.h>

namespace source {
namespace {

TEST(Numbers, AreToldFromExpressions) {
  for (const char* number : {"-91111101", " 5 ", "-91_111_101i64", "7L", "5n", "(-3)", "int64(9)"})
    EXPECT_TRUE(is_whole_number(number)) << number;
  for (const char* other : {"", "-", "1.5", "5 + 1", "x", "f(5)", "'5'", "0x10"})
    EXPECT_FALSE(is_whole_number(other)) << other;
}

TEST(Numbers, ThatAreCountedAreNoConstants) {
  for (const char* program :
       {"i = 0\ni += 1", "let i = 0; i++", "++i", "$i++", "i := i + 1", "i=$((i + 1))", "i = i+1"})
    EXPECT_TRUE(is_counted("i", program)) << program;
  for (const char* program : {"i = 5", "i == i2", "ii++", "x = i + 1", "i = j + i"})
    EXPECT_FALSE(is_counted("i", program)) << program;
}

TEST(Ranges, AreToldFromPathsAndSpreads) {
  for (const char* range :
       {"list(range(1, 5))", "(-9..-1).to_a", "1..=n", "a...b", "$(seq 1 9)", "IntStream.range(1, 2)"})
    EXPECT_TRUE(is_range(range)) << range;
  for (const char* other : {"[...ids]", "f(...ids)", "date_range(x)", "../a", "ids"})
    EXPECT_FALSE(is_range(other)) << other;
}

TEST(Queries, OfRowsAreToldFromOthers) {
  EXPECT_EQ(query_of_rows("cur.execute(\"SELECT max(id) FROM t\")"), "SELECT max(id) FROM t\")");
  EXPECT_EQ(query_of_rows("cur.execute(\"SELECT value FROM t\")"), "");
  EXPECT_EQ(query_of_rows("max(select)"), "");
}

}  // namespace
}  // namespace source
