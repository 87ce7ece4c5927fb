#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "contract/contract.h"
#include "contract/database.h"

namespace contract {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view example = R"toml([database]
url = "env:PGREHEARSE_TEST_URL"

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
)toml";

Contract read(std::string_view text) {
  return parse(text, "conf/pgrehearse.toml");
}

base::Error error_of(std::string_view text) {
  try {
    read(text);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::contract);
    return error;
  }
  ADD_FAILURE() << "no error from:\n" << text;
  return {base::Code::internal, ""};
}

// A table users whose populations are `populations`, from line 4.
std::string users(std::string_view populations) {
  return "[tables.users]\nid = \"id\"\npopulation = \"kind\"\n" + std::string(populations);
}

class TemporaryTree : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "contract_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  void TearDown() override { fs::remove_all(root); }

  void write(const fs::path& file, std::string_view text) const { std::ofstream(root / file) << text; }

  fs::path root;
};

TEST(Contract, ReadsTheWholeExample) {
  unsetenv("PGREHEARSE_TEST_URL");
  const Contract contract = read(example);
  EXPECT_EQ(contract.file, "conf/pgrehearse.toml");
  EXPECT_EQ(contract.hash, base::sha256_hex(example));
  ASSERT_EQ(contract.tables.size(), 1U);
  const Table& table = contract.tables[0];
  EXPECT_EQ(table.name, "users");
  EXPECT_EQ(table.id, "id");
  EXPECT_EQ(table.population, "auth_source");
  EXPECT_EQ(table.line, 4);
  EXPECT_EQ(table.id_line, 5);
  EXPECT_EQ(table.population_line, 6);
  ASSERT_EQ(table.populations.size(), 3U);
  EXPECT_EQ(table.find("test"), &table.populations[2]);
  EXPECT_EQ(table.find("Test"), nullptr);
  const Population& oauth = table.populations[1];
  EXPECT_EQ(oauth.ids.text(), "..-1");
  EXPECT_EQ(oauth.minted_by->sequence, "web_user_id_seq");
  EXPECT_TRUE(oauth.minted_by->negated);
  EXPECT_FALSE(oauth.disposable);
  EXPECT_EQ(oauth.line, 11);
  EXPECT_TRUE(table.populations[2].disposable);
  ASSERT_EQ(contract.probes.size(), 1U);
  EXPECT_EQ(contract.probes[0].name, "oauth signup");
  EXPECT_THAT(contract.probes[0].sql, HasSubstr("RETURNING id"));
  EXPECT_EQ(contract.probes[0].command, "");
  EXPECT_EQ(contract.budget.rows, 10000);
}

TEST(Contract, MayBeEmpty) {
  const Contract contract = read("");
  EXPECT_TRUE(contract.tables.empty());
  EXPECT_EQ(contract.budget.rows, std::nullopt);
  EXPECT_EQ(contract.hash.size(), 64U);
}

TEST(Contract, ResolvesVariables) {
  setenv("PGREHEARSE_TEST_URL", "postgres://u@h/db", 1);
  EXPECT_EQ(read(example).database_url, "postgres://u@h/db");
  EXPECT_EQ(read(example).database_url_variable, "");
  for (const char* value : {static_cast<const char*>(nullptr), ""}) {
    value ? setenv("PGREHEARSE_TEST_URL", value, 1) : unsetenv("PGREHEARSE_TEST_URL");
    EXPECT_EQ(read(example).database_url, "");
    EXPECT_EQ(read(example).database_url_variable, "PGREHEARSE_TEST_URL");
  }
  EXPECT_EQ(read("[database]\nurl = \"host=/tmp dbname=x\"").database_url, "host=/tmp dbname=x");
  EXPECT_THAT(error_of("[database]\nurl = \"env:\"").message(), HasSubstr("pgrehearse.toml:2: "));
}

TEST(Contract, NamesTheDatabaseUnlessAPersonDoes) {
  const Contract direct = read("[database]\nurl = \"host=h\"");
  EXPECT_EQ(database_of(direct, "", "--on"), "host=h");
  EXPECT_EQ(database_of(direct, "host=other", "--on"), "host=other");
  EXPECT_EQ(database_of(read(""), "", "--on"), "");
  unsetenv("PGREHEARSE_TEST_URL");
  EXPECT_EQ(database_of(read(example), "host=other", "--on"), "host=other");
  EXPECT_THROW(database_of(read(example), "", "--on"), base::Error);
}

