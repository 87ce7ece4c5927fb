#include "rehearse/definitions.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

#include "base/hash.h"
#include "base/text.h"
#include "sql/lexer.h"

namespace rehearse {

namespace {

constexpr int deepest_quote = 8;

using Parts = std::vector<std::string_view>;

// Definitions are parts with "; " between them.
Parts parts_of(std::string_view definition) {
  Parts parts;
  while (true) {
    const std::size_t end = definition.find("; ");
    parts.push_back(definition.substr(0, end));
    if (end == std::string_view::npos) return parts;
    definition.remove_prefix(end + 2);
  }
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

std::string joined(const Parts& parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part).append("; ");
  return text;
}

// Without brackets and without casts between text types: an expression that is dumped and read again has others
// (manual: "pg_dump"; CHECK (a IN ('x', 'y')) on a varchar is the common case).
std::string condensed(std::string text) {
  for (const std::string_view cast : {"::character varying", "::text", "::bpchar"}) {
    for (std::size_t at = text.find(cast); at != std::string::npos; at = text.find(cast, at)) {
      std::size_t length = cast.size();
      if (text.compare(at + length, 2, "[]") == 0) length += 2;
      text.erase(at, length);
    }
  }
  std::erase_if(text, [](char c) { return c == '(' || c == ')'; });
  return text;
}

std::string of_table(std::string_view definition) {
  Parts parts = parts_of(definition);
  std::erase_if(parts, [](std::string_view part) {
    return !starts_with_any(part, {"row security", "forced row security", "partitioned by ", "child of ", "FOR VALUES",
                                   "DEFAULT", "of type "});
  });
  return condensed(joined(parts));
}

// What stands at the end tells of storage, inheritance and grants.
std::string of_column(std::string_view definition) {
  Parts parts = parts_of(definition);
  while (!parts.empty() && starts_with_any(parts.back(), {"number ", "grants ", "not local", "inherited ", "options ",
                                                          "statistics ", "compression ", "storage "})) {
    parts.pop_back();
  }
  return condensed(joined(parts));
}

std::string without_owner(std::string_view definition) {
  while (starts_with_any(definition, {"owner ", "grants "})) {
    const std::size_t end = definition.find("; ");
    definition = end == std::string_view::npos ? std::string_view() : definition.substr(end + 2);
  }
  return std::string(definition);
}

bool is_inherited_constraint(std::string_view definition) {
  const Parts parts = parts_of(definition);
  return std::find(parts.begin(), parts.end(), "inherited") != parts.end();
}

std::string_view kind_of(std::string_view object) {
  return object.substr(0, object.find(' '));
}

std::string comparable(std::string_view object, const std::string& definition) {
  const std::string_view kind = kind_of(object);
  if (kind == "table") return of_table(definition);
  if (kind == "column") return of_column(definition);
  if (kind == "function" || kind == "procedure" || kind == "aggregate" || kind == "enum") {
    return without_owner(definition);
  }
  if (kind == "domain") return condensed(without_owner(definition));
  // The tablespace of an index is no part of what a constraint means.
  if (kind == "constraint") return condensed(std::string(parts_of(definition).front()));
  return condensed(definition);
}

// A trigger is often called like the function that it runs, in other schemas, too.
std::string_view without_own_name(std::string_view object, std::string_view text) {
  if (kind_of(object) != "trigger") return text;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    quoted ^= text[at] == '"';
    if (!quoted && text.substr(at).starts_with(" ON ")) return text.substr(at);
  }
  return text;
}

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

// Calls `visit` with every word in lower case, what stands in double quotes as one, and with the one that it is a part
// of ("app" for the second word of app.users; else empty).
template <typename Visit>
void each_name(std::string_view text, Visit visit) {
  std::size_t at = 0;
  std::string whole;
  bool part = false;  // a dot came last
  while (at < text.size()) {
    const bool quoted = text[at] == '"';
    std::size_t end = quoted ? std::min(text.find('"', at + 1), text.size()) : at;
    while (!quoted && end < text.size() && word_character(text[end])) ++end;
    if (end == at) {
      part = text[at++] == '.';
      continue;
    }
    std::string word = base::lower_case(quoted ? text.substr(at + 1, end - at - 1) : text.substr(at, end - at));
    visit(word, part ? whole : std::string());
    whole = std::move(word);
    part = false;
    at = end + (quoted ? 1 : 0);
  }
}

template <typename Visit>
void each_word(std::string_view text, Visit visit) {
  each_name(text, [&](const std::string& word, const std::string&) { visit(word); });
}

// Calls `visit` with the words of SQL and of what stands in its quotes, which may be SQL again; without comments.
template <typename Visit>
void each_word_of_code(std::string_view code, const Visit& visit, int depth = 0) {
  if (depth > deepest_quote) return each_word(code, visit);
  sql::Lexer lexer(code);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    const std::string_view text = lexer.text(token);
    if (token.kind == sql::TokenKind::word) visit(base::lower_case(text));
    if (token.kind == sql::TokenKind::unterminated) each_word(text, visit);
    if (token.kind != sql::TokenKind::quoted) continue;
    const std::size_t quote = text.front() == '$' ? text.find('$', 1) + 1 : 1;
    const std::string_view inside = text.substr(quote, text.size() - 2 * quote);
    if (text.front() == '"') visit(base::lower_case(inside));
    each_word_of_code(inside, visit, depth + 1);
  }
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Objects of some kinds by the last part of their names, in lower case.
class ByWord {
 public:
  ByWord(const pg::Catalog& catalog, std::initializer_list<std::string_view> kinds) {
    for (const auto& [object, definition] : catalog.definitions) {
      if (!is_one_of(kind_of(object), kinds)) continue;
      std::string_view name = std::string_view(object).substr(kind_of(object).size() + 1);
      name = name.substr(0, name.find('('));
      const std::size_t dot = std::min(name.rfind('.'), name.size());
      const std::size_t own = dot == name.size() ? 0 : dot + 1;
      objects_[base::lower_case(name.substr(own))].push_back({base::lower_case(name.substr(0, dot)), object});
    }
  }

