#include "apply/counters.h"

namespace apply {

namespace {

constexpr const char* query = R"(
  SELECT n.nspname || '.' || c.relname, pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
         pg_catalog.pg_stat_get_xact_tuples_updated(c.oid), pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp_)'
    AND (pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) > 0
         OR pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) > 0
         OR pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) > 0))";

constexpr const char* scans_query = R"(
  SELECT s.oid, s.scans
  FROM (SELECT c.oid, pg_catalog.pg_stat_get_xact_numscans(c.oid)
               + (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(i.indexrelid)), 0)
                  FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS scans
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname !~ '^pg_(toast|temp_)') s
  WHERE s.scans > 0)";

std::int64_t number(const std::optional<std::string_view>& text) {
  return std::stoll(std::string(text.value()));
}

// Adds one row of the answer, less what the baseline has. Two tables may have the same name here (namesakes()).
void enter(const std::vector<std::optional<std::string_view>>& row,
           const std::map<std::string, rehearse::Counts>& baseline, std::map<std::string, rehearse::Counts>& counts) {
  const std::string table(row.at(0).value());
  rehearse::Counts now{.inserted = number(row.at(1)), .updated = number(row.at(2)), .deleted = number(row.at(3))};
  const auto before = baseline.find(table);
  if (before != baseline.end() && !counts.contains(table)) {
    now.inserted -= before->second.inserted;
    now.updated -= before->second.updated;
    now.deleted -= before->second.deleted;
  }
  if (now.total() != 0) counts[table] += now;
}

}  // namespace

const char* Counters::question() {
  return query;
}

Counters::Counters(pg::Connection& session) : session_(session) {
  session.each_row(query, {}, [&](const auto& row) { enter(row, {}, baseline_); });
}

std::map<std::string, rehearse::Counts> Counters::since() const {
  std::map<std::string, rehearse::Counts> counts;
  session_.each_row(query, {}, [&](const auto& row) { enter(row, baseline_, counts); });
  return counts;
}

void Counters::since(pg::Pipeline& pipeline, std::map<std::string, rehearse::Counts>& counts) const {
  pipeline.add(query, {}, [&](const auto& row) { enter(row, baseline_, counts); });
}

const char* Scans::question() {
  return scans_query;
}

Scans::Scans(pg::Connection& session) {
  session.each_row(scans_query, {}, [&](const auto& row) {
    baseline_[static_cast<std::uint32_t>(number(row.at(0)))] = number(row.at(1));
  });
}

void Scans::since(pg::Pipeline& pipeline, std::set<std::uint32_t>& tables) const {
  pipeline.add(scans_query, {}, [this, &tables](const auto& row) {
    const auto table = static_cast<std::uint32_t>(number(row.at(0)));
    const auto before = baseline_.find(table);
    if (before == baseline_.end() || before->second < number(row.at(1))) tables.insert(table);
  });
}

}  // namespace apply