TEST(Contract, KeepsTheOrderOfTheFile) {
  const Contract contract = read(
      "[tables.z]\nid = \"i\"\npopulation = \"p\"\npopulations = { z = {}, a = {}, m = {} }\n"
      "[probes.z]\nsql = \"SELECT 1\"\n[probes.a]\ncommand = \"true\"\n[tables.\"app.a\"]\nid = \"i\"\npopulation = "
      "\"p\"\n");
  ASSERT_EQ(contract.tables.size(), 2U);
  EXPECT_EQ(contract.tables[0].name, "z");
  EXPECT_EQ(contract.tables[1].name, "app.a");
  std::vector<std::string> populations;
  for (const Population& population : contract.tables[0].populations) populations.push_back(population.name);
  EXPECT_THAT(populations, ElementsAre("z", "a", "m"));
  EXPECT_EQ(contract.probes[0].name, "z");
  EXPECT_EQ(contract.probes[1].command, "true");
}

TEST(Contract, NamesFileAndLineOfBrokenToml) {
  EXPECT_THAT(error_of("[database]\nurl = \n").message(), HasSubstr("conf/pgrehearse.toml:2: "));
  EXPECT_THAT(error_of("[tables.users]\n[tables.users]\n").message(), HasSubstr("conf/pgrehearse.toml:2: "));
  EXPECT_THAT(error_of("a = \"\xFF\"").message(), HasSubstr("conf/pgrehearse.toml:1: "));
}

TEST(Contract, SuggestsTheNearestKnownKey) {
  const auto suggestion = [](std::string_view text, std::string_view line, std::string_view hint) {
    const base::Error error = error_of(text);
    EXPECT_THAT(error.message(), HasSubstr(line)) << text;
    EXPECT_THAT(error.hint(), HasSubstr(hint)) << text;
  };
  suggestion("\n[table.users]\n", ".toml:2: ", "tables");
  suggestion("[database]\nurls = \"x\"\n", ".toml:2: ", "url");
  suggestion(users("populaton = 1\n"), ".toml:4: ", "population");
  suggestion(users("[tables.users.populations.a]\nid = \"1\"\n"), ".toml:5: ", "ids");
  suggestion(users("[tables.users.populations.a]\n\nminted = \"s\"\n"), ".toml:6: ", "minted_by");
  suggestion("[probes.a]\nsql = \"x\"\ncomand = \"y\"\n", ".toml:3: ", "command");
  suggestion("[budget]\nrow = 1\n", ".toml:2: ", "rows");
  suggestion("[shops.main]\nkind = \"s3\"\n", ".toml:1: ", "tables");
}

TEST(Contract, SaysHowToNameATableInASchema) {
  const base::Error error = error_of("[tables.app.users]\nid = \"id\"\npopulation = \"p\"\n");
  EXPECT_THAT(error.message(), HasSubstr(".toml:1: "));
  EXPECT_THAT(error.hint(), HasSubstr("[tables.\"app.users\"]"));
}

TEST(Contract, RefusesWrongTypes) {
  for (const std::string& text :
       {std::string("tables = 1\n"), std::string("[tables]\nusers = \"x\"\n"), std::string("database = \"x\"\n"),
        std::string("[database]\nurl = 5\n"), std::string("[[probes]]\nsql = \"x\"\n"),
        std::string("[budget]\nrows = \"5\"\n"), std::string("[budget]\nrows = -1\n"),
        std::string("[budget]\nrows = 1.5\n"), users("populations = []\n"),
        users("[tables.users.populations.a]\ndisposable = \"true\"\n"),
        users("[tables.users.populations.a]\ndisposable = 1\n"), users("[tables.users.populations.a]\nids = 7\n"),
        users("[tables.users.populations.a]\nids = [\"1\", 7]\n"), users("[tables.users.populations.a]\nids = []\n"),
        users("[tables.users.populations.a]\nminted_by = [\"s\"]\n"),
        users("[tables.users.populations.a]\noverlaps = [1]\n")}) {
    EXPECT_THAT(error_of(text).message(), testing::ContainsRegex("^conf/pgrehearse.toml:[1-9]")) << text;
  }
}

TEST(Contract, NeedsIdAndPopulationOfATable) {
  EXPECT_THAT(error_of("\n[tables.users]\nid = \"id\"\n").message(),
              HasSubstr(".toml:2: table users needs “population”"));
  EXPECT_THAT(error_of("[tables.users]\npopulation = \"p\"\n").message(), HasSubstr(".toml:1: table users needs “id”"));
  EXPECT_THAT(error_of("[tables.users]\nid = \" \"\npopulation = \"p\"\n").message(),
              HasSubstr(".toml:2: “id” is empty"));
}

TEST(Contract, NamesTheLineOfABadRange) {
  EXPECT_THAT(error_of(users("[tables.users.populations.a]\nids = [\n  \"1..5\",\n  \"9..7\",\n]\n")).message(),
              HasSubstr(".toml:7: “9..7”"));
}

TEST(Contract, TakesSeveralRanges) {
  const Contract contract = read(users("[tables.users.populations.a]\nids = [\"1..5\", \"9\"]\n"));
  EXPECT_EQ(contract.tables[0].populations[0].ids.text(), "1..5, 9");
}

