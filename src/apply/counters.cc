#include "apply/counters.h"

namespace apply {

namespace {

std::map<std::string, rehearse::Counts> read(pg::Connection& session) {
  std::map<std::string, rehearse::Counts> counts;
  for (const pg::Row& row :
       session.rows("SELECT schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_del"
                    " FROM pg_catalog.pg_stat_xact_user_tables"
                    " WHERE (n_tup_ins > 0 OR n_tup_upd > 0 OR n_tup_del > 0) AND schemaname !~ '^pg_temp_'")) {
    counts[row[0].value()] = {.inserted = std::stoll(row[1].value()),
                              .updated = std::stoll(row[2].value()),
                              .deleted = std::stoll(row[3].value())};
  }
  return counts;
}

}  // namespace

Counters::Counters(pg::Connection& session) : session_(session), baseline_(read(session)) {}

std::map<std::string, rehearse::Counts> Counters::since() const {
  std::map<std::string, rehearse::Counts> counts = read(session_);
  for (auto entry = counts.begin(); entry != counts.end();) {
    const auto before = baseline_.find(entry->first);
    if (before != baseline_.end()) {
      entry->second.inserted -= before->second.inserted;
      entry->second.updated -= before->second.updated;
      entry->second.deleted -= before->second.deleted;
    }
    entry = entry->second.total() == 0 ? counts.erase(entry) : std::next(entry);
  }
  return counts;
}

}  // namespace apply
