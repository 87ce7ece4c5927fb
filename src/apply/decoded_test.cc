#include "apply/decoded.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace apply {
namespace {

using Op = DecodedLine::Op;

void expect_line(std::string_view line, const std::string& table, Op op) {
  const auto decoded = parse_decoded(line);
  ASSERT_TRUE(decoded) << line;
  EXPECT_EQ(decoded->table, table);
  EXPECT_EQ(decoded->op, op);
}

TEST(Decoded, names_the_table_and_what_was_done) {
  expect_line("table public.users: INSERT: id[bigint]:1 name[text]:'a: DELETE: b'", "public.users", Op::insert);
  expect_line("table public.users: UPDATE: old-key: id[bigint]:1 new-tuple: id[bigint]:2", "public.users", Op::update);
  expect_line("table public.users: DELETE: (no-tuple-data)", "public.users", Op::erase);
  expect_line("table public.users: TRUNCATE: (no-flags)", "public.users", Op::truncate);
  expect_line("table public.a, public.b: TRUNCATE: cascade", "public.a", Op::truncate);
}

TEST(Decoded, reads_names_with_quotes_dots_and_colons_in_them) {
  expect_line("table \"My \"\"Schema\"\"\".\"a.b: INSERT: \": DELETE: id[bigint]:1",
              "My \"Schema\".a.b: INSERT: ", Op::erase);
}

TEST(Decoded, passes_over_the_lines_around_changes) {
  for (const std::string_view line : {"BEGIN", "PREPARE TRANSACTION 'table x'", "COMMIT", ""}) {
    EXPECT_FALSE(parse_decoded(line)) << line;
  }
}

TEST(Decoded, refuses_what_is_no_change) {
  for (const std::string_view line : {"table ", "table public", "table public.users", "table public.users: MERGE: x",
                                      "table \"public.users: INSERT: x", "table .users: INSERT: x"}) {
    EXPECT_THROW(parse_decoded(line), base::Error) << line;
  }
}

TEST(Decoded, survives_whatever_is_cut_or_flipped) {
  const std::string line = "table \"s\"\"x\".\"t y\": UPDATE: old-key: id[bigint]:1 new-tuple: id[bigint]:2";
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = line.substr(0, random() % (line.size() + 1));
    if (!damaged.empty()) damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      parse_decoded(damaged);
    } catch (const base::Error&) {
    }
  }
}

}  // namespace
}  // namespace apply