TEST(Contract, RefusesOverlapsThatAreNotDeclared) {
  const auto both = [](std::string_view a, std::string_view b) {
    return users("[tables.users.populations.b]\nids = \"1..9\"\n" + std::string(b) +
                 "[tables.users.populations.a]\nids = \"5..\"\n" + std::string(a));
  };
  const base::Error error = error_of(both("", ""));
  EXPECT_THAT(error.message(), HasSubstr(".toml:6: the id spaces of b and a overlap in 5..9"));
  EXPECT_THAT(error.hint(), HasSubstr("overlaps = [\"b\"]"));
  EXPECT_NO_THROW(read(both("overlaps = [\"b\"]\n", "")));
  EXPECT_NO_THROW(read(both("", "overlaps = [\"a\"]\n")));
}

TEST(Contract, RefusesOverlapsOnOneLine) {
  error_of(users("populations = { a = { ids = \"1..9\" }, b = { ids = \"5..\" } }\n"));
}

TEST(Contract, LetsAPopulationOfEveryIdOverlap) {
  EXPECT_NO_THROW(read(users("[tables.users.populations.a]\n[tables.users.populations.b]\nids = \"1..\"\n")));
}

TEST(Contract, DeclaresOverlapsOnlyWithOtherPopulations) {
  EXPECT_THAT(error_of(users("[tables.users.populations.a]\noverlaps = [\"b\"]\n")).message(), HasSubstr(".toml:4: "));
  EXPECT_THAT(error_of(users("[tables.users.populations.a]\noverlaps = [\"a\"]\n")).message(), HasSubstr(".toml:4: "));
}

TEST(Contract, RefusesAMintOutsideItsSpace) {
  const auto population = [](std::string_view ids, std::string_view mint) {
    return users("[tables.users.populations.a]\n" + std::string(ids) + "minted_by = \"" + std::string(mint) + "\"\n");
  };
  EXPECT_THAT(error_of(population("ids = \"1..\"\n", "-s")).message(), HasSubstr(".toml:6: "));
  EXPECT_THAT(error_of(population("ids = \"0\"\n", "-s")).message(), HasSubstr(".toml:6: "));
  EXPECT_THAT(error_of(population("ids = \"..0\"\n", "s")).message(), HasSubstr(".toml:6: "));
  EXPECT_NO_THROW(read(population("ids = \"-9..9\"\n", "s")));
  EXPECT_NO_THROW(read(population("ids = [\"1..\", \"-5\"]\n", "-app.s")));
  EXPECT_NO_THROW(read(population("", "-s")));
  for (const char* nothing : {"", "-", "--s", "- s", " s"}) error_of(population("", nothing));
}

TEST(Contract, WantsOneOfSqlAndCommandInAProbe) {
  EXPECT_THAT(error_of("[probes.a]\n").message(), HasSubstr(".toml:1: "));
  EXPECT_THAT(error_of("\n[probes.a]\nsql = \"x\"\ncommand = \"y\"\n").message(), HasSubstr(".toml:2: "));
  EXPECT_THAT(error_of("[probes.a]\nsql = \"\\n\"\n").message(), HasSubstr(".toml:2: "));
}

TEST(Contract, SurvivesDeepNesting) {
  error_of("a = " + std::string(100'000, '['));
}

TEST_F(TemporaryTree, IsLoadedFromAFile) {
  write("pgrehearse.toml", example);
  const Contract contract = load(root / "pgrehearse.toml");
  EXPECT_EQ(contract.file, root / "pgrehearse.toml");
  EXPECT_EQ(contract.tables.size(), 1U);
}

TEST_F(TemporaryTree, MayHoldAnEmptyContract) {
  write("pgrehearse.toml", "");
  EXPECT_TRUE(load(root / "pgrehearse.toml").tables.empty());
}

TEST_F(TemporaryTree, RefusesFilesThatAreNoContract) {
  write("long.toml", std::string(2 << 20, '#'));
  for (const fs::path& file : {root / "missing.toml", root, root / "long.toml"}) {
    try {
      load(file);
      ADD_FAILURE() << file;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::contract);
      EXPECT_THAT(error.message(), HasSubstr(file.string()));
    }
  }
}

TEST_F(TemporaryTree, IsFoundInTheNearestDirectoryAbove) {
  fs::create_directories(root / "a/b");
  write("pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root), root / "pgrehearse.toml");
  EXPECT_EQ(find_contract(root / "a/b"), root / "pgrehearse.toml");
  write("a/pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root / "a/b"), root / "a/pgrehearse.toml");
}

TEST_F(TemporaryTree, IsNotSoughtAboveARepository) {
  fs::create_directories(root / "a/.git");
  fs::create_directories(root / "a/b");
  write("pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root / "a/b"), std::nullopt);
  write("a/pgrehearse.toml", "");
  EXPECT_EQ(find_contract(root / "a/b"), root / "a/pgrehearse.toml");
}

}  // namespace
}  // namespace contract
