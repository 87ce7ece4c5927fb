#include "guard/migration.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "contract/contract.h"
#include "guard/handlers.h"
#include "guard/migration_names.h"
#include "guard/setting_functions.h"
#include "guard/sql_text.h"
#include "sys/file.h"

namespace guard {
namespace {

constexpr const char* kContract = R"([tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
ids = "1..4503599627370495"
[tables.users.populations.oauth]
ids = "..-1"
minted_by = "-web_user_id_seq"
[tables.users.populations.test]
ids = "4503599627370496.."
disposable = true
)";

// What is written, against the file that people have read; UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(PGREHEARSE_SOURCE_DIR) / "test/golden/migration" / name;
  if (std::getenv("UPDATE_GOLDEN")) sys::write_file(file, text, 0644);
  EXPECT_EQ(text, sys::read_file(file));
}

class MigrationTest : public testing::Test {
 protected:
  const contract::Population& population(const char* name) const { return *contract_.tables[0].find(name); }
  std::string written() const {
    return write_migration({{needs_}, functions_}, {"pgrehearse.toml", "app@db.example.com:5432/shop"});
  }

  contract::Contract contract_ = contract::parse(kContract, "pgrehearse.toml");
  BoundTable table_{.declared = &contract_.tables[0],
                    .oid = 1,
                    .schema = "public",
                    .name = "users",
                    .id = {.number = 1, .name = "id", .base = "int8"},
                    .population = {.number = 2, .name = "auth_source", .base = "text", .base_type = "pg_catalog.text"}};
  TableNeeds needs_{.table = &table_, .parts = {{.oid = 1, .schema = "public", .name = "users"}}};
  std::vector<SettingFunction> functions_;
};

TEST_F(MigrationTest, where_nothing_is_missing_there_is_nothing_to_run) {
  const std::string text = written();
  EXPECT_NE(text.find("Nothing is missing"), std::string::npos);
  EXPECT_EQ(text.find("\nSET"), std::string::npos);
}

