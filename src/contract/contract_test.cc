#include "contract/contract.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "base/error.h"
#include "base/hash.h"

namespace contract {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

constexpr std::string_view example = R"([database]
url = "postgresql://app@db/shop"

[tables.users]
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

[probes."oauth signup"]
sql = "INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth') RETURNING id"

[budget]
rows = 10000
)";

base::Error refusal(std::string_view text) {
  try {
    parse(text, "c.toml");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::contract);
    return error;
  }
  return {base::Code::internal, "nothing was refused"};
}

// Lines 1 to 3 are a complete table; what is tested begins on line 4.
std::string with_table(std::string_view rest) {
  return fmt::format("[tables.t]\nid = \"id\"\npopulation = \"kind\"\n{}", rest);
}

Population population(std::string_view keys) {
  return parse(with_table(fmt::format("[tables.t.populations.p]\n{}", keys)), "c.toml").tables.at(0).populations.at(0);
}

TEST(Parse, ReadsTheWholeExample) {
  const Contract contract = parse(example, "dir/c.toml");
  EXPECT_EQ(contract.file, "dir/c.toml");
  EXPECT_EQ(contract.hash, base::sha256_hex(example));
  EXPECT_EQ(contract.database_url, "postgresql://app@db/shop");
  ASSERT_EQ(contract.tables.size(), 1U);
  const Table& users = contract.tables[0];
  EXPECT_EQ(users.name, "users");
  EXPECT_EQ(users.id, "id");
  EXPECT_EQ(users.population, "auth_source");
  EXPECT_EQ(users.line, 4);
  EXPECT_EQ(users.id_line, 5);
  EXPECT_EQ(users.population_line, 6);
  ASSERT_EQ(users.populations.size(), 3U);
  EXPECT_EQ(users.populations[0].name, "telegram");
  EXPECT_EQ(users.populations[0].ids.text(), "1..4503599627370495");
  EXPECT_FALSE(users.populations[0].disposable);
  EXPECT_FALSE(users.populations[0].minted_by);
  EXPECT_EQ(users.populations[1].minted_by->sequence, "web_user_id_seq");
  EXPECT_TRUE(users.populations[1].minted_by->negated);
  EXPECT_EQ(users.populations[1].line, 11);
  EXPECT_TRUE(users.populations[2].disposable);
  ASSERT_EQ(contract.probes.size(), 1U);
  EXPECT_EQ(contract.probes[0].name, "oauth signup");
  EXPECT_THAT(contract.probes[0].sql, HasSubstr("RETURNING id"));
  EXPECT_EQ(contract.probes[0].command, "");
  EXPECT_EQ(contract.probes[0].line, 19);
  EXPECT_EQ(contract.budget.rows, 10000);
}

TEST(Parse, TakesAnEmptyFileForAnEmptyContract) {
  const Contract contract = parse("", "c.toml");
  EXPECT_EQ(contract.file, "c.toml");
  EXPECT_THAT(contract.tables, IsEmpty());
  EXPECT_THAT(contract.probes, IsEmpty());
  EXPECT_EQ(contract.budget.rows, std::nullopt);
  EXPECT_EQ(contract.database_url, "");
}

TEST(Parse, KeepsTheOrderOfTheFile) {
  const Contract contract = parse(
      "[tables.z]\nid=\"i\"\npopulation=\"p\"\n[tables.\"a.b\"]\nid=\"i\"\npopulation=\"p\"\n[tables.\"a.b\"."
      "populations]\nz = {}\n"
      "a = {}\n[probes.y]\nsql=\"1\"\n[probes.x]\ncommand=\"true\"",
      "c.toml");
  EXPECT_EQ(contract.tables.at(0).name, "z");
  EXPECT_EQ(contract.tables.at(1).name, "a.b");
  EXPECT_EQ(contract.tables[1].populations.at(0).name, "z");
  EXPECT_EQ(contract.tables[1].populations.at(1).name, "a");
  EXPECT_EQ(contract.probes.at(0).name, "y");
  EXPECT_EQ(contract.probes.at(1).command, "true");
}

TEST(Parse, ReadsListsOfRangesAndOfOverlaps) {
  EXPECT_EQ(population("ids = [\"1..9\", \"20..\", \"-5\"]").ids.text(), "1..9, 20.., -5");
  EXPECT_EQ(population("").ids.text(), "every id");
  const Contract contract = parse(with_table("[tables.t.populations]\na = {ids = \"1..9\"}\nb = {ids = \"5..\"}\n"
                                             "c = {ids = \"9\", overlaps = [\"a\", \"b\"]}\n[tables.t.populations.d]\n"
                                             "overlaps = \"a\"\n"
                                             "[budget]\nrows = 0"),
                                  "c.toml");
  EXPECT_EQ(contract.budget.rows, 0);
}

