#include "guard/migration.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "contract/contract.h"
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
                       .back_to = 1195,
                       .carried_to = 91'111'102,
                       .minted = 1'204,
                       .witnessed = true},
                      {.population = &population("test"),
                       .schema = "public",
                       .name = "users_test_id_seq",
                       .exists = false,
                       .declared = false,
                       .numbers = {.low = 4503599627370496},
                       .start = 4503599627370496,
                       .allocator_missing = true}};
  functions_ = {{"public.sign_up(text)", "public.web_user_id_seq",
                 "CREATE OR REPLACE FUNCTION public.sign_up(person text)\n RETURNS bigint LANGUAGE plpgsql\nAS "
                 "$function$BEGIN RETURN 1; END$function$\n"},
                {"public.heal()", "public.web_user_id_seq", ""}};
  expect_golden("incident.sql", written());
}

TEST_F(MigrationTest, what_may_be_somebody_s_is_left_to_a_person) {
  needs_.check_missing = true;
  needs_.strays = {{&population("test"), 2, {"-7"}, {"1 row of test may be people of oauth"}}};
  needs_.sequences = {{.population = &population("oauth"),
                       .schema = "public",
                       .name = "web_user_id_seq",
                       .negated = true,
                       .numbers = {.low = 1},
                       .allocator_missing = true,
                       .allocator_taken = true,
                       .back_to = 11,
                       .carried_to = 20'000'000,
                       .minted = 511}};
  const std::string text = written();
  for (const char* live :
       {"\n  DELETE", "\nDELETE", "\nALTER SEQUENCE", "    ALTER SEQUENCE", "\nCREATE OR REPLACE FUNCTION"})
    EXPECT_EQ(text.find(live), std::string::npos) << live << text;
  EXPECT_NE(text.find("RESTART WITH 11;"), std::string::npos);
}

TEST(SqlTextTest, no_name_ends_a_dollar_quote) {
  EXPECT_EQ(dollar_quoted("a$fill$b", "fill"), "$fill_$a$fill$b$fill_$");
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

TEST(SettingFunctionsTest, what_sets_the_sequence_raises_in_its_place_and_the_rest_stays) {
  const auto changed = raise_instead(
      "BEGIN\n  -- PERFORM setval('own_seq', 1);\n  PERFORM f(';');\nEXCEPTION WHEN unique_violation THEN\n"
      "  PERFORM setval('public.own_seq',\n    g(1));\n  RETURN 1;\nEND",
      "own_seq");
  ASSERT_TRUE(changed);
  EXPECT_NE(changed->find("THEN\n  RAISE unique_violation"), std::string::npos);
  EXPECT_NE(changed->find(";\n  RETURN 1;\nEND"), std::string::npos);
  EXPECT_NE(changed->find("-- PERFORM setval"), std::string::npos);
}

TEST(SettingFunctionsTest, what_only_a_person_can_change_is_left_to_a_person) {
  EXPECT_FALSE(raise_instead("BEGIN x := setval('own_seq', 1); END", "own_seq"));
  EXPECT_FALSE(raise_instead("BEGIN PERFORM setval('own_seq', 1); x := setval('own_seq', 2); END", "own_seq"));
  EXPECT_FALSE(raise_instead("BEGIN PERFORM setval('other', 1); END", "own_seq"));
  EXPECT_FALSE(raise_instead("BEGIN PERFORM setval('own_seq", "own_seq"));
  EXPECT_FALSE(raise_instead("BEGIN PERFORM setval('own_seq', g(1)); END", "own_seq"));
  EXPECT_FALSE(raise_instead("EXCEPTION WHEN unique_violation THEN PERFORM setval('own_seq2', g(1)); END", "own_seq"));
}

}  // namespace
}  // namespace guard
