#include "rehearse/definitions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

#include "base/hash.h"
#include "base/text.h"

namespace rehearse {

namespace {

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

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

// Calls `visit` with every word in lower case, what stands in double quotes as one.
template <typename Visit>
void each_word(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      const std::size_t end = std::min(text.find('"', at + 1), text.size());
      visit(base::lower_case(text.substr(at + 1, end - at - 1)));
      at = end + 1;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && word_character(text[end])) ++end;
    if (end > at) visit(base::lower_case(text.substr(at, end - at)));
    at = std::max(end, at + 1);
  }
}

class Selection {
 public:
  explicit Selection(const pg::Catalog& catalog) : catalog_(catalog) {
    for (const auto& [object, definition] : catalog.definitions) learn(object);
  }

  void add_table(const std::string& name) {
    if (!tables_.insert(name).second) return;
    add("table " + name);
    for (const std::string_view kind : {"column ", "constraint ", "trigger ", "rule ", "policy "}) {
      const std::string beginning = std::string(kind) + name + ".";
      for (auto object = catalog_.definitions.lower_bound(beginning);
           object != catalog_.definitions.end() && object->first.starts_with(beginning); ++object) {
        if (kind != "constraint " || !is_inherited_constraint(object->second)) add(object->first);
      }
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
  // Functions and types are found by the words of other definitions.
  void learn(const std::string& object) {
    const std::string_view kind = kind_of(object);
    static constexpr std::array kinds = {"function", "procedure", "aggregate", "domain", "enum"};
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) return;
    std::string_view name = std::string_view(object).substr(kind.size() + 1);
    name = name.substr(0, name.find('('));
    by_word_[base::lower_case(name.substr(name.rfind('.') + 1))].push_back(object);
  }

  void add(const std::string& object) {
    const auto found = catalog_.definitions.find(object);
    if (found == catalog_.definitions.end() || chosen_.contains(object)) return;
    const std::string& text = chosen_[object] = comparable(object, found->second);
    std::set<std::string> named;
    each_word(text, [&](const std::string& word) {
      const auto meant = by_word_.find(word);
      if (meant != by_word_.end()) named.insert(meant->second.begin(), meant->second.end());
    });
    for (const std::string& other : named) add(other);
  }

  const pg::Catalog& catalog_;
  std::map<std::string, std::vector<std::string>> by_word_;
  std::set<std::string> tables_;
  std::map<std::string, std::string> chosen_;
};

}  // namespace

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
