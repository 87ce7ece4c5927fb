#include "apply/transaction_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/lexer.h"

namespace apply {

namespace {

constexpr std::size_t words_looked_at = 8;

std::vector<std::string> first_words_of(std::string_view statement) {
  std::vector<std::string> words;
  sql::Lexer lexer(statement);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end && words.size() < words_looked_at;
       token = lexer.next()) {
    words.push_back(token.kind == sql::TokenKind::word ? base::lower_case(lexer.text(token)) : "?");
  }
  words.resize(words_looked_at);
  return words;
}

bool holds(const std::vector<std::string>& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

// A body is SQL itself; a word in one of its strings costs a refusal, not a mistake.
template <typename Visit>
void each_body(std::string_view statement, Visit visit) {
  sql::Lexer lexer(statement);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind != sql::TokenKind::quoted) continue;
    std::string_view body = lexer.text(token);
    while (!body.empty() && (body.front() == '\'' || body.front() == '$')) {
      const std::size_t end = body.front() == '$' ? body.find('$', 1) : 0;
      if (end == std::string_view::npos) break;
      body.remove_prefix(end + 1);
      body.remove_suffix(std::min(body.size(), end + 1));
      break;
    }
    visit(body);
  }
}

bool body_ends_transaction(std::string_view statement) {
  bool ends = false;
  each_body(statement, [&](std::string_view body) {
    sql::Lexer inner(body);
    for (sql::Token word = inner.next(); word.kind != sql::TokenKind::end; word = inner.next()) {
      if (word.kind == sql::TokenKind::unterminated) break;
      ends = ends || sql::is_word(inner.text(word), "commit") || sql::is_word(inner.text(word), "rollback");
    }
  });
  return ends;
}

bool cannot_be_in_a_block(const std::vector<std::string>& words) {
  const std::string& first = words[0];
  const std::string& second = words[1];
  if (first == "vacuum" || (first == "alter" && second == "system")) return true;
  if (first == "create" || first == "drop") {
    if (second == "database" || second == "tablespace" || second == "subscription") return true;
    return (second == "index" || second == "unique") && holds(words, "concurrently");
  }
  if (first == "reindex") {
    return holds(words, "concurrently") || second == "database" || second == "system" || second == "schema";
  }
  if (first == "alter" && second == "table") return holds(words, "detach") && holds(words, "concurrently");
  return first == "cluster" && second.empty();
}

}  // namespace

TransactionWord transaction_word(std::string_view statement) {
  const std::vector<std::string> words = first_words_of(statement);
  const std::string& first = words[0];
  const auto impossible = [](std::string why) { return TransactionWord{TransactionRole::impossible, std::move(why)}; };
  if (first == "begin" || (first == "start" && words[1] == "transaction")) return {TransactionRole::begin, {}};
  if ((first == "commit" || first == "rollback") && words[1] == "prepared")
    return impossible("it ends another transaction");
  if (first == "commit" || first == "end") {
    return holds(words, "chain") && !holds(words, "no") ? impossible("it is several transactions")
                                                        : TransactionWord{TransactionRole::commit, {}};
  }
  const bool to_savepoint = holds(words, "to");
  if ((first == "rollback" && !to_savepoint) || first == "abort") return impossible("it takes back what it did");
  if (first == "prepare" && words[1] == "transaction") return impossible("it leaves a prepared transaction");
  if (first == "set" && words[1] == "transaction") return {TransactionRole::characteristics, {}};
  if (cannot_be_in_a_block(words)) return impossible("it cannot run inside a transaction");
  if (first == "discard" && words[1] == "all") return impossible("it cannot run inside a transaction");
  if (first == "do" && body_ends_transaction(statement)) return impossible("its body ends the transaction");
  return {TransactionRole::plain, {}};
}

std::optional<std::map<std::string, std::string>> transaction_options(std::string_view statement) {
  std::map<std::string, std::string> options;
  std::vector<std::string> words;
  sql::Lexer lexer(statement);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::word) words.push_back(base::lower_case(lexer.text(token)));
  }
  words.emplace_back();
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string& next = words[i + 1];
    if (word == "snapshot") return std::nullopt;
    if (word == "serializable") options["isolation"] = word;
    if (word == "repeatable") options["isolation"] = "repeatable read";
    if (word == "read" && (next == "committed" || next == "uncommitted")) options["isolation"] = word + " " + next;
    if (word == "read" && (next == "only" || next == "write")) options["access"] = word + " " + next;
    if (word == "deferrable") options["deferrable"] = i > 0 && words[i - 1] == "not" ? "not deferrable" : word;
  }
  return options;
}

