#include "apply/at_commit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pg/pipeline.h"

namespace apply {

namespace {

constexpr int rounds_at_most = 50;

// Only a row that was written queues a trigger: where a round writes none, none waits.
constexpr const char* written_query =
    "SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)"
    " + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)), 0)"
    " FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p')";

struct Round {
  std::int64_t written = 0;  // since the session's beginning
  std::vector<std::string> held;
};

Round fire_triggers(pg::Connection& session) {
  Round round;
  pg::Pipeline pipeline(session);
  pipeline.add("SET CONSTRAINTS ALL IMMEDIATE");
  pipeline.add(written_query, {}, [&](const auto& row) { round.written = std::stoll(std::string(row.at(0).value())); });
  pipeline.add("SELECT name FROM pg_catalog.pg_cursors WHERE is_holdable", {},
               [&](const auto& row) { round.held.emplace_back(row.at(0).value()); });
  pipeline.run();
  return round;
}

}  // namespace

bool come_to_rest(pg::Connection& session) {
  std::optional<std::int64_t> before;
  for (int i = 0; i < rounds_at_most; ++i) {
    const Round round = fire_triggers(session);
    for (const std::string& cursor : round.held) {
      session.none("MOVE FORWARD ALL IN " + pg::quote_identifier(cursor));
      session.none("CLOSE " + pg::quote_identifier(cursor));
    }
    if (round.held.empty() && before == round.written) return true;
    before = round.written;
  }
  return false;
}

}  // namespace apply
