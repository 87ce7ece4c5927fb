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

}  // namespace apply