  // Adds those that a word may mean.
  void add_named(const std::string& word, std::set<std::string>& named) const { add_named(word, {}, named); }

  // Where it is said of a schema which has one: those of that schema alone.
  void add_named(const std::string& word, const std::string& schema, std::set<std::string>& named) const {
    const auto meant = objects_.find(word);
    if (meant == objects_.end()) return;
    const std::vector<Named>& all = meant->second;
    const bool there = std::any_of(all.begin(), all.end(), [&](const Named& one) { return one.schema == schema; });
    for (const Named& one : all) {
      if (!there || one.schema == schema) named.insert(one.object);
    }
  }

 private:
  struct Named {
    std::string schema;
    std::string object;
  };
  std::map<std::string, std::vector<Named>> objects_;
};

// Calls `visit` with each object of that kind which belongs to the table, and its definition.
template <typename Visit>
void each_part(const pg::Catalog& catalog, std::string_view kind, const std::string& table, Visit visit) {
  const std::string beginning = fmt::format("{} {}.", kind, table);
  for (auto object = catalog.definitions.lower_bound(beginning);
       object != catalog.definitions.end() && object->first.starts_with(beginning); ++object) {
    visit(object->first, object->second);
  }
}

class Selection {
 public:
  explicit Selection(const pg::Catalog& catalog)
      : catalog_(catalog), by_word_(catalog, {"function", "procedure", "aggregate", "domain", "enum"}) {}

  void add_table(const std::string& name) {
    if (!tables_.insert(name).second) return;
    add("table " + name);
    for (const std::string_view kind : {"column", "constraint", "trigger", "rule", "policy"}) {
      each_part(catalog_, kind, name, [&](const std::string& object, const std::string& definition) {
        if (kind != "constraint" || !is_inherited_constraint(definition)) add(object);
      });
    }
  }

  void add_keys_to(const std::set<std::uint32_t>& tables) {
    for (const pg::ForeignKey& key : catalog_.foreign_keys) {
      if (!tables.contains(key.target)) continue;
      const auto child = catalog_.tables.find(key.table);
      if (child == catalog_.tables.end()) continue;
      const std::string object = "constraint " + child->second.qualified() + "." + key.name;
      const auto found = catalog_.definitions.find(object);
      if (found != catalog_.definitions.end() && !is_inherited_constraint(found->second)) add(object);
    }
  }

