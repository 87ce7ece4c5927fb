#include "apply/write_order.h"

#include <algorithm>
#include <map>
#include <set>

namespace apply {

namespace {

using Tables = std::set<std::string>;

// Children and parents of one key among the tables that are written. A key between partitioned tables stands on many.
struct Key {
  Tables children;
  Tables parents;
  std::set<std::string> parent_columns;
};

class Order {
 public:
  Order(const Survey& survey, const std::vector<Reference>& references, const std::vector<Unique>& uniques)
      : survey_(survey), uniques_(uniques) {
    for (const auto& [name, table] : survey.tables()) {
      names_[table.table->oid] = name;
      reaches_[name] = {name};
    }
    for (const Reference& reference : references) {
      if (!reference.can_wait()) enter(reference);
    }
  }

  std::vector<TableGroup> groups() {
    for (const auto& [whole, key] : keys_) {
      for (const std::string& child : key.children) reaches_[child].insert(key.parents.begin(), key.parents.end());
    }
    find_exchanges();
    close();
    // Who reaches more tables stands below them; those of a circle reach the same.
    std::vector<std::string> tables;
    for (const auto& [name, reached] : reaches_) tables.push_back(name);
    std::stable_sort(tables.begin(), tables.end(), [&](const std::string& a, const std::string& b) {
      const Tables& of_a = reaches_[a];
      const Tables& of_b = reaches_[b];
      return of_a.size() == of_b.size() ? of_a < of_b : of_a.size() < of_b.size();
    });
    std::vector<TableGroup> groups;
    for (const std::string& table : tables) {
      if (groups.empty() || !reaches_[groups.back().tables.front()].contains(table)) groups.emplace_back();
      groups.back().tables.push_back(table);
    }
    for (TableGroup& group : groups) group.how = how(group);
    return groups;
  }

 private:
  void enter(const Reference& reference) {
    Key& key = keys_[reference.whole];
    for (const Reference::Column& column : reference.columns) key.parent_columns.insert(column.parent);
    if (const auto child = names_.find(reference.child); child != names_.end()) key.children.insert(child->second);
    const auto parent = names_.find(reference.parent);
    if (parent == names_.end()) return;
    key.parents.insert(parent->second);
    looked_up_.insert(parent->second);
  }

  static bool meet(const std::set<std::string>& some, const std::vector<std::string>& others) {
    return std::any_of(others.begin(), others.end(), [&](const std::string& one) { return some.contains(one); });
  }

  bool hands_values_round(const SurveyedTable& table) const {
    if (table.any_written_anew) return true;
    return std::any_of(uniques_.begin(), uniques_.end(), [&](const Unique& unique) {
      if (unique.table != table.table->oid || unique.primary || unique.deferrable) return false;
      const bool updates = meet(table.updated, unique.uses) || (unique.generated && table.counts.updated > 0);
      return (updates || table.counts.inserted > 0) && (updates || table.counts.deleted > 0);
    });
  }

  bool changes_keys(const std::string& name) const {
    const SurveyedTable& table = survey_.tables().at(name);
    return std::any_of(keys_.begin(), keys_.end(), [&](const auto& entry) {
      const Key& key = entry.second;
      return key.parents.contains(name) &&
             std::any_of(key.parent_columns.begin(), key.parent_columns.end(),
                         [&](const std::string& column) { return table.updated.contains(column); });
    });
  }

  // What is done at one time draws the tables below into it, unless these only gain rows: what they lose has to go
  // before.
  void find_exchanges() {
    std::vector<std::string> todo;
    for (const auto& [name, table] : survey_.tables()) {
      if (hands_values_round(table) || changes_keys(name)) todo.push_back(name);
    }
    while (!todo.empty()) {
      const std::string name = todo.back();
      todo.pop_back();
      if (!at_one_time_.insert(name).second) continue;
      for (const auto& [whole, key] : keys_) {
        if (!key.parents.contains(name)) continue;
        for (const std::string& child : key.children) {
          const rehearse::Counts& counts = survey_.tables().at(child).counts;
          if (counts.updated + counts.deleted == 0) continue;
          reaches_[name].insert(child);
          todo.push_back(child);
        }
      }
    }
  }

  void close() {
    for (bool grown = true; grown;) {
      grown = false;
      for (auto& [name, reached] : reaches_) {
        Tables all = reached;
        for (const std::string& next : reached) all.insert(reaches_[next].begin(), reaches_[next].end());
        if (all.size() == reached.size()) continue;
        reached = std::move(all);
        grown = true;
      }
    }
  }

  TableGroup::How how(const TableGroup& group) const {
    const auto in = [&](const Tables& tables) {
      return std::any_of(group.tables.begin(), group.tables.end(),
                         [&](const std::string& name) { return tables.contains(name); });
    };
    if (!in(at_one_time_)) return TableGroup::How::in_passes;
    return group.tables.size() > 1 || in(looked_up_) ? TableGroup::How::at_once : TableGroup::How::at_one_time;
  }

  const Survey& survey_;
  const std::vector<Unique>& uniques_;
  std::map<std::uint32_t, std::string> names_;  // of the tables that are written, by oid
  std::map<std::uint32_t, Key> keys_;           // by the oid of the constraint that was made
  Tables looked_up_;                            // parents, whether their children are written or not
  std::map<std::string, Tables> reaches_;       // itself, its parents, theirs, …
  Tables at_one_time_;
};

}  // namespace

std::vector<TableGroup> write_order(const Survey& survey, const std::vector<Reference>& references,
                                    const std::vector<Unique>& uniques) {
  return Order(survey, references, uniques).groups();
}

}  // namespace apply
