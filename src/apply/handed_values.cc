#include "apply/handed_values.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "changeset/tuple.h"

namespace apply {

namespace {

using Images = std::vector<changeset::Value>;

// What rows of one relation have in some of its columns, that went from one to another. Keeps hashes, about 40 bytes a
// value: of two that share one, a table is written more carefully than it need be, or the server is asked once more.
class Passing {
 public:
  explicit Passing(std::vector<std::uint32_t> places) : places_(std::move(places)) {}

  // Calls `passed` with each value (a tuple) of which this change is the second end.
  template <typename Visit>
  void look_at(const changeset::Change& change, Visit passed) {
    const std::optional<std::string> lost = spelt(change.before);
    const std::optional<std::string> gained = spelt(change.after);
    if (lost == gained) return;
    constexpr std::hash<std::string> hash;
    if (lost && gained_.contains(hash(*lost))) passed(*lost);
    if (gained && lost_.contains(hash(*gained))) passed(*gained);
    if (lost) lost_.insert(hash(*lost));
    if (gained) gained_.insert(hash(*gained));
  }

 private:
  std::optional<std::string> spelt(const std::string& image) const {
    if (image.empty()) return std::nullopt;
    const Images values = changeset::values_of(image);
    std::string all;
    for (const std::uint32_t place : places_) changeset::put_value(all, values.at(place));
    return all;
  }

  std::vector<std::uint32_t> places_;
  std::unordered_set<std::size_t> lost_;
  std::unordered_set<std::size_t> gained_;
};

// Of one relation.
struct Watched {
  std::uint32_t table = 0;
  std::vector<Passing> uniques;
  std::vector<std::uint32_t> identities;                   // their places
  std::vector<std::pair<std::uint32_t, Passing>> parents;  // by the key's oid

  bool is_handed_round(const changeset::Change& update) {
    bool handed = false;
    for (Passing& unique : uniques) {
      unique.look_at(update, [&](const std::string&) { handed = true; });
    }
    if (identities.empty()) return handed;
    const Images before = changeset::values_of(update.before);
    const Images after = changeset::values_of(update.after);
    return handed || std::any_of(identities.begin(), identities.end(),
                                 [&](std::uint32_t place) { return before.at(place) != after.at(place); });
  }
};

Watched watched(const changeset::Relation& relation, const pg::Table& table, const std::vector<Reference>& references,
                const std::vector<Unique>& uniques) {
  Watched watched{.table = table.oid};
  for (const Unique& unique : uniques) {
    if (unique.table != table.oid || unique.primary || unique.deferrable) continue;
    std::vector<std::uint32_t> places = places_of(relation, unique.uses);
    if (!places.empty()) watched.uniques.emplace_back(std::move(places));
  }
  for (const pg::Column& column : table.columns) {
    const std::vector<std::uint32_t> place = places_of(relation, {column.name});
    if (column.identity && !place.empty()) watched.identities.push_back(place.front());
  }
  for (const Reference& reference : references) {
    if (reference.parent != table.oid || (!reference.acts_on_delete && !reference.acts_on_update)) continue;
    std::vector<std::string> columns;
    for (const Reference::Column& column : reference.columns) columns.push_back(column.parent);
    std::vector<std::uint32_t> places = places_of(relation, columns);
    if (!places.empty()) watched.parents.emplace_back(reference.whole, Passing(std::move(places)));
  }
  return watched;
}

// Relations in which values can go from one row to another: some rows lose theirs, and some gain. Millions of rows that
// only come back, or only go, are none, and their values need not be kept.
std::set<std::uint32_t> exchanging(const changeset::Reader& net) {
  std::set<std::uint32_t> losing;
  std::set<std::uint32_t> gaining;
  net.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!change.before.empty()) losing.insert(change.relation);
    if (!change.after.empty()) gaining.insert(change.relation);
  });
  std::erase_if(losing, [&](std::uint32_t relation) { return !gaining.contains(relation); });
  return losing;
}

}  // namespace

HandedValues::HandedValues(const changeset::Reader& net, const pg::Catalog& catalog,
                           const std::vector<Reference>& references, const std::vector<Unique>& uniques) {
  const std::set<std::uint32_t> both = exchanging(net);
  if (both.empty()) return;
  std::map<std::uint32_t, Watched> relations;
  net.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!both.contains(change.relation)) return;
    auto found = relations.find(change.relation);
    if (found == relations.end()) {
      const changeset::Relation& relation = net.relations()[change.relation];
      const pg::Table* table = catalog.find(relation.schema, relation.name);
      if (!table) return;
      found = relations.emplace(change.relation, watched(relation, *table, references, uniques)).first;
    }
    Watched& watched = found->second;
    if (change.op == changeset::Op::update && watched.is_handed_round(change)) among_updates_.insert(watched.table);
    for (auto& [key, parents] : watched.parents) {
      parents.look_at(change, [&, key = key](const std::string& value) { followed_[key].insert(value); });
    }
  });
}

Survey::Anew anew_where(bool silenced, const HandedValues& handed, const std::vector<Reference>& references) {
  if (silenced) return [](std::uint32_t) { return true; };
  std::set<std::uint32_t> tables = handed.among_updates();
  for (const Reference& reference : references) {
    if (reference.acts_on_delete) tables.erase(reference.parent);
  }
  return [tables = std::move(tables)](std::uint32_t table) { return tables.contains(table); };
}

}  // namespace apply
