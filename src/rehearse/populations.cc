#include "rehearse/populations.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "changeset/tuple.h"
#include "rehearse/plan.h"

namespace rehearse {

namespace {

constexpr std::size_t lookup_batch = 5000;

// The text form of a text[]: every element quoted (manual: "Array Input and Output Syntax").
std::string array_literal(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

}  // namespace

const Populations::Shape& Populations::shape(const changeset::Relation& relation) {
  const auto [entry, fresh] = shapes_.try_emplace(&relation);
  Shape& shape = entry->second;
  if (!fresh) return shape;
  if (const BoundTable* bound = subject_.contract_table(relation.oid)) {
    if (const auto at = subject_.positions(relation, {bound->population})) {
      shape.contract = bound;
      shape.population = at->front();
    }
  } else if (const Link* link = subject_.link(relation.oid)) {
    if (const auto at = subject_.positions(relation, link->columns)) {
      shape.link = link;
      shape.link_columns = *at;
    }
  }
  std::vector<ColumnNumbers> seen;
  for (const Link* link : subject_.links_to(relation.oid)) {
    if (std::find(seen.begin(), seen.end(), link->target) != seen.end()) continue;
    seen.push_back(link->target);
    if (const auto at = subject_.positions(relation, link->target)) shape.targets.push_back({link, *at});
  }
  return shape;
}

Populations::Id Populations::intern(const contract::Table* table, const std::string& name) {
  const auto [entry, fresh] = ids_.try_emplace({table, name}, static_cast<Id>(names_.size()));
  if (fresh) names_.push_back({table, table->find(name), name, false});
  return entry->second;
}

Populations::Id Populations::nobody(const contract::Table* table) {
  const auto [entry, fresh] = ids_.try_emplace({table, std::nullopt}, static_cast<Id>(names_.size()));
  if (fresh) names_.push_back({table, nullptr, no_population, true});
  return entry->second;
}

Populations::Id Populations::of_value(const BoundTable& table, std::string_view tuple, std::size_t column) {
  const changeset::Value value = changeset::value_at(tuple, column);
  return intern(table.declared, value ? std::string(*value) : no_population);
}

std::vector<std::string> Populations::values(std::string_view tuple, const std::vector<std::size_t>& columns) const {
  std::vector<std::string> result;
  for (const std::size_t column : columns) {
    const changeset::Value value = changeset::value_at(tuple, column);
    if (!value) return {};
    result.emplace_back(*value);
  }
  return result;
}

Populations::Digest Populations::digest(const Link& link, const std::vector<std::string>& values) const {
  std::string bytes;
  changeset::put_varint(bytes, link.parent);
  for (const int number : link.target) changeset::put_varint(bytes, static_cast<std::uint64_t>(number));
  for (const std::string& value : values) {
    changeset::put_varint(bytes, value.size());
    bytes += value;
  }
  return hash_(bytes);
}

Populations::Entry Populations::describe(const Shape& shape, std::string_view tuple) {
  Entry entry;
  if (shape.contract) {
    entry.population = of_value(*shape.contract, tuple, shape.population);
  } else if (shape.link) {
    const auto parent = values(tuple, shape.link_columns);
    if (parent.empty()) {
      entry.population = nobody(contract_behind(*shape.link));
    } else {
      entry.parent = digest(*shape.link, parent);
    }
  }
  return entry;
}

void Populations::observe(const changeset::Relation& relation, std::string_view before, std::string_view after) {
  if (!before.empty()) observe_into(observed_, relation, before);
  if (!after.empty()) observe_into(observed_, relation, after);
}

void Populations::observe_original(const changeset::Relation& relation, std::string_view tuple) {
  observe_into(originals_, relation, tuple);
}

void Populations::observe_into(std::vector<Entry>& entries, const changeset::Relation& relation,
                               std::string_view tuple) {
  const Shape& known = shape(relation);
  if (known.targets.empty() || (!known.contract && !known.link)) return;
  Entry entry = describe(known, tuple);
  for (const Shape::Target& target : known.targets) {
    const auto key = values(tuple, target.columns);
    if (key.empty()) continue;
    entry.row = digest(*target.link, key);
    // An update that keeps the key would only repeat what the row's older image has said.
    if (!entries.empty() && entries.back().row == entry.row) continue;
    entries.push_back(entry);
    sorted_ = false;
  }
}

// The oldest entry of a row stands first and is the one that counts: populations are those before the script.
void Populations::sort_observed() {
  if (sorted_) return;
  observed_.insert(observed_.begin(), originals_.begin(), originals_.end());
  originals_.clear();
  std::stable_sort(observed_.begin(), observed_.end(), [](const Entry& a, const Entry& b) { return a.row < b.row; });
  sorted_ = true;
}

const Populations::Entry* Populations::find(const Digest& row) const {
  const auto at = std::lower_bound(observed_.begin(), observed_.end(), row,
                                   [](const Entry& entry, const Digest& wanted) { return entry.row < wanted; });
  if (at != observed_.end() && at->row == row) return &*at;
  const auto found = looked_up_.find(row);
  return found == looked_up_.end() ? nullptr : &found->second;
}

const contract::Table* Populations::contract_behind(const Link& link) const {
  const Link* at = &link;
  while (true) {
    if (const BoundTable* bound = subject_.contract_table(at->parent)) return bound->declared;
    at = subject_.link(at->parent);
  }
}

void Populations::note_open(const Link& link, const std::vector<std::string>& values) {
  open_.try_emplace(digest(link, values), Open{&link, values});
}

void Populations::expect(const changeset::Relation& relation, std::string_view tuple) {
  sort_observed();
  const Shape& known = shape(relation);
  if (!known.link || tuple.empty()) return;
  const auto parent = values(tuple, known.link_columns);
  if (parent.empty()) return;
  if (!find(digest(*known.link, parent))) note_open(*known.link, parent);
}

void Populations::resolve(pg::Connection& scratch, const pg::Catalog& after) {
  sort_observed();
  while (!open_.empty()) {
    std::map<const Link*, std::vector<Open>> by_link;
    for (auto& [row, open] : open_) {
      // Whatever the scratch does not hold any more stays unknown, and is not asked for twice.
      looked_up_.try_emplace(row, Entry{row, {}, nobody(contract_behind(*open.link))});
      by_link[open.link].push_back(std::move(open));
    }
    open_.clear();
    for (const auto& [link, open] : by_link) {
      for (std::size_t from = 0; from < open.size(); from += lookup_batch) {
        const std::size_t to = std::min(open.size(), from + lookup_batch);
        look_up(scratch, after, *link,
                {open.begin() + static_cast<std::ptrdiff_t>(from), open.begin() + static_cast<std::ptrdiff_t>(to)});
      }
    }
  }
}

void Populations::look_up(pg::Connection& scratch, const pg::Catalog& after, const Link& link,
                          const std::vector<Open>& open) {
  const auto table = after.tables.find(link.parent);
  if (table == after.tables.end()) return;
  const auto column = [&](int number) {
    return std::find_if(table->second.columns.begin(), table->second.columns.end(),
                        [&](const pg::Column& candidate) { return candidate.number == number; });
  };
  const BoundTable* bound = subject_.contract_table(link.parent);
  const Link* onward = subject_.link(link.parent);
  const ColumnNumbers wanted = bound ? ColumnNumbers{bound->population} : onward->columns;

  std::vector<std::string> selected, arrays, names, conditions;
  for (const int number : wanted) {
    if (column(number) == table->second.columns.end()) return;
    selected.push_back(fmt::format("p.{}", pg::quote_identifier(column(number)->name)));
  }
  std::vector<pg::OptionalText> parameters;
  for (std::size_t i = 0; i < link.target.size(); ++i) {
    const auto target = column(link.target[i]);
    if (target == table->second.columns.end()) return;
    std::vector<std::string> values;
    for (const Open& row : open) values.push_back(row.values[i]);
    parameters.emplace_back(array_literal(values));
    arrays.push_back(fmt::format("${}::text[]", i + 1));
    names.push_back(fmt::format("v{}", i + 1));
    conditions.push_back(fmt::format("p.{} = k.v{}::{}", pg::quote_identifier(target->name), i + 1, target->type));
  }
  const std::string sql =
      fmt::format("SELECT k.ord, {} FROM unnest({}) WITH ORDINALITY AS k({}, ord) JOIN {} AS p ON {}",
                  fmt::join(selected, ", "), fmt::join(arrays, ", "), fmt::join(names, ", "),
                  pg::quote_qualified(table->second.schema, table->second.name), fmt::join(conditions, " AND "));
  for (const pg::Row& row : scratch.rows(sql, parameters)) {
    const Open& asked = open[std::stoul(*row[0]) - 1];
    Entry& entry = looked_up_[digest(link, asked.values)];
    if (bound) {
      entry.population = intern(bound->declared, row[1].value_or(no_population));
      continue;
    }
    std::vector<std::string> parent;
    for (std::size_t i = 1; i < row.size() && row[i]; ++i) parent.push_back(*row[i]);
    if (parent.size() + 1 < row.size()) continue;
    entry.population = none;
    entry.parent = digest(*onward, parent);
    if (!find(entry.parent)) note_open(*onward, parent);
  }
}

Populations::Id Populations::follow(const Digest& row, const contract::Table* table) {
  Digest at = row;
  // Longer than any chain of foreign keys, which may be a cycle.
  for (int depth = 0; depth < 64; ++depth) {
    const Entry* entry = find(at);
    if (!entry) break;
    if (entry->population != none) return entry->population;
    at = entry->parent;
  }
  return nobody(table);
}

Populations::Id Populations::of(const changeset::Relation& relation, std::string_view tuple) {
  sort_observed();
  const Shape& known = shape(relation);
  if (known.contract) return of_value(*known.contract, tuple, known.population);
  if (!known.link) return none;
  const auto parent = values(tuple, known.link_columns);
  const contract::Table* table = contract_behind(*known.link);
  return parent.empty() ? nobody(table) : follow(digest(*known.link, parent), table);
}

}  // namespace rehearse
