#include "apply/side_effects.h"

#include <fmt/core.h>

#include <algorithm>

#include "apply/catalog_changes.h"
#include "apply/preflight.h"

namespace apply {

namespace {

constexpr const char* already_set = "; what was drawn or set stays so, no rollback takes it back";

constexpr const char* before_query = R"(
    SELECT (SELECT source FROM pg_catalog.pg_settings WHERE name = 'track_counts'),
           EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgdeferrable AND NOT tgisinternal))";

bool is_beyond(const pg::Sequence& sequence, std::int64_t number, std::int64_t than) {
  return sequence.increment > 0 ? number > than : number < than;
}

}  // namespace

SideEffects::SideEffects(Target& target, const rehearse::Plan& plan, const pg::Catalog& catalog, bool may_set)
    : target_(target), plan_(plan), before_(pg::read_sequences(target.witness())) {
  const pg::Row row = target.session().one_row(before_query);
  counting_ = row[0].value_or("");
  defers_ = row[1] == "t";
  if (may_set && !by_rows(plan)) draws_.emplace(target.session(), plan, catalog);
}

void SideEffects::look(pg::Pipeline& pipeline) {
  pipeline.add(question(), {}, [this](const auto& row) { note(row); });
  if (draws_) draws_->look(pipeline);
}

// Statistics and dependencies follow from other catalogs or say nothing that a person wrote.
const char* SideEffects::question() {
  return R"(
    SELECT 'counting', s.source FROM pg_catalog.pg_settings s WHERE s.name = 'track_counts'
    UNION ALL
    SELECT 'held', name FROM pg_catalog.pg_cursors WHERE is_holdable
    UNION ALL
    (SELECT 'deferrable', tgname FROM pg_catalog.pg_trigger WHERE tgdeferrable AND NOT tgisinternal LIMIT 1)
    UNION ALL
    SELECT CASE WHEN c.relname IN ('pg_largeobject', 'pg_largeobject_metadata') THEN 'large objects'
                WHEN pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 'catalog' ELSE 'hidden' END, c.relname
      FROM pg_catalog.pg_class c
     WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'
       AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_depend', 'pg_shdepend')
       AND (pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) > 0 OR pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) > 0
            OR pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) > 0)
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'foreign' END, n.nspname || '.' || c.relname
      FROM (SELECT DISTINCT l.relation FROM pg_catalog.pg_locks l
             WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.locktype = 'relation'
               AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')) AS held
      JOIN pg_catalog.pg_class c ON c.oid = held.relation AND c.relkind IN ('S', 'f') AND c.relpersistence <> 't'
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)";
}

void SideEffects::note(const std::vector<std::optional<std::string_view>>& row) {
  const std::string_view what = row.at(0).value();
  const std::string name(row.at(1).value_or(""));
  if (what == "catalog") {
    catalogs_.push_back(name);
  } else if (what == "sequence") {
    sequences_.push_back(name);
  } else if (what == "large objects") {
    found_.push_back({.kind = DifferenceKind::large_objects,
                      .table = name,
                      .message =
                          "the script writes large objects now, and did not when it was rehearsed: no plan holds "
                          "what is in them"});
  } else if (what == "hidden") {
    found_.push_back({.kind = DifferenceKind::catalog,
                      .table = "catalog " + name,
                      .message = "the script writes it now, and did not when it was rehearsed"});
  } else if (what == "foreign") {
    found_.push_back({.kind = DifferenceKind::foreign,
                      .table = name,
                      .message =
                          "the script writes to this foreign table, whose rows are another server's: no proof sees "
                          "them, and no undo"});
  } else if (what == "held" || (what == "deferrable" && !defers_)) {
    found_.push_back({.kind = DifferenceKind::unproven,
                      .table = (what == "held" ? "cursor " : "trigger ") + name,
                      .message = "the script makes it, and leaves it to COMMIT to run it, when nobody looks any more"});
  } else if (what == "counting" && name != counting_) {
    found_.push_back(
        {.kind = DifferenceKind::unproven,
         .table = "track_counts",
         .message = "track_counts is switched in passing, so that the server need not count what is written"});
  }
}

std::vector<Difference> SideEffects::differences(const std::map<std::uint32_t, pg::Sequence>& after) const {
  std::vector<Difference> differences = found_;
  std::vector<std::string> alterable;
  for (const rehearse::SequenceMove& move : plan_.sequences) alterable.push_back(move.name);
  for (Difference& difference : catalog_changes(target_, catalogs_, alterable)) {
    differences.push_back(std::move(difference));
  }
  if (!by_rows(plan_)) add_sequences(after, differences);  // else we moved them ourselves, and only forward
  if (!draws_) return differences;
  for (Difference& difference : draws_->differences()) {
    if (std::any_of(differences.begin(), differences.end(), [&](const Difference& told) {
          return told.kind == DifferenceKind::sequence && told.table == difference.table;
        })) {
      continue;
    }
    difference.message += already_set;
    differences.push_back(std::move(difference));
  }
  return differences;
}

const rehearse::SequenceMove* SideEffects::planned_move(const std::string& name) const {
  const auto found = std::find_if(plan_.sequences.begin(), plan_.sequences.end(),
                                  [&](const rehearse::SequenceMove& move) { return move.name == name; });
  return found == plan_.sequences.end() ? nullptr : &*found;
}

// Others draw from the same sequences all the while: a number further on says nothing by itself (SequenceDraws), save
// where the plan sets it.
void SideEffects::add_sequences(const std::map<std::uint32_t, pg::Sequence>& after,
                                std::vector<Difference>& differences) const {
  for (const auto& [oid, now] : after) {
    const std::string name = now.qualified();
    if (std::find(sequences_.begin(), sequences_.end(), name) == sequences_.end()) continue;
    const auto found = before_.find(oid);
    if (found == before_.end()) continue;
    const pg::Sequence& then = found->second;
    if (then.last_value == now.last_value && then.is_called == now.is_called) continue;
    const rehearse::SequenceMove* move = planned_move(name);
    std::string message;
    if (!move) {
      message = fmt::format("the script moves it from {} to {}, and did not when it was rehearsed", then.last_value,
                            now.last_value);
    } else if (!move->set && is_beyond(now, then.last_value, now.last_value)) {
      message = fmt::format("the script sets it back from {} to {}, and only drew from it when it was rehearsed",
                            then.last_value, now.last_value);
    } else if (const std::int64_t next = now.next(); move->set && next != move->next) {
      // What others drew since the rehearsal may be in a number that was worked out from their rows.
      const std::int64_t drift = move->before ? then.last_value - *move->before : 0;
      const std::int64_t away = next - move->next;
      if (drift == 0 || std::min<std::int64_t>(0, drift) > away || std::max<std::int64_t>(0, drift) < away) {
        message = fmt::format("the script leaves it at {} as the next number, and the plan at {}", next, move->next);
      }
    }
    if (message.empty()) continue;
    differences.push_back({.kind = DifferenceKind::sequence, .table = name, .message = message + already_set});
  }
}

}  // namespace apply
