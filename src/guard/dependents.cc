#include "guard/dependents.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "base/text.h"
#include "guard/migration_names.h"
#include "guard/session.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

// Rows that one question names.
constexpr std::size_t at_once = 20'000;
constexpr std::size_t ids_shown = 5;

// "(12,3)" and back.
std::uint64_t to_item(const pg::OptionalText& text) {
  const std::string& tid = text.value();
  std::uint64_t block = 0;
  std::uint64_t line = 0;
  const char* const end = tid.data() + tid.size();
  const auto comma = std::from_chars(tid.data() + 1, end, block);
  std::from_chars(comma.ptr + 1, end, line);
  return block << 16 | line;
}

std::string to_array(const std::uint64_t* first, const std::uint64_t* last) {
  std::string array = "{";
  for (const std::uint64_t* item = first; item != last; ++item) {
    array += fmt::format("{}\"({},{})\"", array.size() > 1 ? "," : "", *item >> 16, *item & 0xFFFF);
  }
  return array + "}";
}

void in_chunks(const std::vector<std::uint64_t>& items, const std::function<void(const std::string& array)>& visit) {
  for (std::size_t first = 0; first < items.size(); first += at_once) {
    visit(to_array(items.data() + first, items.data() + std::min(first + at_once, items.size())));
  }
}

}  // namespace

std::string sentence(const Hindrance& hindrance) {
  return fmt::format("{} of {} ({}{}) {}", base::count_of(hindrance.rows, "row"), hindrance.table,
                     base::one_line(hindrance.population, 60),
                     hindrance.ids.empty() ? "" : fmt::format(": {}", fmt::join(hindrance.ids, ", ")),
                     hindrance.message);
}

std::string sentence(const Outside& outside) {
  return fmt::format("{} of {} in {} {} {} ({}): {}{}", base::count_of(outside.rows, "row"),
                     base::one_line(outside.population, 60), outside.table, outside.rows == 1 ? "lies" : "lie",
                     outside.holder.empty() ? fmt::format("outside of {} id space", outside.rows == 1 ? "its" : "their")
                                            : fmt::format("in the id space of {}", base::one_line(outside.holder, 60)),
                     outside.space, fmt::join(outside.ids, ", "),
                     static_cast<std::size_t>(outside.rows) > outside.ids.size() ? ", …" : "");
}

Dependents::Dependents(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& seeds)
    : connection_(connection), bound_(bound), keys_(connection) {
  for (const TestPopulation& population : seeds) seed(population);
  Places frontier;
  for (const auto& [place, row] : rows_) frontier[place.table].push_back(place.item);
  while (!frontier.empty()) {
    Places next;
    for (const auto& [table, items] : frontier) {
      for (const Key* key : keys_.to(table)) follow(*key, table, items, next);
    }
    frontier = std::move(next);
  }
  look_for_other_parents();
}

const BoundTable* Dependents::contract_table(Oid table) const {
  const auto found = std::find_if(bound_.tables.begin(), bound_.tables.end(),
                                  [root = keys_.root(table)](const BoundTable& each) { return each.oid == root; });
  return found == bound_.tables.end() ? nullptr : &*found;
}

bool Dependents::disposable(const BoundTable& table, const pg::OptionalText& population) {
  const contract::Population* declared = population ? table.find(*population) : nullptr;
  return declared && declared->disposable;
}

std::size_t Dependents::intern(const std::string& name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
  names_.push_back(name);
  return names_.size() - 1;
}

void Dependents::seed(const TestPopulation& population) {
  const BoundTable& table = *population.table;
  const std::size_t name = intern(population.population->name);
  const std::string sql = fmt::format("select tableoid, ctid, {} from {} where {} = $1", table.id_number(),
                                      table.quoted(), table.population.quoted());
  asking(table.qualified(), connection_, [&] {
    connection_.each_row(sql, {population.population->name}, [&](const auto& row) {
      rows_.emplace(Place{pg::to_oid(std::string(*row[0])), to_item(std::string(*row[1]))}, Row{name, Fate::own});
      if (row[2]) look_where_it_is(population, pg::to_integer(std::string(*row[2])));
    });
  });
}

