#include "apply/run_window.h"

namespace apply {

RunWindow rehearsal_of(const rehearse::Plan& plan) {
  RunWindow window{.began = plan.run.began, .ended = plan.run.ended};
  for (const int backend : plan.run.backends) window.backends.insert(std::to_string(backend));
  window.first_xid = plan.run.first_xid;
  window.next_xid = plan.run.next_xid;
  for (const rehearse::SequenceMove& move : plan.sequences) {
    if (move.first && move.last) window.sequences[move.name] = {*move.first, *move.last};
  }
  for (const rehearse::StatementEffect& statement : plan.statements) {
    for (const rehearse::TableEffect& effect : statement.effects) {
      window.inserted[effect.table] += effect.counts.inserted;
    }
  }
  return window;
}

void note_today(pg::Connection& session, RunWindow& rehearsal, RunWindow& production) {
  for (RunWindow* run : {&rehearsal, &production}) {
    const pg::Row row = session.one_row(
        "SELECT d - '1970-01-01'::pg_catalog.date,"
        " (extract(epoch FROM d::pg_catalog.timestamptz) * 1000000)::pg_catalog.int8"
        " FROM (SELECT pg_catalog.to_timestamp($1::pg_catalog.int8 / 1000000.0)::pg_catalog.date AS d) AS day",
        {std::to_string(run->began)});
    run->today = Today{.number = std::stoll(row[0].value()), .began = std::stoll(row[1].value())};
  }
}

}  // namespace apply
