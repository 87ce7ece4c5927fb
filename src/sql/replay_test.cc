// Every script that a deterministic generator makes of valid pieces, cut and mutated: what the splitter says of them
// must be true of any text.
#include <gtest/gtest.h>
#include <pg_query.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "sql/facts.h"
#include "sql/script.h"

namespace sql {
namespace {

constexpr std::array<std::string_view, 26> pieces = {
    "SELECT 1",
    "INSERT INTO t VALUES (1, 'it''s; here')",
    "DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100",
    "UPDATE \"we;ird\" SET a = E'x\\';y'",
    "SELECT E'a'\n'b;'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "DO $x$ a; $$ b; $y$ $x$",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END",
    "CREATE RULE r AS ON DELETE TO t DO (DELETE FROM a; DELETE FROM b)",
    "/* a ; /* b */ ; */ SELECT 2",
    "-- c ; '\nSELECT 3",
    "SELECT a$b$, $1, 4",
    "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d",
    "COPY t FROM stdin;\n1\t;'\n\\.\n",
    "COPY t FROM stdin WITH CSV;\r\n\"a;\"\r\n\\.\r\n",
    "TRUNCATE a, b.c CASCADE",
    "SELECT 'é測😀;'",
    "SELECT U&'\\0061;'",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1",
    "BEGIN",
    "COMMIT",
    "SELECT (1",
    "'",
    "\"",
    "\\q",
    "$$",
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  std::string script(std::size_t kinds) {
    std::string text;
    for (std::size_t n = 1 + below(5); n > 0; --n) text.append(pieces[below(kinds)]).append(below(4) ? ";\n" : "; ");
    return text;
  }

  std::string mutated() {
    static constexpr std::string_view marks = "'\"$;\\()/*-\n\rEe e\xC3\xA9\0[,:1";
    std::string text = script(pieces.size());
    for (std::size_t n = below(6); n > 0 && !text.empty(); --n) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text.erase(at, 1 + below(8));
          break;
        case 1:
          text.insert(at, 1, marks[below(marks.size())]);
          break;
        case 2:
          text[at] = marks[below(marks.size())];
          break;
        default:
          text.resize(at);
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

// Statements are parts of the script, in order, apart, not empty, and each says its own line; an error names the file.
void check(const std::string& script) {
  Splitter splitter(script, "s.sql");
  std::size_t passed = 0;
  try {
    while (const auto statement = splitter.next()) {
      const auto begin = static_cast<std::size_t>(statement->text.data() - script.data());
      ASSERT_FALSE(statement->text.empty());
      ASSERT_GE(begin, passed);
      ASSERT_LE(begin + statement->text.size(), script.size());
      ASSERT_EQ(statement->line,
                1 + std::count(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
      passed = begin + statement->text.size();
      if (statement->copy_data) {
        const auto data = static_cast<std::size_t>(statement->copy_data->data() - script.data());
        ASSERT_GE(data, passed);
        passed = data + statement->copy_data->size();
        ASSERT_LE(passed, script.size());
      }
    }
  } catch (const base::Error& error) {
    ASSERT_EQ(error.code(), base::Code::usage);
    ASSERT_TRUE(error.message().starts_with("s.sql:")) << error.message();
  }
}

std::vector<std::string> texts(std::string_view script) {
  std::vector<std::string> result;
  Splitter splitter(script, "s.sql");
  while (const auto statement = splitter.next()) result.emplace_back(statement->text);
  return result;
}

TEST(Replay, HoldsForMutatedScripts) {
  Generator generator(20260511);
  for (int i = 0; i < 100'000; ++i) {
    const std::string script = generator.mutated();
    check(script);
    if (HasFatalFailure()) FAIL() << i << ": " << testing::PrintToString(script);
  }
}

TEST(Replay, HoldsForEveryPrefix) {
  std::string script;
  for (const std::string_view piece : pieces) script.append(piece).append(";\n");
  for (std::size_t size = 0; size <= script.size(); ++size) check(script.substr(0, size));
}

// What is cut once comes out whole when it is cut again.
TEST(Replay, CutsItsOwnPiecesTheSame) {
  constexpr std::size_t without_data_and_errors = 13;
  Generator generator(7);
  for (int i = 0; i < 5'000; ++i) {
    const auto statements = texts(generator.script(without_data_and_errors));
    std::string joined;
    for (const std::string& statement : statements) joined += statement + ";";
    ASSERT_EQ(texts(joined), statements);
  }
}

// libpg_query's own splitter, which knows neither COPY data nor meta-commands nor BEGIN ATOMIC.
TEST(Replay, AgreesWithTheServersScanner) {
  constexpr std::size_t known_to_both = 7;
  Generator generator(11);
  for (int i = 0; i < 5'000; ++i) {
    const std::string script = generator.script(known_to_both);
    std::vector<std::string> expected;
    PgQuerySplitResult result = pg_query_split_with_scanner(script.c_str());
    ASSERT_EQ(result.error, nullptr) << script;
    for (int n = 0; n < result.n_stmts; ++n) {
      std::string text = script.substr(static_cast<std::size_t>(result.stmts[n]->stmt_location),
                                       static_cast<std::size_t>(result.stmts[n]->stmt_len));
      text.erase(0, text.find_first_not_of(" \n"));
      if (!text.empty()) expected.push_back(text);
    }
    pg_query_free_split_result(result);
    ASSERT_EQ(texts(script), expected) << script;
  }
}

TEST(Replay, AnalysesMutatedScripts) {
  Generator generator(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::string script = generator.mutated();
    const Facts facts = analyse(script);
    if (!facts.parsed) {
      ASSERT_TRUE(facts.writes.empty()) << script;
    }
  }
}

}  // namespace
}  // namespace sql
