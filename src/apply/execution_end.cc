// How an execution ends: committed with proof, or rolled back, with a record that says which.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "apply/decoded_check.h"
#include "apply/execution.h"
#include "sys/clock.h"

namespace apply {

std::optional<DecodingSlot> Execution::open_slot() {
  try {
    return DecodingSlot::create(target_);
  } catch (const base::Error& error) {
    if (options_.proof) throw;
    outcome_.proof = ProofKind::locked_rows;
    outcome_.proof_note = error.message();
    record_->update([&](Record& record) { record.proof = name(outcome_.proof); });
    return std::nullopt;
  }
}

void Execution::finish(std::optional<DecodingSlot>& slot) {
  if (!slot) return told(commit(target_, *record_, Act::apply));
  if (!prepare()) return;
  try {
    outcome_.differences = decoded_otherwise(*slot, record_->record().transaction.xid,
                                             {.planned = *job_.planned,
                                              .catalog = catalog_,
                                              .expected = expected_counts_,
                                              .counted = touched_,
                                              .read_whole = read_whole_});
  } catch (const base::Error&) {
    apply::finish(target_, *record_, Act::apply, false);
    throw;
  }
  const Fate fate = apply::finish(target_, *record_, Act::apply, outcome_.differences.empty());
  if (outcome_.differences.empty()) told(fate);
}

bool Execution::prepare() {
  try {
    apply::prepare(target_, *record_, Act::apply);
    return true;
  } catch (const base::Error& error) {
    if (error.sqlstate() != "0A000" && error.sqlstate() != "55000") throw;
    cannot_be_prepared_ = error.message();
    note_left();
    return false;
  }
}

void Execution::told(Fate fate) {
  outcome_.applied = fate == Fate::committed;
  if (fate == Fate::committed) return;
  outcome_.could_not = true;
  outcome_.message = fate == Fate::rolled_back
                         ? "the connection was lost before the end, and the server rolled everything back"
                         : "the connection was lost at COMMIT, and the server cannot be asked what became of it: "
                           "`pgrehearse applies` asks again";
}

void Execution::abandon(const std::string& why) {
  if (!record_ || ending_ || !is_passing(record_->record().state)) return;
  std::string outcome = why;
  if (outcome.empty() && !outcome_.differences.empty()) {
    outcome = fmt::format("{}: {}", outcome_.differences.front().table, outcome_.differences.front().message);
  }
  record_->update([&](Record& record) {
    record.state = State::refused;
    record.ended = sys::now();
    record.outcome = outcome;
  });
}

// No rollback gives a drawn number back.
void Execution::note_left() {
  std::vector<std::string> drawn;
  drawn.reserve(drawn_.size());
  for (const auto& [sequence, number] : drawn_) drawn.push_back(fmt::format("{} up to {}", sequence, number));
  if (!drawn.empty()) {
    outcome_.left =
        fmt::format("no row was changed; numbers were drawn from {}, and are not given back", fmt::join(drawn, ", "));
  } else if (ran_ && draws()) {
    outcome_.left = "no row was changed; numbers that the script drew from sequences are not given back";
  }
}

}  // namespace apply