void Dependents::look_where_it_is(const TestPopulation& population, std::int64_t id) {
  const BoundTable& table = *population.table;
  const auto& all = table.declared->populations;
  const auto holder = std::find_if(all.begin(), all.end(), [&](const contract::Population& each) {
    return !each.disposable && !each.ids.ranges.empty() && each.ids.contains(id);
  });
  const contract::Population& own = *population.population;
  if (holder == all.end() && own.ids.contains(id)) return;
  const std::string name = holder == all.end() ? "" : holder->name;
  auto found = std::find_if(outside_.begin(), outside_.end(), [&](const Outside& each) {
    return each.table == table.qualified() && each.population == own.name && each.holder == name;
  });
  if (found == outside_.end()) {
    found = outside_.insert(
        found, {.table = table.qualified(),
                .population = own.name,
                .holder = name,
                .space = name.empty() ? own.ids.text() : holder->ids.text(),
                .give_back = give_population(table, literal(name.empty() ? "…" : name), std::to_string(id))});
  }
  ++found->rows;
  if (found->ids.size() < ids_shown) found->ids.push_back(std::to_string(id));
}

// Of the tables that `sql` reads, `table` is the one that nothing was asked of yet.
std::vector<pg::Row> Dependents::ask(Oid table, const std::string& sql, const std::vector<pg::OptionalText>& values) {
  return asking(keys_.relation(table).qualified(), connection_, [&] { return connection_.rows(sql, values); });
}

// The children of rows that go.
void Dependents::follow(const Key& key, Oid parent, const std::vector<std::uint64_t>& items, Places& next) {
  const BoundTable* table = contract_table(key.child);
  const std::string sql = fmt::format(
      "select c.tableoid, c.ctid, p.ctid{} from {} c join {} p on {} where p.tableoid = $1 and p.ctid = any "
      "($2::tid[])",
      table ? fmt::format(", {}, c.{}::text", table->population_text("c"), table->id.quoted()) : "",
      keys_.relation(key.child).rows(), keys_.relation(key.parent).rows(), key.join());
  in_chunks(items, [&](const std::string& array) {
    for (const pg::Row& row : ask(key.child, sql, {std::to_string(parent), array})) {
      const Place child{pg::to_oid(row[0]), to_item(row[1])};
      if (!table) {
        meet(key, child, rows_.at({parent, to_item(row[2])}).population, next);
      } else if (disposable(*table, row[3])) {
        meet(key, child, intern(*row[3]), next);
      } else {
        hinder(key.child, row[3].value_or("NULL"),
               fmt::format("would be {} by constraint {}, because a row that goes is its parent",
                           key.deletes() ? "deleted" : "changed", key.name),
               row[4].value_or("NULL"));
      }
    }
  });
}

void Dependents::meet(const Key& key, const Place& child, std::size_t population, Places& next) {
  if (!key.deletes()) {
    ++losses_[child.table];
    rows_.emplace(child, Row{population, Fate::loses});
    return;
  }
  const Fate fate = key.blocks() ? Fate::first : Fate::cascade;
  const auto [known, fresh] = rows_.emplace(child, Row{population, fate});
  if (fresh || known->second.fate == Fate::loses) {
    known->second.fate = fate;
    next[child.table].push_back(child.item);
  } else if (known->second.fate == Fate::cascade) {
    known->second.fate = fate;
  }
}

void Dependents::hinder(Oid table, const std::string& population, const std::string& message, const std::string& id) {
  const std::string name = keys_.relation(keys_.root(table)).qualified();
  auto found = std::find_if(hindrances_.begin(), hindrances_.end(), [&](const Hindrance& each) {
    return each.table == name && each.population == population && each.message == message;
  });
  if (found == hindrances_.end()) found = hindrances_.insert(found, {name, population, 0, message, {}});
  ++found->rows;
  if (!id.empty() && found->ids.size() < ids_shown) found->ids.push_back(id);
}

// A row that hangs on a test row may hang on a real one as well: then it is not ours to take. Every key to a contract
// table counts, and to other tables those that cascade: a row is the part of what takes it along.
void Dependents::look_for_other_parents() {
  Places dependents;
  for (const auto& [place, row] : rows_) {
    if (!contract_table(place.table)) dependents[place.table].push_back(place.item);
  }
  while (!dependents.empty()) {
    Places above;
    std::set<Place> met;
    for (const auto& [place, children] : below_) met.insert(place);
    for (const auto& [table, items] : dependents) look_above(table, items);
    for (const auto& [place, children] : below_) {
      if (!met.contains(place)) above[place.table].push_back(place.item);
    }
    dependents = std::move(above);
  }
}

