#include "rehearse/rehearse.h"

#include <fmt/core.h>

#include <set>

#include "base/error.h"
#include "base/text.h"
#include "capture/prepare.h"
#include "rehearse/application.h"
#include "rehearse/definitions.h"
#include "rehearse/passage.h"
#include "rehearse/probes.h"
#include "rehearse/random_values.h"
#include "rehearse/scene.h"
#include "scratch/home.h"
#include "sys/clock.h"

namespace rehearse {

namespace {

// Scripts that ran longer are not run a second time to see whether they delete what a probe made.
constexpr std::chrono::seconds affordable_second_run{30};

// One rehearsal from the running scratch on. Its members are in the order in which they come to be.
class Stage {
 public:
  Stage(const Ground& ground, Rehearsal& result)
      : ground_(ground),
        result_(result),
        plan_(result.plan),
        scene_(ground),
        unseen_(capture::unseen_baseline(scene_.control())),
        passage_({.scene = scene_,
                  .scripts = result.scripts,
                  .before = scene_.origin(),
                  .directory = result.directory.path()}) {}

  void run() {
    plan_.run = {.began = sys::microseconds_now(), .first_xid = next_xid(), .session_options = ground_.session.options};
    passage_.run();
    plan_.run.ended = sys::microseconds_now();
    plan_.run.next_xid = next_xid();
    plan_.run.backends = passage_.runner().backends();
    passage_.decode({.earlier = [this](const pg::Table& table) { return earlier(table); }});
    earlier_connection_.reset();
    earlier_instance_.reset();
    passage_.conclude();
    take_over();
    note_unseen();
    note_random();
    probe(std::chrono::milliseconds((plan_.run.ended - plan_.run.began) / 1000));
    plan_.findings = passage_.judge().findings();
  }

 private:
  std::int64_t next_xid() {
    return std::stoll(scene_.control()
                          .one_value("SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text")
                          .value());
  }

  void take_over() {
    plan_.effects = passage_.effects();
    plan_.statements = passage_.statements();
    if (passage_.ledger().statements_left_out()) {
      plan_.notes.push_back(fmt::format("only the first {} statements are reported one by one",
                                        base::with_commas(static_cast<std::int64_t>(plan_.statements.size()))));
    }
    plan_.statements_run = static_cast<std::int64_t>(passage_.runner().statements().size());
    plan_.sequences = passage_.sequences();
    plan_.catalog = passage_.catalog_changes();
    plan_.failure = passage_.failure();
    plan_.run.sets_sequences = passage_.judge().sets_sequences();
    std::set<std::string> tables;
    for (const TableEffect& effect : plan_.effects) tables.insert(effect.table);
    plan_.definitions = relevant_definitions(scene_.origin(), tables);
    result_.net = passage_.ledger().net_path();
  }

  // The rows as they were, for tables that have to be compared whole: in a second clone.
  RowSource earlier(const pg::Table& table) {
    if (!earlier_instance_) {
      earlier_instance_.emplace(clone_image(ground_));
      earlier_connection_.emplace(earlier_instance_->connect(ground_.image().database));
    }
    return rows_in(*earlier_connection_, table);
  }

  void note_unseen() {
    for (const auto& [oid, table] : passage_.after().tables) {
      if (!has_virtual_columns(table)) continue;
      plan_.notes.push_back(
          fmt::format("{} has virtual generated columns: it was compared as a whole, and what single statements did to "
                      "it is not known",
                      table.qualified()));
    }
    for (std::string& sentence : capture::unseen_since(scene_.control(), unseen_)) {
      plan_.run.large_objects = true;
      plan_.notes.push_back(std::move(sentence));
    }
    for (const Note& note : passage_.recording().notes()) {
      if (note.what != "refresh") continue;
      plan_.run.refreshed.push_back(note.subject);
      plan_.notes.push_back(
          fmt::format("the materialized view {} was refreshed; its rows are not compared", note.subject));
    }
  }

  // A program's rows are applied as they are.
  void note_random() {
    if (by_rows(plan_)) return;
    std::vector<std::string> texts;
    for (const Script& script : result_.scripts) texts.push_back(script.text);
    const std::vector<Code> reach = code_in_reach(scene_.origin(), plan_, texts, random_words());
    for (std::string& note : random_values(reach, plan_)) plan_.notes.push_back(std::move(note));
  }

  void probe(std::chrono::milliseconds script_took) {
    Judge& judge = passage_.judge();
    ProbeTrial trial(scene_.instance(), scene_.watch(), ground_.session, scene_.subject(), passage_.keys());
    const std::vector<ProbeRun> runs = trial.run(ground_.contract.probes);
    bool landed = false;
    for (const ProbeRun& run : runs) {
      plan_.probes.push_back(run.result());
      judge.see_probe(run);
      landed |= !run.landed.empty();
    }
    if (!landed || passage_.failure()) return;
    if (script_took > affordable_second_run) {
      plan_.notes.push_back(
          "the script took too long to be run again, so it was not tried whether it deletes what the probes made");
      return;
    }
    // Whether a script deletes a row that was made after it is seen by running it again: what a range covers tomorrow
    // is not in its text alone.
    if (const auto deleted = trial.deleted_by(result_.scripts)) {
      for (const ProbeRun& run : runs) judge.see_deleted(run, *deleted, true);
    } else {
      probe_first(judge);
    }
  }

  // For scripts that run but once (they make a table, say): the probes go first, on a clone of their own.
  void probe_first(Judge& judge) {
    const scratch::Instance instance = clone_image(ground_);
    pg::Connection superuser = instance.connect(ground_.image().database);
    scratch::ensure_login(superuser, ground_.session.role);
    capture::Watch watch = capture::Watch::begin(instance.parameters(ground_.image().database));
    ProbeTrial trial(instance, watch, ground_.session, scene_.subject(), passage_.keys());
    const std::vector<ProbeRun> runs = trial.run(ground_.contract.probes);
    if (const auto deleted = trial.deleted_by(result_.scripts)) {
      for (const ProbeRun& run : runs) judge.see_deleted(run, *deleted, false);
    } else {
      plan_.notes.push_back(
          "the script fails where the probes ran before it, so it was not tried whether it deletes what they made");
    }
  }

  const Ground& ground_;
  Rehearsal& result_;
  Plan& plan_;
  Scene scene_;
  capture::Unseen unseen_;
  Passage passage_;
  std::optional<scratch::Instance> earlier_instance_;
  std::optional<pg::Connection> earlier_connection_;
};

void describe_ground(const Ground& ground, Plan& plan) {
  const scratch::Image& image = ground.image();
  plan.created = sys::now();
  plan.source = image.source;
  plan.database = image.database;
  plan.role = ground.session.role;
  plan.system_identifier = image.system_identifier;
  plan.server_major = image.major;
  plan.image = image.name;
  plan.image_taken = image.taken;
  plan.image_reused = ground.hold.reused();
  plan.sandboxed = ground.isolation == scratch::Isolation::required;
  plan.contract_file = ground.contract.file.string();
  plan.contract_hash = ground.contract.hash;
  plan.notes = ground_notes(ground);
}

}  // namespace

Rehearsal rehearse(const Options& options) {
  scratch::reap();
  Inputs inputs = read_inputs(options);
  Rehearsal result{.scripts = std::move(inputs.scripts),
                   .directory = scratch::Workplace::create(scratch::building_folder)};
  for (const Script& script : result.scripts) result.plan.scripts.push_back(script.file);
  const Ground ground = lay_ground(options, std::move(inputs.contract));
  describe_ground(ground, result.plan);
  Stage(ground, result).run();
  return result;
}

}  // namespace rehearse
