#include "source/prose.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "sql/lexer.h"

namespace source {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t words_looked_at = 12;

// The first words, holes as words of their own; anything else stands as it is.
Words first_words(std::string_view text) {
  Words words;
  sql::Lexer lexer(text);
  while (words.size() < words_looked_at) {
    const sql::Token token = lexer.next();
    if (token.kind == sql::TokenKind::end || token.kind == sql::TokenKind::unterminated) break;
    if (words.empty() && token.kind == sql::TokenKind::open) continue;
    words.push_back(lexer.text(token));
  }
  return words;
}

bool is(const Words& words, std::size_t at, std::string_view lower) {
  return at < words.size() && sql::is_word(words[at], lower);
}

template <std::size_t N>
bool is_any(const Words& words, std::size_t at, const std::array<std::string_view, N>& of) {
  return std::any_of(of.begin(), of.end(), [&](std::string_view word) { return is(words, at, word); });
}

// No table is called so, and sentences are full of it: "delete from the list".
bool is_article(const Words& words, std::size_t at) {
  static constexpr std::array<std::string_view, 15> articles = {
      "the", "a", "an", "this", "that", "these", "those", "your", "my", "our", "each", "every", "any", "its", "their"};
  return is_any(words, at, articles);
}

// "Delete from users", as a label says it.
bool is_sentence_case(std::string_view word) {
  return word.size() > 1 && std::isupper(static_cast<unsigned char>(word[0])) != 0 &&
         std::islower(static_cast<unsigned char>(word[1])) != 0;
}

// "delete from users where id = %d: %w": no SQL has a colon before a blank, messages do.
bool is_message(std::string_view text) {
  return text.find(": ") != std::string_view::npos && text.find('\'') == std::string_view::npos;
}

bool is_name(const Words& words, std::size_t at) {
  return at < words.size() && !words[at].empty() &&
         (std::isalnum(static_cast<unsigned char>(words[at][0])) != 0 || words[at][0] == '_' || words[at][0] == '"' ||
          words[at][0] == '\x01' || words[at][0] == '{' || words[at][0] == '%');
}

// Behind the name at `at` and what qualifies it.
std::size_t after_name(const Words& words, std::size_t at) {
  while (is_name(words, at) && at + 2 < words.size() && words[at + 1] == ".") at += 2;
  return at + 1;
}

Likeness of_delete(const Words& words) {
  if (!is(words, 1, "from")) return Likeness::none;
  const std::size_t table = is(words, 2, "only") ? 3 : 2;
  if (!is_name(words, table) || is_article(words, table)) return Likeness::none;
  const std::size_t next = after_name(words, table);
  // "delete from users list" ends with a word that is no alias.
  if (words[0] == "delete" && next + 1 == words.size() && words[next].size() > 3 &&
      std::isalpha(static_cast<unsigned char>(words[next][0])) != 0 && !is(words, next, "returning"))
    return Likeness::none;
  return is(words, next, "where") || is(words, next, "using") ? Likeness::certain : Likeness::likely;
}

Likeness of_insert(const Words& words) {
  if (!is(words, 1, "into") || !is_name(words, 2) || is_article(words, 2)) return Likeness::none;
  const std::size_t next = after_name(words, 2);
  return is(words, next, "(") || is(words, next, "values") ? Likeness::certain : Likeness::likely;
}

Likeness of_update(const Words& words) {
  const std::size_t table = is(words, 1, "only") ? 2 : 1;
  if (!is_name(words, table) || is_article(words, table)) return Likeness::none;
  const auto set = std::find_if(words.begin(), words.end(), [](auto word) { return sql::is_word(word, "set"); });
  if (set == words.end()) return Likeness::none;
  const std::size_t at = static_cast<std::size_t>(set - words.begin());
  return at == after_name(words, table) && is(words, at + 2, "=") ? Likeness::certain : Likeness::likely;
}

// TRUNCATE without TABLE is a word of style sheets, too.
Likeness of_truncate(const Words& words, std::string_view text) {
  if (is(words, 1, "table")) return is_article(words, 2) ? Likeness::none : Likeness::likely;
  if (is_article(words, 1) || !is_name(words, 1)) return Likeness::none;
  return words[0] == "TRUNCATE" || text.find(';') != std::string_view::npos ? Likeness::likely : Likeness::none;
}

Likeness of_object(const Words& words) {
  return words.size() > 1 && is_object(words[1]) && !is_article(words, 2) ? Likeness::likely : Likeness::none;
}

}  // namespace

bool is_only_words(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view(" \n.!?,:\x01\x02").find(c) != std::string_view::npos;
  });
}

bool is_loud_write(std::string_view text) {
  static constexpr std::array<std::string_view, 5> writes = {"TRUNCATE ", "DELETE FROM ", "INSERT INTO ", "UPDATE ",
                                                             "MERGE INTO "};
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return std::any_of(writes.begin(), writes.end(), [&](std::string_view write) { return text.starts_with(write); });
}

bool is_object(std::string_view word) {
  static constexpr std::array<std::string_view, 30> objects = {
      "table",   "index",       "sequence",     "view", "materialized", "schema",    "function", "procedure",
      "type",    "trigger",     "database",     "role", "user",         "extension", "domain",   "policy",
      "owned",   "constraint",  "column",       "or",   "unique",       "temporary", "temp",     "unlogged",
      "default", "publication", "subscription", "rule", "server",       "foreign"};
  return std::any_of(objects.begin(), objects.end(), [&](std::string_view lower) { return sql::is_word(word, lower); });
}

Likeness likeness(std::string_view text) {
  const Words words = first_words(text);
  if (words.size() < 2) return Likeness::none;
  Likeness found = Likeness::none;
  static constexpr std::array<std::string_view, 12> plain = {
      "select", "with", "explain", "begin", "start", "do", "call", "copy", "set", "prepare", "values", "execute"};
  static constexpr std::array<std::string_view, 3> of_objects = {"drop", "alter", "create"};
  if (is(words, 0, "delete")) {
    found = of_delete(words);
  } else if (is(words, 0, "insert")) {
    found = of_insert(words);
  } else if (is(words, 0, "update")) {
    found = of_update(words);
  } else if (is(words, 0, "truncate")) {
    found = of_truncate(words, text);
  } else if (is(words, 0, "merge")) {
    found = is(words, 1, "into") && !is_article(words, 2) ? Likeness::likely : Likeness::none;
  } else if (is_any(words, 0, of_objects)) {
    found = of_object(words);
  } else if (is_any(words, 0, plain)) {
    found = Likeness::likely;
  }
  if (is_sentence_case(words[0]) && is_only_words(text)) return Likeness::none;
  const bool doubtful = is_message(text) || is_sentence_case(words[0]);
  return found == Likeness::certain && doubtful ? Likeness::likely : found;
}

}  // namespace source