// A contract that is wrong, the line that it is wrong on, and words of the message or the hint.
struct Wrong {
  const char* text;
  int line;
  const char* message;
  const char* hint;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class Refused : public testing::TestWithParam<Wrong> {};

TEST_P(Refused, WithFileLineAndHint) {
  const base::Error error = refusal(GetParam().text);
  EXPECT_THAT(error.message(), testing::StartsWith(fmt::format("c.toml:{}: ", GetParam().line)));
  EXPECT_THAT(error.message(), HasSubstr(GetParam().message));
  EXPECT_THAT(error.hint(), HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(Toml, Refused,
                         testing::Values(Wrong{"\nrows = = 1", 2, "", "TOML"},
                                         Wrong{"[budget]\nrows = 1\nrows = 2", 3, "", "TOML"},
                                         Wrong{"[budget]\nrows = 1\n[budget]\n", 3, "", "TOML"},
                                         Wrong{"[tables.t.populations.p]\n\n[tables.t.populations.p]", 3, "", "TOML"},
                                         Wrong{"[budget]\nrows = 9223372036854775808", 2, "", "TOML"},
                                         Wrong{"[database]\nurl = \"\xFF\"", 2, "", "TOML"}));

INSTANTIATE_TEST_SUITE_P(
    UnknownKeys, Refused,
    testing::Values(Wrong{"\n[tabels.users]", 2, "the contract has no key “tabels”", "did you mean “tables”?"},
                    Wrong{"[database]\nulr = \"x\"", 2, "[database] has no key “ulr”", "did you mean “url”?"},
                    Wrong{"[budget]\nrow = 1", 2, "[budget] has no key “row”", "did you mean “rows”?"},
                    Wrong{"[probes.p]\nsql = \"x\"\nexpectation = 1", 3, "probe “p” has no key",
                          "known are: sql, command"},
                    Wrong{"[tables.t]\nid = \"i\"\npopulaton = \"p\"", 3, "table t has no key", "“population”?"},
                    Wrong{"[tables.app.users]\nid = \"i\"", 1, "table app has no key “users”", "known are: id"},
                    Wrong{"[tables.t]\nid=\"i\"\npopulation=\"p\"\n[tables.t.populations.x]\ndisposible = true", 5,
                          "population x has no key", "“disposable”?"}));

INSTANTIATE_TEST_SUITE_P(Types, Refused,
                         testing::Values(Wrong{"database = 1", 1, "“database” has to be a table", ""},
                                         Wrong{"\n[[tables]]", 2, "“tables” has to be a table", ""},
                                         Wrong{"[tables]\nt = 1", 2, "“tables.t” has to be a table", ""},
                                         Wrong{"[database]\nurl = 1", 2, "“url” has to be a string", ""},
                                         Wrong{"[database]\nurl = \"\"", 2, "“url” is empty", ""},
                                         Wrong{"[database]\nurl = \"env:\"", 2, "names no variable", ""},
                                         Wrong{"[budget]\nrows = \"1\"", 2, "whole number", ""},
                                         Wrong{"[budget]\nrows = -1", 2, "0 or more", ""},
                                         Wrong{"[budget]\nrows = 1.5", 2, "whole number", ""},
                                         Wrong{"[tables.t]\nid = 1\npopulation = \"p\"", 2, "“id” has to be a string",
                                               ""}));

INSTANTIATE_TEST_SUITE_P(Tables, Refused,
                         testing::Values(Wrong{"\n[tables.t]\nid = \"i\"", 2, "table t needs “population”", ""},
                                         Wrong{"[tables.t]\npopulation = \"p\"", 1, "table t needs “id”", ""},
                                         Wrong{"[tables.t]", 1, "table t needs “id”", ""},
                                         Wrong{"\n\n[probes.p]", 3, "probe “p” needs either “sql” or “command”", ""},
                                         Wrong{"[probes.p]\nsql = \"x\"\ncommand = \"y\"", 1, "probe “p” needs either",
                                               ""}));

class RefusedPopulation : public testing::TestWithParam<Wrong> {};

TEST_P(RefusedPopulation, WithFileLineAndHint) {
  const base::Error error = refusal(with_table(GetParam().text));
  EXPECT_THAT(error.message(), testing::StartsWith(fmt::format("c.toml:{}: ", GetParam().line)));
  EXPECT_THAT(error.message(), HasSubstr(GetParam().message));
  EXPECT_THAT(error.hint(), HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedPopulation,
    testing::Values(
        Wrong{"[tables.t.populations.p]\nids = \"9..1\"", 5, "it ends before it begins", "write \"1..45"},
        Wrong{"[tables.t.populations.p]\nids = [\"1\",\n \"x\"]", 5, "“x” is not a range of ids", "write"},
        Wrong{"[tables.t.populations.p]\nids = 5", 5, "a string or a list of strings", ""},
        Wrong{"[tables.t.populations.p]\nids = [1, 2]", 5, "a string or a list of strings", ""},
        Wrong{"[tables.t.populations.p]\nids = []", 5, "holds no range", "leave it out"},
        Wrong{"[tables.t.populations.p]\ndisposable = 1", 5, "true or false", ""},
        Wrong{"[tables.t.populations.p]\nminted_by = \"-\"", 5, "names no sequence", ""},
        Wrong{"[tables.t.populations.p]\nminted_by = \"\"", 5, "is empty", ""},
        Wrong{"[tables.t.populations.p]\nids = \"1..\"\nminted_by = \"-s\"", 6, "mints negative ids", "minus"},
        Wrong{"[tables.t.populations.p]\nids = \"..0\"\nminted_by = \"s\"", 6, "mints positive ids", "minus"},
        Wrong{"[tables.t.populations.p]\noverlaps = [1]", 5, "a string or a list of strings", ""},
        Wrong{"[tables.t.populations.p]\noverlaps = \"q\"", 4, "overlaps “q”, which is no other population", ""},
        Wrong{"[tables.t.populations.p]\noverlaps = \"p\"", 4, "overlaps “p”, which is no other population", ""}));

INSTANTIATE_TEST_SUITE_P(
    Overlaps, RefusedPopulation,
    testing::Values(
        Wrong{"[tables.t.populations.a]\nids = \"1..9\"\n[tables.t.populations.b]\nids = \"9..\"", 6,
              "the id spaces of a and b overlap in 9", "overlaps = [\"a\"]"},
        Wrong{
            "[tables.t.populations.b]\nids = [\"-1\", \"..-9\"]\n[tables.t.populations.a]\nids = [\"5\", \"-20..-8\"]",
            6, "the id spaces of b and a overlap in -20..-9", "overlaps = [\"b\"]"},
        Wrong{"populations = {a = {ids = \"1..\"}, b = {ids = \"5\"}}", 4, "overlap in 5", "overlaps"}));

TEST(Overlaps, MayBeDeclaredOnEitherSide) {
  for (const char* keys : {"a = {ids = \"1..9\"}\nb = {ids = \"9..\", overlaps = \"a\"}",
                           "a = {ids = \"1..9\", overlaps = [\"b\"]}\nb = {ids = \"9..\"}"})
    EXPECT_NO_THROW(parse(with_table(fmt::format("[tables.t.populations]\n{}", keys)), "c.toml")) << keys;
}

TEST(Overlaps, AreNoMatterToPopulationsWithoutIdsNorToOtherTables) {
  EXPECT_NO_THROW(parse(with_table("[tables.t.populations]\na = {ids = \"1..9\"}\nb = {}\n[tables.u]\nid = \"i\"\n"
                                   "population = \"p\"\npopulations = {a = {ids = \"1..9\"}}"),
                        "c.toml"));
}

TEST(DatabaseUrl, IsTakenFromTheEnvironment) {
  ::setenv("PGREHEARSE_TEST_URL", "host=/run dbname=x", 1);
  const Contract contract = parse("[database]\nurl = \"env:PGREHEARSE_TEST_URL\"", "c.toml");
  EXPECT_EQ(contract.database_url, "host=/run dbname=x");
  EXPECT_EQ(contract.database_url_variable, "");
  ::unsetenv("PGREHEARSE_TEST_URL");
}

TEST(DatabaseUrl, NamesTheVariableThatIsUnsetOrEmpty) {
  ::unsetenv("PGREHEARSE_TEST_URL");
  for (int round = 0; round < 2; ++round) {
    const Contract contract = parse("[database]\nurl = \"env:PGREHEARSE_TEST_URL\"", "c.toml");
    EXPECT_EQ(contract.database_url, "");
    EXPECT_EQ(contract.database_url_variable, "PGREHEARSE_TEST_URL");
    ::setenv("PGREHEARSE_TEST_URL", "", 1);
  }
  ::unsetenv("PGREHEARSE_TEST_URL");
}

TEST(Mint, IsPlainOrNegatedWithASchema) {
  const Population plain = population("ids = \"0..\"\nminted_by = \"app.seq\"");
  EXPECT_EQ(plain.minted_by->sequence, "app.seq");
  EXPECT_FALSE(plain.minted_by->negated);
  EXPECT_EQ(population("minted_by = \"-app.seq\"").minted_by->sequence, "app.seq");
}

TEST(IdRange, IsClosedAtBothEnds) {
  const IdRange range = parse_id_range("-3..5");
  EXPECT_TRUE(range.contains(-3));
  EXPECT_TRUE(range.contains(5));
  EXPECT_FALSE(range.contains(-4));
  EXPECT_FALSE(range.contains(6));
}

TEST(IdRange, ReachesTheLimitsOfInt64) {
  EXPECT_EQ(parse_id_range("1..").high, highest);
  EXPECT_EQ(parse_id_range("..-1").low, lowest);
  const IdRange all = parse_id_range("-9223372036854775808..9223372036854775807");
  EXPECT_EQ(all.low, lowest);
  EXPECT_EQ(all.high, highest);
  EXPECT_TRUE(all.contains(lowest) && all.contains(0) && all.contains(highest));
}

TEST(IdRange, MaySurroundIdsWithBlanks) {
  EXPECT_EQ(parse_id_range(" 1 .. 5 ").text(), "1..5");
  EXPECT_EQ(parse_id_range(" 7 ").text(), "7");
}

TEST(IdRange, IsWrittenAsItIsRead) {
  for (const char* text : {"1..4503599627370495", "..-1", "4503599627370496..", "7", "-7", "0", "-9..-3"})
    EXPECT_EQ(parse_id_range(text).text(), text);
  EXPECT_EQ(parse_id_range("5..5").text(), "5");
}

TEST(IdRange, RefusesWhatIsNone) {
  for (const char* text : {"", " ", "..", "x", "1..x", "1...5", "1..2..3", "1.5", "+5", "- 5", "0x10", "1,5", "1 2",
                           "5..1", "9223372036854775808", "..-9223372036854775809", "١"}) {
    try {
      parse_id_range(text);
      ADD_FAILURE() << text;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::contract) << text;
      EXPECT_THAT(error.message(), HasSubstr("is not a range of ids")) << text;
      EXPECT_THAT(error.hint(), HasSubstr("1..4503599627370495")) << text;
    }
  }
}

TEST(IdSpace, HoldsAnyOfItsRangesAndEveryIdWithoutRanges) {
  const IdSpace space{{parse_id_range("1..3"), parse_id_range("7")}};
  EXPECT_TRUE(space.contains(3) && space.contains(7));
  EXPECT_FALSE(space.contains(4));
  EXPECT_TRUE(IdSpace{}.contains(lowest));
}

TEST(IdSpace, NamesWhereTwoOverlap) {
  const IdSpace space{{parse_id_range("1..3"), parse_id_range("7..")}};
  EXPECT_EQ(space.overlap({{parse_id_range("5..9")}})->text(), "7..9");
  EXPECT_FALSE(space.overlap({{parse_id_range("4..6"), parse_id_range("..0")}}));
  EXPECT_FALSE(space.overlap({}));
}

TEST(Table, FindsAPopulationByItsExactValue) {
  const Contract contract = parse(example, "c.toml");
  EXPECT_EQ(contract.tables[0].find("test")->name, "test");
  EXPECT_EQ(contract.tables[0].find("Test"), nullptr);
}

class Files : public testing::Test {
 protected:
  Files() {
    std::string name = (fs::temp_directory_path() / "pgrehearse-contract-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    root_ = name;
  }
  ~Files() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  fs::path write(const fs::path& file, std::string_view text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
    return root_ / file;
  }

  fs::path root_;
};

TEST_F(Files, LoadReadsTheFile) {
  const fs::path file = write("pgrehearse.toml", example);
  const Contract contract = load(file);
  EXPECT_EQ(contract.file, file);
  EXPECT_EQ(contract.hash, base::sha256_hex(example));
}

TEST_F(Files, LoadRefusesWhatCannotBeRead) {
  for (const fs::path& file : {root_ / "none.toml", root_}) {
    try {
      load(file);
      ADD_FAILURE() << file;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::contract);
      EXPECT_THAT(error.message(), HasSubstr(file.string()));
      EXPECT_THAT(error.hint(), HasSubstr("--contract"));
    }
  }
}

TEST_F(Files, LoadTakesAnEmptyFile) {
  EXPECT_THAT(load(write("pgrehearse.toml", "")).tables, IsEmpty());
}

TEST_F(Files, TheNearestContractIsFound) {
  const fs::path outer = write("pgrehearse.toml", "");
  fs::create_directories(root_ / "a/b");
  EXPECT_EQ(find_contract(root_ / "a/b"), outer);
  const fs::path inner = write("a/pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root_ / "a/b"), inner);
}

TEST_F(Files, TheSearchEndsAtGit) {
  write("pgrehearse.toml", "");
  fs::create_directories(root_ / "repository/.git");
  fs::create_directories(root_ / "repository/scripts");
  EXPECT_EQ(find_contract(root_ / "repository/scripts"), std::nullopt);
  const fs::path own = write("repository/pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root_ / "repository/scripts"), own);
  write("worktree/.git", "gitdir: elsewhere");
  EXPECT_EQ(find_contract(root_ / "worktree"), std::nullopt);
}

}  // namespace
}  // namespace contract