  std::vector<Definition> take() const {
    std::vector<Definition> result;
    for (const auto& [object, text] : chosen_) result.push_back({object, base::sha256_hex(text)});
    return result;
  }

 private:
  void add(const std::string& object) {
    const auto found = catalog_.definitions.find(object);
    if (found == catalog_.definitions.end() || chosen_.contains(object)) return;
    const std::string& text = chosen_[object] = comparable(object, found->second);
    std::set<std::string> named;
    each_name(without_own_name(object, text),
              [&](const std::string& word, const std::string& schema) { by_word_.add_named(word, schema, named); });
    for (const std::string& other : named) add(other);
  }

  const pg::Catalog& catalog_;
  ByWord by_word_;
  std::set<std::string> tables_;
  std::map<std::string, std::string> chosen_;
};

// What scripts can get at, and whatever that names.
class Reach {
 public:
  Reach(const pg::Catalog& catalog, const std::set<std::string>& wanted)
      : catalog_(catalog),
        by_word_(catalog, {"function", "procedure", "aggregate", "view", "materialized"}),
        wanted_(wanted) {}

  void add(const std::string& name, std::string_view text) {
    Code code{.object = name, .words = {}};
    std::set<std::string> named;
    each_word_of_code(text, [&](const std::string& word) {
      by_word_.add_named(word, named);
      if (wanted_.contains(word)) code.words.insert(word);
    });
    found_.push_back(std::move(code));
    follow(named);
  }

  void add_table(const std::string& table, const Counts& counts) {
    add_parts({"column", "constraint", "rule", "policy"}, table);
    each_part(catalog_, "trigger", table, [&](const std::string&, const std::string& text) {
      if (fires(text, counts)) add_named_in(text);
    });
  }

  std::vector<Code> take() { return std::move(found_); }

 private:
  static bool fires(std::string_view trigger, const Counts& counts) {
    bool fires = false;
    each_word_of_code(trigger, [&](const std::string& word) {
      fires = fires || (word == "insert" && counts.inserted > 0) || (word == "update" && counts.updated > 0) ||
              (word == "delete" && counts.deleted > 0);
    });
    return fires;
  }

  void add_named_in(std::string_view text) {
    std::set<std::string> named;
    each_word_of_code(text, [&](const std::string& word) { by_word_.add_named(word, named); });
    follow(named);
  }

  void add_parts(std::initializer_list<std::string_view> kinds, const std::string& relation) {
    for (const std::string_view kind : kinds) {
      each_part(catalog_, kind, relation, [&](const std::string&, const std::string& text) { add_named_in(text); });
    }
  }

  void follow(const std::set<std::string>& objects) {
    for (const std::string& object : objects) {
      if (!seen_.insert(object).second) continue;
      const std::string& definition = catalog_.definitions.at(object);
      if (is_one_of(kind_of(object), {"function", "procedure"})) {
        add(object, definition);
      } else {
        add_named_in(definition);
      }
      if (kind_of(object) == "view") add_parts({"trigger", "rule"}, object.substr(object.find(' ') + 1));
    }
  }

  const pg::Catalog& catalog_;
  ByWord by_word_;
  const std::set<std::string>& wanted_;
  std::set<std::string> seen_;
  std::vector<Code> found_;
};

}  // namespace

std::vector<Code> code_in_reach(const pg::Catalog& catalog, const Plan& plan, const std::vector<std::string>& scripts,
                                const std::set<std::string>& wanted) {
  Reach reach(catalog, wanted);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    reach.add(plan.scripts.at(i).name, scripts[i]);
  }
  for (const TableEffect& effect : plan.effects) {
    reach.add_table(effect.table, effect.counts);
    if (effect.root != effect.table) reach.add_table(effect.root, effect.counts);
  }
  return reach.take();
}

std::vector<Definition> relevant_definitions(const pg::Catalog& catalog, const std::set<std::string>& tables) {
  Selection selection(catalog);
  std::set<std::uint32_t> oids;
  for (const auto& [oid, table] : catalog.tables) {
    if (!tables.contains(table.qualified())) continue;
    oids.insert({oid, table.root});
    selection.add_table(table.qualified());
    const auto root = catalog.tables.find(table.root);
    if (root != catalog.tables.end()) selection.add_table(root->second.qualified());
  }
  selection.add_keys_to(oids);
  return selection.take();
}

}  // namespace rehearse
