#include "apply/advice.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace apply {

namespace {

// `"on row" of public.orders`.
std::vector<std::string> deferred_triggers(pg::Connection& production, const std::vector<changeset::Relation>& tables) {
  std::vector<std::string> names;
  for (const pg::Row& row : production.rows(R"(
      SELECT t.tgname, n.nspname || '.' || c.relname
        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE t.tginitdeferred AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') ORDER BY 2, 1)")) {
    const bool ours = std::any_of(tables.begin(), tables.end(), [&](const changeset::Relation& table) {
      return table.qualified() == row[1].value();
    });
    if (ours) names.push_back(fmt::format("\"{}\" of {}", row[0].value(), row[1].value()));
  }
  return names;
}

bool holds_dates(const pg::Catalog& catalog, const Difference& difference) {
  return std::any_of(catalog.tables.begin(), catalog.tables.end(), [&](const auto& entry) {
    const pg::Table& table = entry.second;
    return table.qualified() == difference.table &&
           std::any_of(table.columns.begin(), table.columns.end(), [](const pg::Column& column) {
             return column.type == "date" || column.type.starts_with("timestamp");
           });
  });
}

}  // namespace

std::optional<std::string> deferred_to_its_end(pg::Connection& production, const OneTransaction& transaction,
                                               const std::vector<changeset::Relation>& tables) {
  if (!transaction.joined) return std::nullopt;
  const std::vector<std::string> triggers = deferred_triggers(production, tables);
  if (triggers.empty()) return std::nullopt;
  return fmt::format(
      "when it was rehearsed, each of the script's transactions ran its deferred triggers at its own end ({}); the "
      "apply is one transaction. Where it is refused for what they do, put BEGIN and COMMIT around the script and "
      "make a new plan",
      fmt::join(triggers, ", "));
}

std::optional<std::string> counted_from_another_day(const pg::Catalog& catalog, std::int64_t rehearsed,
                                                    std::int64_t now, const std::vector<Difference>& differences) {
  const auto day_of = [](std::int64_t at) {
    return std::chrono::floor<std::chrono::days>(std::chrono::microseconds(at));
  };
  const bool dates = std::any_of(differences.begin(), differences.end(), [&](const Difference& difference) {
    return difference.kind == DifferenceKind::result && holds_dates(catalog, difference);
  });
  if (!dates || day_of(rehearsed) == day_of(now)) return std::nullopt;
  return "the plan is of another day: dates that the script counts from it by months, and times that it rounds, "
         "come out otherwise. Make the plan and apply it on the same day";
}

}  // namespace apply