bool is_setting(std::string_view statement) {
  sql::Lexer lexer(statement);
  const std::string_view first = lexer.text(lexer.next());
  return sql::is_word(first, "set") || sql::is_word(first, "reset") || sql::is_word(first, "show");
}

bool alters_unseen(std::string_view statement) {
  const std::vector<std::string> words = first_words_of(statement);
  const std::string& first = words[0];
  return first == "reindex" || first == "cluster" || first == "comment" ||
         (first == "security" && words[1] == "label") ||
         (first == "alter" && holds(words, "replica") && holds(words, "identity"));
}

std::string why_not_prepared(std::string_view statement) {
  sql::Lexer lexer(statement);
  bool first = true;
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    const std::string_view word = lexer.text(token);
    const auto is = [&](std::string_view wanted) { return sql::is_word(word, wanted); };
    if (is("temp") || is("temporary") || is("pg_temp")) return "the script has temporary tables";
    if (is("pg_notify") || (first && (is("notify") || is("listen") || is("unlisten"))))
      return "the script notifies or listens";
    if (token.kind == sql::TokenKind::unterminated) break;
    first = false;
  }
  return {};
}

std::vector<std::string> locked_away_by(std::string_view statement) {
  sql::Lexer lexer(statement);
  if (!sql::is_word(lexer.text(lexer.next()), "lock")) return {};
  std::vector<std::string> tables(1);
  std::string mode;
  bool named = false;  // the tables are; what follows is the mode
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    const std::string_view word = lexer.text(token);
    const auto is = [&](std::string_view wanted) { return sql::is_word(word, wanted); };
    if (is("nowait") || token.kind == sql::TokenKind::unterminated) break;
    if (is("in")) {
      named = true;
    } else if (named) {
      mode += base::lower_case(word) + " ";
    } else if (token.kind == sql::TokenKind::comma) {
      tables.emplace_back();
    } else if (!is("only") && !(is("table") && tables.back().empty()) && word != "*") {
      tables.back() += word;
    }
  }
  return mode.empty() || mode == "access exclusive mode " ? tables : std::vector<std::string>();
}

namespace {

std::string copies_outside(std::string_view statement) {
  sql::Lexer lexer(statement);
  bool copy = false;
  std::string_view last;
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::unterminated) break;
    const std::string_view word = lexer.text(token);
    const bool to = sql::is_word(last, "to");
    if (copy && (to || sql::is_word(last, "from")) && sql::is_word(word, "program"))
      return "it runs a program on the server";
    if (copy && to && token.kind == sql::TokenKind::quoted && word.front() != '"')
      return "it writes a file of the server";
    copy = token.kind != sql::TokenKind::semicolon && (copy || sql::is_word(word, "copy"));
    last = word;
  }
  return {};
}

// Functions of the server and of its extensions whose deeds are no part of a transaction. In a rehearsal there is
// nobody whom they could reach.
constexpr std::array outside_functions = {
    "pg_terminate_backend",     "pg_cancel_backend",           "pg_reload_conf", "pg_switch_wal", "pg_promote",
    "pg_drop_replication_slot", "pg_replication_slot_advance", "lo_export",      "dblink_exec",   "dblink_send_query"};

std::string calls_outside(std::string_view statement) {
  sql::Lexer lexer(statement);
  std::string_view last;
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::unterminated) break;
    if (token.kind == sql::TokenKind::open) {
      for (const char* function : outside_functions) {
        if (sql::is_word(last, function)) return fmt::format("it calls {}()", function);
      }
    }
    last = lexer.text(token);
  }
  return {};
}

}  // namespace

std::string acts_outside(std::string_view statement) {
  const std::vector<std::string> words = first_words_of(statement);
  if (words[0] == "copy") return copies_outside(statement);
  std::string what = calls_outside(statement);
  if (words[0] != "do") return what;
  each_body(statement, [&](std::string_view body) {
    if (what.empty()) what = copies_outside(body);
    if (what.empty()) what = calls_outside(body);
  });
  return what;
}

}  // namespace apply
