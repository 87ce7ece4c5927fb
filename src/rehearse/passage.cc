#include "rehearse/passage.h"

#include <fmt/core.h>

#include "base/text.h"
#include "rehearse/catalog_diff.h"

namespace rehearse {

Passage::Passage(PassageInput input)
    : input_(std::move(input)),
      nested_(input_.scene.statement_log(), input_.follows),
      runner_(input_.scene.instance(), input_.scene.watch(), input_.scene.ground().session),
      populations_(input_.scene.subject()),
      recording_(input_.directory),
      facts_(input_.scripts, runner_.statements()),
      judge_(input_.scene.subject(), populations_, facts_, nested_) {}

void Passage::run() {
  runner_.run(input_.scripts, marks_);
  if (runner_.lost_session()) input_.scene.check_server();
}

pg::Catalog Passage::read_after(std::string* state) const {
  pg::Connection& control = input_.scene.control();
  if (!state) return pg::read_catalog(control);
  std::string now = pg::catalog_state(control);
  if (now != *state) {
    *state = std::move(now);
    return pg::read_catalog(control);
  }
  pg::Catalog catalog = input_.before;
  catalog.sequences = pg::read_sequences(control);
  return catalog;
}

void Passage::decode(const Decoding& how) {
  Scene& scene = input_.scene;
  nested_.read();
  after_ = read_after(how.state);
  scene.subject().extend(scene.control(), after_);
  keys_ = key_lookup(input_.before, after_);
  recording_.take(scene.watch(), keys_, marks_, populations_);
  recording_.close();
  ledger_.emplace(LedgerInput{.subject = scene.subject(),
                              .populations = populations_,
                              .before = input_.before,
                              .after = after_,
                              .recording = recording_,
                              .facts = facts_,
                              .nested = nested_,
                              .directory = input_.directory});
  ledger_->compare(how.earlier, scene.control());
  ledger_->resolve(scene.control());
  ledger_->sum_statements([&](const RowFacts& row) {
    judge_.see_statement_row(row);
    if (how.visit) how.visit(row);
  });
  ledger_->sum_net([&](const RowFacts& row) { judge_.see_net_row(row); });
  effects_ = ledger_->effects();
  statements_ = ledger_->statements(runner_.statements().size());
  judge_.see_recording(recording_, input_.before, statements_);
  auto upserts = judge_.upserts().effects();
  for (StatementEffect& statement : statements_) statement.upserts = std::move(upserts[statement.number]);
  sequences_ = judge_.see_sequences(input_.before, after_.sequences, runner_.statements().size(),
                                    how.only_draws || runner_.failure().has_value());
  catalog_changes_ = rehearse::catalog_changes(input_.before, after_);
}

void Passage::conclude() {
  if (runner_.failure()) {
    failure_ = runner_.failure();
    failure_->left = what_is_left();
    judge_.see_failure(*failure_);
  }
  for (const std::string& script : runner_.left_open()) judge_.see_left_open(script);
  judge_.see_budget(totals());
}

Counts Passage::totals() const {
  Counts sum;
  for (const TableEffect& effect : effects_) sum += effect.counts;
  return sum;
}

// A script that fails leaves what was committed before, and that is what the net effects are.
std::string Passage::what_is_left() const {
  const Counts sum = totals();
  if (sum.total() == 0 && catalog_changes_.empty()) return "nothing of the script would have been left";
  return fmt::format("what it committed before would have been left: {} deleted, {} updated, {} inserted{}",
                     base::count_of(sum.deleted, "row"), base::with_commas(sum.updated),
                     base::with_commas(sum.inserted), catalog_changes_.empty() ? "" : ", and catalog changes");
}

}  // namespace rehearse
