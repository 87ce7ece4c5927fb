#include "apply/leftovers.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <set>

#include "apply/table_rows.h"

namespace apply {

namespace {

constexpr std::size_t remembered = 10'000;  // ids of one side that are looked for on the other
constexpr std::string_view untouched = "the script leaves planned rows alone";
constexpr std::string_view otherwise = "planned rows come out otherwise than they were rehearsed";

std::string_view act_of(std::string_view before, std::string_view after) {
  if (before.empty()) return "inserts";
  return after.empty() ? "deletes" : "updates";
}

std::string unplanned(const std::set<std::string_view>& acts) {
  return fmt::format("the script {} rows that the plan does not know",
                     acts.empty() ? "changes" : fmt::to_string(fmt::join(acts, " and ")));
}

}  // namespace

void Leftovers::see(const changeset::Relation& relation, bool actual, std::string_view before, std::string_view after,
                    const std::string& masked) {
  Table& table = tables_[relation.qualified()];
  table.relation = relation;
  (actual ? table.actual : table.planned) += 1;
  auto& rows = actual ? table.actual_rows : table.planned_rows;
  if (rows.size() < remembered) {
    rows.emplace(row_id(relation, after.empty() ? before : masked),
                 Image{act_of(before, after), std::string(after), masked});
  }
}

std::vector<Difference> Leftovers::differences() {
  DifferenceList list;
  for (auto& [name, table] : tables_) {
    std::int64_t both = 0;
    std::set<std::string_view> acts;  // of rows that the plan does not know
    for (const auto& [id, actual] : table.actual_rows) {
      const auto planned = table.planned_rows.find(id);
      if (planned == table.planned_rows.end()) {
        acts.insert(actual.act);
        list.at(DifferenceKind::unplanned, name, "").add(id);  // said below, when all acts are known
        continue;
      }
      Difference& difference = list.at(DifferenceKind::result, name, otherwise);
      difference.add(id);
      difference.add_columns(table.relation, id, planned->second.after, actual.after, planned->second.masked,
                             actual.masked);
      table.planned_rows.erase(planned);
      ++both;
    }
    for (const auto& [id, planned] : table.planned_rows) list.at(DifferenceKind::untouched, name, untouched).add(id);
    if (table.actual > both && table.actual_rows.size() >= remembered) {
      list.at(DifferenceKind::unplanned, name, unplanned(acts)).rows = table.actual - both;
    }
    if (!acts.empty()) list.at(DifferenceKind::unplanned, name, "").message = unplanned(acts);
    if (table.planned > both &&
        both + static_cast<std::int64_t>(table.planned_rows.size()) >= static_cast<std::int64_t>(remembered)) {
      list.at(DifferenceKind::untouched, name, untouched).rows = table.planned - both;
    }
  }
  return list.take();
}

}  // namespace apply
