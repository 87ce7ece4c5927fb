// The splitter on scripts that nobody wrote: deterministic mutations, and PostgreSQL's own scanner as an oracle.
#include <gtest/gtest.h>
#include <pg_query.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "sql/script.h"

namespace sql {
namespace {

constexpr int scripts_tried = 30'000;

constexpr std::array<std::string_view, 48> fragments = {
    "SELECT ", "'",    "''",         "\"",       "E'",           "e'\\'", "U&'",      "$$",        "$a$",    "$1",
    "--",      "/*",   "*/",         "\n",       "\r\n",         ";",     "(",        ")",         "\\",     "\\.\n",
    "COPY ",   "t ",   "FROM ",      "STDIN",    "CREATE ",      "OR ",   "REPLACE ", "FUNCTION ", "BEGIN ", "ATOMIC ",
    "CASE ",   "END ", "PROCEDURE ", "\xC3\xA4", "\xEF\xBB\xBF", "1",     "e",        "$",         " ",      "-",
    "/",       "*",    ",",          "::",       "\t",           "N'x'",  "TO ",      "\xFF"};

class Script {
 public:
  explicit Script(std::uint32_t seed) : random_(seed) {}

  // Fragments in a row, and now and then a byte that belongs nowhere.
  std::string make() {
    std::string script;
    for (std::size_t left = below(40); left > 0; --left) {
      if (below(200) == 0) {
        script += static_cast<char>(below(256));
      } else {
        // The last fragment is not UTF-8: often enough is enough.
        script += fragments[below(below(10) == 0 ? fragments.size() : fragments.size() - 1)];
      }
    }
    return script;
  }

  // Statements that PostgreSQL's scanner accepts, a line break behind each part, so that none joins the next.
  std::string make_plain() {
    static constexpr std::array<std::string_view, 16> parts = {
        "SELECT",  "'a;b'", "''",  "\"a;\"\"b\"", "E'\\';'", "$$;$$", "$a$;$$;$a$", "/* ; /* ; */ */",
        "-- ;'\n", "(1)",   "a.b", "1.5e3",       "+",       "$1",    "N'x;'",      "ä"};
    std::string script;
    for (std::size_t left = 1 + below(6); left > 0; --left) {
      script += "SELECT\n";
      for (std::size_t words = below(8); words > 0; --words) script.append(parts[below(parts.size())]).append(" ,\n");
      script += "1;\n";
    }
    return script;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::mt19937 random_;
};

TEST(SplitterFuzz, PiecesLieInOrderWithinTheScriptWhateverItHolds) {
  Script scripts(20260511);
  int refused = 0;
  for (int n = 0; n < scripts_tried; ++n) {
    const std::string made = scripts.make();
    // An allocation of exactly its size, so that a sanitizer sees every byte read beyond it.
    const std::vector<char> bytes(made.begin(), made.end());
    const std::string_view script(bytes.data(), bytes.size());
    Splitter splitter(script, "f");
    const char* end = script.data();
    int line = 1;
    try {
      while (const auto statement = splitter.next()) {
        ASSERT_FALSE(statement->text.empty()) << made;
        ASSERT_GE(statement->text.data(), end) << made;
        ASSERT_GE(statement->line, line) << made;
        ASSERT_TRUE(base::is_utf8(statement->text)) << made;
        end = statement->text.data() + statement->text.size();
        line = statement->line;
        if (statement->copy_data && !statement->copy_data->empty()) {
          ASSERT_GT(statement->copy_data->data(), end) << made;
          end = statement->copy_data->data() + statement->copy_data->size();
        }
        ASSERT_LE(end, script.data() + script.size()) << made;
      }
    } catch (const base::Error& error) {
      ASSERT_EQ(error.code(), base::Code::input) << made;
      ++refused;
    }
  }
  EXPECT_GT(refused, scripts_tried / 20);
  EXPECT_LT(refused, scripts_tried - scripts_tried / 20);
}

std::vector<std::string> pieces_by_oracle(const std::string& script) {
  PgQuerySplitResult result = pg_query_split_with_scanner(script.c_str());
  const std::unique_ptr<PgQuerySplitResult, void (*)(PgQuerySplitResult*)> freeing(
      &result, [](auto* split) { pg_query_free_split_result(*split); });
  std::vector<std::string> pieces;
  if (result.error) return {"the oracle refuses this: " + script};
  for (int i = 0; i < result.n_stmts; ++i) {
    pieces.push_back(script.substr(static_cast<std::size_t>(result.stmts[i]->stmt_location),
                                   static_cast<std::size_t>(result.stmts[i]->stmt_len)));
  }
  return pieces;
}

TEST(SplitterFuzz, AgreesWithTheScannerOfPostgres) {
  Script scripts(15);
  for (int n = 0; n < 2'000; ++n) {
    const std::string script = scripts.make_plain();
    Splitter splitter(script, "f");
    std::vector<std::string> pieces;
    while (const auto statement = splitter.next()) pieces.emplace_back(statement->text);
    ASSERT_EQ(pieces, pieces_by_oracle(script)) << script;
  }
}

}  // namespace
}  // namespace sql
