#include "forecast/season.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "rehearse/sequence_rules.h"
#include "rehearse/tally.h"

namespace forecast {

namespace {

// The scratch has no autovacuum and no checkpoints of its own; a year of nights must not fill the disk.
constexpr std::uint64_t wal_between_tidying = 128ull << 20;

std::vector<rehearse::Script> as_scripts(const std::vector<Each>& night) {
  std::vector<rehearse::Script> scripts;
  for (const Each& each : night) {
    const bool command = !each.probe->command.empty();
    scripts.push_back({.file = {.name = fmt::format("probe “{}”", each.probe->name), .command = command},
                       .text = command ? each.probe->command : each.probe->sql});
  }
  return scripts;
}

// Probes are the application at work: what it deletes or truncates is its business. That it rewrites people, takes ids
// which are not its own or sets sequences is what the contract forbids to everybody.
bool holds_for_probes(const std::string& rule) {
  static constexpr std::array rules = {"protected-upserted",      "population-rewritten", "identity-rewritten",
                                       "outside-id-space",        "sequence-jump",        "sequence-back",
                                       "sequence-into-population"};
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

void add_findings(rehearse::Passage& passage, By by, std::vector<Finding>& findings) {
  const auto& statements = passage.statements();
  for (rehearse::Finding& what : passage.judge().findings()) {
    if (by == By::probe && !holds_for_probes(what.rule)) continue;
    Finding finding{.what = std::move(what), .by = by};
    const auto number = static_cast<std::size_t>(finding.what.statement);
    if (number > 0 && number <= statements.size()) {
      const rehearse::StatementEffect& statement = statements[number - 1];
      finding.file = statement.file;
      finding.line = statement.line;
      finding.words = statement.words;
    }
    findings.push_back(std::move(finding));
  }
}

// One move for each sequence from both halves of the night.
void add_moves(const std::vector<rehearse::SequenceMove>& moves, std::vector<rehearse::SequenceMove>& night) {
  for (const rehearse::SequenceMove& move : moves) {
    const auto known = std::find_if(night.begin(), night.end(),
                                    [&](const rehearse::SequenceMove& earlier) { return earlier.name == move.name; });
    if (known == night.end()) {
      night.push_back(move);
    } else {
      known->after = move.after;
      known->next = move.next;
      known->rows += move.rows;
    }
  }
}

}  // namespace

Season::Season(const SeasonInput& input, Learned& learned)
    : input_(input),
      learned_(learned),
      probes_(as_scripts(input.each)),
      scene_(input.ground),
      unseen_(capture::unseen_baseline(scene_.control())),
      kept_(input.directory),
      now_(scene_.origin()),
      tidied_(scene_.watch().position()) {
  scene_.statement_log().stay();
}

Night Season::night() {
  Night night{.number = ++nights_};
  if (nights_ == 1) look_at_state(night);
  run_probes(night);
  run_scripts(night);
  std::stable_sort(night.findings.begin(), night.findings.end(), [](const Finding& a, const Finding& b) {
    return rehearse::rule_rank(a.what.rule) < rehearse::rule_rank(b.what.rule);
  });
  tidy();
  return night;
}

// What is wrong before anything happens is the first night's, and says so.
void Season::look_at_state(Night& night) {
  for (const rehearse::BoundMint& mint : scene_.subject().mints()) {
    const auto sequence = now_.sequences.find(mint.sequence);
    if (sequence == now_.sequences.end()) continue;
    if (auto finding = rehearse::misplaced(mint, sequence->second)) {
      finding->message = "already before the first night, " + finding->message;
      night.findings.push_back({.what = std::move(*finding), .by = By::state});
    }
  }
}

void Season::run_probes(Night& night) {
  rehearse::Passage passage(
      {.scene = scene_, .scripts = probes_, .before = now_, .directory = input_.directory, .follows = nights_ > 1});
  const bool may_follow = rehearse::sessions_forget(scene_.control());
  for (std::size_t index = 0; index < probes_.size(); ++index) {
    const Each& each = input_.each[index];
    ProbeNight probe{.name = each.probe->name};
    for (int run = 0; run < each.count; ++run) {
      const auto failure =
          passage.runner().run_alone(probes_, static_cast<std::uint32_t>(index), passage.marks(), may_follow);
      ++probe.runs;
      if (!failure) continue;
      if (probe.failed++ == 0) probe.error = failure->message;
      if (passage.runner().lost_session()) scene_.check_server();
    }
    night.probes.push_back(std::move(probe));
  }
  rehearse::RowNames names(scene_.subject());
  const auto note_landing = [&](const rehearse::RowFacts& row) {
    const std::size_t statement = row.change.statement;
    const bool covered = scene_.subject().contract_table(row.relation.oid) && row.after != rehearse::Populations::none;
    if (row.change.op != changeset::Op::insert || !covered || statement == 0) return;
    ProbeNight& probe = night.probes[passage.runner().statements()[statement - 1].script];
    const bool is_first = probe.landed++ == 0;
    probe.last = rehearse::Landing{std::string(row.root), names.of(row.relation, row.change.after),
                                   passage.populations().name(row.after).name};
    if (is_first) probe.first = probe.last;
  };
  passage.decode({.earlier = [](const pg::Table&) { return rehearse::RowSource{}; },
                  .visit = note_landing,
                  .only_draws = true,
                  .state = &state_});
  add_findings(passage, By::probe, night.findings);
  for (const ProbeNight& probe : night.probes) {
    if (probe.failed == 0) continue;
    rehearse::Finding failed{.rule = "probe-failed", .table = probe.name};
    failed.message =
        fmt::format("the probe “{}” fails{}: {}", probe.name,
                    probe.runs == 1 ? "" : fmt::format(" {} of {} times", probe.failed, probe.runs), probe.error);
    night.findings.push_back({.what = std::move(failed), .by = By::probe, .file = probe.name});
  }
  add_moves(passage.sequences(), night.sequences);
  now_ = passage.take_after();
}

void Season::run_scripts(Night& night) {
  keep_rows();
  rehearse::Passage passage(
      {.scene = scene_, .scripts = input_.scripts, .before = now_, .directory = input_.directory, .follows = true});
  passage.run();
  passage.decode({.earlier = [this](const pg::Table& table) { return kept_.rows_of(table); }, .state = &state_});
  passage.conclude();
  learn(passage.ledger(), night.number);
  night.effects = passage.effects();
  add_findings(passage, By::script, night.findings);
  add_moves(passage.sequences(), night.sequences);
  for (const rehearse::Note& note : passage.recording().notes()) {
    if (note.what != "refresh") continue;
    notes_.insert(fmt::format("the materialized view {} is refreshed; its rows are not compared", note.subject));
  }
  now_ = passage.take_after();
}

void Season::keep_rows() {
  kept_.clear();
  for (const auto& [oid, table] : now_.tables) {
    if (table.kind != 'r') continue;
    const auto root = now_.tables.find(table.root);
    if (learned_.contains(root == now_.tables.end() ? table.qualified() : root->second.qualified())) {
      kept_.keep(scene_.control(), table);
    }
  }
}

void Season::learn(const rehearse::Ledger& ledger, int night) {
  for (const pg::Table& table : ledger.uncompared()) {
    const auto root = now_.tables.find(table.root);
    learned_something_ |=
        learned_.insert(root == now_.tables.end() ? table.qualified() : root->second.qualified()).second;
    notes_.insert(fmt::format("what {} held before the scripts of night {} emptied, dropped or rewrote it is not known",
                              table.qualified(), night));
  }
}

void Season::learn_all_covered() {
  for (const auto& [oid, table] : now_.tables) {
    const bool is_covered = scene_.subject().contract_table(oid) || scene_.subject().link(oid);
    if (is_covered && table.root == oid) learned_.insert(table.qualified());
  }
}

void Season::tidy() {
  const base::Lsn position = scene_.watch().position();
  if (position.value - tidied_.value < wal_between_tidying) return;
  scene_.control().none("VACUUM");
  scene_.control().none("CHECKPOINT");
  tidied_ = position;
}

std::vector<std::string> Season::notes() {
  std::vector<std::string> notes(notes_.begin(), notes_.end());
  for (std::string& sentence : capture::unseen_since(scene_.control(), unseen_)) notes.push_back(std::move(sentence));
  return notes;
}

}  // namespace forecast