TEST_F(MigrationTest, a_column_that_is_missing_is_made_filled_and_held_to) {
  table_.population.number = 0;
  needs_.column_missing = needs_.nullable = needs_.check_missing = needs_.index_missing = true;
  needs_.unpopulated = {.rows = 4'204, .becoming = {{"telegram", 3'000}, {"oauth", 1'204}}};
  expect_golden("column.sql", written());
}

TEST_F(MigrationTest, the_incident_is_put_right) {
  needs_.check_missing = needs_.index_missing = true;
  needs_.strays = {{&population("test"), 2, {"-91111101", "-1195"}}, {&population("oauth"), 1, {"17"}}};
  needs_.sequences = {{.population = &population("oauth"),
                       .schema = "public",
                       .name = "web_user_id_seq",
                       .negated = true,
                       .numbers = {.low = 1},
                       .allocator_missing = true,
                       .far_ahead = true,
                       .next = 91'111'110,
                       .gap_begins = 1195,
                       .gap_ends = 91'111'102,
                       .minted = 1'204},
                      {.population = &population("test"),
                       .schema = "public",
                       .name = "users_test_id_seq",
                       .exists = false,
                       .declared = false,
                       .numbers = {.low = 4503599627370496},
                       .start = 4503599627370496,
                       .allocator_missing = true}};
  functions_ = {
      {.signature = "public.sign_up(text)",
       .sequence = "public.web_user_id_seq",
       .way = SettingFunction::Case::heals,
       .definition = "CREATE OR REPLACE FUNCTION public.sign_up(person text)\n RETURNS bigint LANGUAGE plpgsql\nAS "
                     "$function$BEGIN RETURN 1; END$function$\n",
       .replaced = {"PERFORM setval('web_user_id_seq',\n    (SELECT max(-id) FROM users));"}},
      {.signature = "public.nightly()",
       .sequence = "public.web_user_id_seq",
       .definition = "CREATE OR REPLACE FUNCTION public.nightly()\n RETURNS void LANGUAGE plpgsql\nAS "
                     "$function$BEGIN RETURN; END$function$\n",
       .replaced = {"PERFORM setval('web_user_id_seq', (SELECT max(-id) FROM users));"}},
      {.signature = "public.heal()", .sequence = "public.web_user_id_seq"},
      {.signature = "public.reserve_block()",
       .sequence = "public.web_user_id_seq",
       .way = SettingFunction::Case::left_alone}};
  expect_golden("incident.sql", written());
}

TEST_F(MigrationTest, rows_that_say_nothing_are_a_person_s_where_they_are_few_or_unclear) {
  needs_.nullable = true;
  needs_.unpopulated = {
      .rows = 2, .becoming = {{"oauth", 1}}, .unclear = 1, .named = {{"-91111103", "oauth"}, {"0", ""}}, .few = true};
  needs_.sequences = {{.population = &population("oauth"),
                       .schema = "public",
                       .name = "web_user_id_seq",
                       .negated = true,
                       .numbers = {.low = 1},
                       .allocator_missing = true,
                       .allocator_foreign = true}};
  expect_golden("few.sql", written());
}

TEST_F(MigrationTest, partitions_get_their_indexes_one_by_one) {
  needs_.index_missing = true;
  needs_.parts = {{.oid = 1, .schema = "public", .name = "users", .leaf = false},
                  {.oid = 2, .schema = "public", .name = "users_low", .parent = 0, .index_broken = true},
                  {.oid = 3, .schema = "public", .name = "users_high", .leaf = false, .parent = 0},
                  {.oid = 4, .schema = "old", .name = "Users 1", .parent = 2}};
  expect_golden("partitions.sql", written());
}

TEST_F(MigrationTest, no_name_out_of_a_database_ends_a_comment_or_a_literal) {
  needs_.check_missing = true;
  needs_.unknown = {{"x\nDROP TABLE users; --", 3}};
  const std::string text = written();
  EXPECT_EQ(text.find("\nDROP"), std::string::npos);
  EXPECT_EQ(literal("te'st"), "'te''st'");
}

TEST(MigrationNamesTest, long_names_are_cut_between_characters_and_stay_different) {
  const std::string a = object_name({std::string(40, 'a'), "ööööööööööööööööööööö", "ids"});
  const std::string b = object_name({std::string(40, 'a'), "ööööööööööööööööööööö", "idx"});
  EXPECT_LE(a.size(), 63U);
  EXPECT_NE(a, b);
  EXPECT_EQ(object_name({"users", "auth_source", "ids"}), "users_auth_source_ids");
}

TEST(MigrationNamesTest, nobody_becomes_test_data_by_having_been_forgotten) {
  contract::Contract contract = contract::parse(kContract, "pgrehearse.toml");
  const BoundTable table{.declared = &contract.tables[0], .population = {.name = "auth_source", .base = "text"}};
  EXPECT_EQ(population_of(table, "id", true),
            "CASE WHEN id BETWEEN 1 AND 4503599627370495 THEN 'telegram' WHEN id <= -1 THEN 'oauth' WHEN id >= "
            "4503599627370496 THEN 'test' ELSE NULL END");
  EXPECT_EQ(population_of(table, "id", false).find("test"), std::string::npos);
}

TEST(SqlTextTest, no_body_ends_the_quote_that_it_stands_in) {
  EXPECT_EQ(dollar_quoted("fill", "\nEND "), "$fill$\nEND $fill$");
  EXPECT_EQ(dollar_quoted("fill", "a$fill$b $fill1$"), "$fill2$a$fill$b $fill1$$fill2$");
  EXPECT_EQ(dollar_quoted("fill", "a$fill"), "$fill1$a$fill$fill1$");
}

TEST(SqlTextTest, code_in_comments_comes_out_as_it_went_in) {
  SqlText sql;
  sql.comment_code("DO $x$\n  IF  'a  b' THEN\n\nEND $x$;\n");
  EXPECT_EQ(sql.text(), "--   DO $x$\n--     IF  'a  b' THEN\n--   \n--   END $x$;\n");
  SqlText other;
  other.comment_code("UPDATE t SET p = 'x\rDROP TABLE t' WHERE id = 1");
  EXPECT_EQ(other.text().find('\r'), std::string::npos);
}

TEST(SettingFunctionsTest, a_written_name_means_what_the_server_takes_it_for) {
  EXPECT_TRUE(means("own_seq", "public", "own_seq"));
  EXPECT_TRUE(means("PUBLIC.Own_Seq", "public", "own_seq"));
  EXPECT_TRUE(means("\"Großes Haus\".\"Lauf.\"\"Nr\"", "Großes Haus", "Lauf.\"Nr"));
  EXPECT_FALSE(means("own_seq2", "public", "own_seq"));
  EXPECT_FALSE(means("other.own_seq", "public", "own_seq"));
  EXPECT_FALSE(means("\"Own_Seq\"", "public", "own_seq"));
  EXPECT_FALSE(means("", "public", "own_seq"));
}

TEST(SettingFunctionsTest, what_sets_the_sequence_raises_in_its_place_and_the_rest_stays) {
  const std::string body = "BEGIN\n  PERFORM setval('s',\n    g(1));\n  RETURN 1;\nEND";
  const std::string changed = raise_instead(body, {{body.find("PERFORM"), body.find(";") + 1}}, "public.s");
  EXPECT_NE(changed.find("BEGIN\n  RAISE unique_violation"), std::string::npos);
  EXPECT_NE(changed.find(";\n  RETURN 1;\nEND"), std::string::npos);
  EXPECT_EQ(changed.find("setval"), std::string::npos);
}

// What a body holds: the sequence's name, and "handler" where it is in one, "perform" where it is a statement of its
// own.
std::vector<std::string> settings(std::string_view body) {
  const auto found = settings_in(body);
  if (!found) return {"lost"};
  std::vector<std::string> all;
  for (const Setting& setting : *found) {
    all.push_back(setting.name.value_or("?") + (setting.end ? " perform" : "") +
                  (setting.in_handler ? " handler" : ""));
  }
  return all;
}

using Words = std::vector<std::string>;

TEST(HandlersTest, a_handler_of_a_taken_id_is_known_from_everything_else) {
  EXPECT_EQ(settings("BEGIN LOOP BEGIN INSERT INTO t VALUES (1); RETURN 1; EXCEPTION WHEN unique_violation THEN\n"
                     "  PERFORM setval('s', (SELECT max(id) FROM t)); END; END LOOP; END"),
            Words{"s perform handler"});
  EXPECT_EQ(settings("BEGIN NULL; EXCEPTION WHEN SQLSTATE '23505' THEN IF a THEN PERFORM setval('s', 1); END IF; END"),
            Words{"s perform handler"});
  EXPECT_EQ(settings("BEGIN NULL; EXCEPTION WHEN others THEN PERFORM setval('s', 1); END"), Words{"s perform"});
  EXPECT_EQ(settings("BEGIN NULL; EXCEPTION WHEN unique_violation OR others THEN PERFORM setval('s', 1); END"),
            Words{"s perform"});
  EXPECT_EQ(settings("BEGIN NULL; EXCEPTION WHEN unique_violation THEN NULL; WHEN others THEN PERFORM setval('s', 1); "
                     "END"),
            Words{"s perform"});
  EXPECT_EQ(settings("BEGIN BEGIN NULL; EXCEPTION WHEN unique_violation THEN NULL; END; PERFORM setval('s', 1); END"),
            Words{"s perform"});
  EXPECT_EQ(settings("BEGIN RAISE EXCEPTION 'x'; PERFORM setval('s', 1); END"), Words{"s perform"});
}

TEST(HandlersTest, words_that_are_no_blocks_do_not_mislead) {
  EXPECT_EQ(settings("DECLARE x int := 1; BEGIN DROP TABLE IF EXISTS t; "
                     "FOR i IN 1..CASE WHEN a THEN 1 ELSE 2 END LOOP x := CASE x WHEN 1 THEN 2 END; END LOOP;\n"
                     "CASE x WHEN 1 THEN NULL; ELSE NULL; END CASE; x := setval('s', 1); -- setval('t', 1)\n"
                     "PERFORM f('setval'); EXIT WHEN x = 1; PERFORM setval(n, 1); END"),
            (Words{"s", "? perform"}));
  EXPECT_EQ(settings("BEGIN ALTER SEQUENCE s RESTART WITH 1; END;"), Words{"?"});
  EXPECT_EQ(settings("BEGIN PERFORM setval('s"), Words{"lost"});
  EXPECT_EQ(settings("END; END"), Words{"lost"});
  EXPECT_EQ(settings("BEGIN"), Words{"lost"});
  EXPECT_EQ(settings(""), Words{});
}

}  // namespace
}  // namespace guard
