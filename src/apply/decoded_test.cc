#include "apply/decoded.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "changeset/tuple.h"
#include "pg/test_server.h"

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

changeset::Relation relation(std::vector<std::string> columns, std::vector<std::uint32_t> key) {
  changeset::Relation relation{.schema = "public", .name = "t", .columns = {}, .key = std::move(key)};
  for (std::string& column : columns) relation.columns.push_back({std::move(column), "text"});
  return relation;
}

TEST(Decoded, names_a_row_by_its_key) {
  const auto t = relation({"a", "B c", "d"}, {1, 0});
  const auto id = [&](std::string_view line) { return decoded_id(parse_decoded(line)->values, t).value_or("none"); };
  EXPECT_EQ(id("table public.t: INSERT: a[integer]:1 \"B c\"[text]:'it''s, x' d[integer[]]:null"), "\"it's, x\",1");
  EXPECT_EQ(
      id("table public.t: UPDATE: old-key: a[integer]:1 \"B c\"[text]:'y' new-tuple: a[integer]:2 \"B c\"[text]:'y'"),
      "y,1");
  EXPECT_EQ(id("table public.t: DELETE: a[bit varying]:B'101' \"B c\"[text]:'new-tuple: '"), "new-tuple: ,101");
  EXPECT_EQ(id("table public.t: DELETE: (no-tuple-data)"), "none");
  EXPECT_EQ(id("table public.t: UPDATE: a[integer]:1 d[text]:unchanged-toast-datum"), "none");
  EXPECT_THROW(id("table public.t: INSERT: a[integer]:'1"), base::Error);
}

TEST(Decoded, names_the_rows_that_the_plan_does_not_know) {
  pg::TestServer server({{"wal_level", "logical"}, {"max_prepared_transactions", "2"}});
  server.connect().script(
      "CREATE TABLE t (at timestamptz PRIMARY KEY, d text); ALTER DATABASE postgres SET DateStyle = German;"
      "INSERT INTO t VALUES ('2026-01-01Z', 'planned'), ('2026-02-02Z', 'not')");
  Target target = Target::open(server.parameters(), "", {});
  const sys::TemporaryDirectory directory;
  const auto t = relation({"at", "d"}, {0});
  changeset::Writer writer(directory.path() / "planned");
  writer.add({.relation = writer.add(t),
              .op = changeset::Op::erase,
              .before = changeset::tuple_of({"2026-01-01 00:00:00+00", "planned"}),
              .after = {}});
  writer.close();
  DecodingSlot slot = DecodingSlot::create(target);
  target.session().none("BEGIN");
  const std::string xid = target.session().one_value("SELECT pg_current_xact_id()").value();
  target.session().script("DELETE FROM t; INSERT INTO t VALUES ('2026-03-03Z', 'neither'); PREPARE TRANSACTION 'x'");
  EXPECT_EQ(slot.read(xid).at("public.t").rows.total(), 3);
  Difference difference;
  slot.name_unplanned(xid, t, changeset::Reader(directory.path() / "planned"), difference);
  EXPECT_EQ(difference.ids, (std::vector<std::string>{"2026-02-02 00:00:00+00", "2026-03-03 00:00:00+00"}));
  target.session().none("ROLLBACK PREPARED 'x'");
}

}  // namespace
}  // namespace apply