void Dependents::look_above(Oid table, const std::vector<std::uint64_t>& items) {
  for (const Key* key : keys_.of(table)) {
    const BoundTable* contract = contract_table(key->parent);
    if (!contract && key->on_delete != OnDelete::cascade) continue;
    const std::string sql = fmt::format(
        "select c.ctid, p.tableoid, p.ctid{} from {} c join {} p on {} where c.tableoid = $1 and c.ctid = any "
        "($2::tid[])",
        contract ? ", " + contract->population_text("p") : "", keys_.relation(key->child).rows(),
        keys_.relation(key->parent).rows(), key->join());
    in_chunks(items, [&](const std::string& array) {
      for (const pg::Row& row : ask(key->parent, sql, {std::to_string(table), array})) {
        const Place child{table, to_item(row[0])};
        const Place parent{pg::to_oid(row[1]), to_item(row[2])};
        const auto known = rows_.find(parent);
        if (known != rows_.end() && known->second.fate != Fate::loses) continue;
        if (!contract) {
          below_[parent].push_back(child);
          continue;
        }
        if (disposable(*contract, row[3])) continue;
        // Downwards again, to the rows of ours that hang on it.
        std::vector<Place> hanging = {child};
        std::set<Place> seen;
        while (!hanging.empty()) {
          const Place place = hanging.back();
          hanging.pop_back();
          if (!seen.insert(place).second) continue;
          if (rows_.contains(place)) {
            hinder(place.table, row[3].value_or("NULL"),
                   fmt::format("cannot go: a row of {} is referenced as well", contract->qualified()), {});
          }
          if (const auto lower = below_.find(place); lower != below_.end())
            hanging.insert(hanging.end(), lower->second.begin(), lower->second.end());
        }
      }
    });
  }
}

std::vector<Going> Dependents::going() const {
  std::map<std::tuple<std::string, std::size_t, Fate>, std::int64_t> sums;
  for (const auto& [place, row] : rows_) {
    ++sums[{keys_.relation(keys_.root(place.table)).qualified(), row.population, row.fate}];
  }
  std::vector<Going> result;
  for (const auto& [key, rows] : sums) {
    result.push_back({std::get<0>(key), names_[std::get<1>(key)], std::get<2>(key), rows});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Going& a, const Going& b) { return (a.fate == Fate::own) > (b.fate == Fate::own); });
  return result;
}

std::map<Oid, std::int64_t> Dependents::deletions() const {
  std::map<Oid, std::int64_t> result;
  for (const auto& [place, row] : rows_) {
    if (row.fate != Fate::loses) ++result[place.table];
  }
  return result;
}

std::vector<Oid> Dependents::order() const {
  std::set<Oid> tables;
  for (const auto& [table, rows] : deletions()) tables.insert(keys_.root(table));
  std::vector<Oid> result;
  std::set<Oid> visited;
  const std::function<void(Oid)> visit = [&](Oid table) {
    if (!visited.insert(table).second) return;
    for (const Key* key : keys_.to(table)) {
      if (tables.contains(keys_.root(key->child))) visit(keys_.root(key->child));
    }
    result.push_back(table);
  };
  for (const Oid table : tables) visit(table);
  return result;
}

std::vector<std::pair<Oid, std::string>> Dependents::rows_to_delete(Oid table) const {
  Places places;
  for (const auto& [place, row] : rows_) {
    if (row.fate == Fate::first && keys_.root(place.table) == table) places[place.table].push_back(place.item);
  }
  std::vector<std::pair<Oid, std::string>> result;
  for (auto& [leaf, items] : places) result.emplace_back(leaf, to_array(items.data(), items.data() + items.size()));
  return result;
}

std::vector<std::pair<Oid, std::string>> Dependents::rows_that_go() const {
  Places places;
  for (const auto& [place, row] : rows_) {
    if (row.fate != Fate::loses) places[place.table].push_back(place.item);
  }
  std::vector<std::pair<Oid, std::string>> result;
  for (const auto& [leaf, items] : places) {
    in_chunks(items, [&, table = leaf](const std::string& array) { result.emplace_back(table, array); });
  }
  return result;
}

bool Dependents::concerns(Oid table) const {
  std::set<Oid> seen;
  std::vector<Oid> open = {table};
  while (!open.empty()) {
    const Oid next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    if (contract_table(next)) return true;
    for (const Key* key : keys_.of(next)) open.push_back(key->parent);
  }
  return false;
}

}  // namespace guard
