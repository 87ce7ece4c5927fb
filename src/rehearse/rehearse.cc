#include "rehearse/rehearse.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "capture/prepare.h"
#include "rehearse/catalog_diff.h"
#include "rehearse/judge.h"
#include "rehearse/ledger.h"
#include "rehearse/nested.h"
#include "rehearse/probes.h"
#include "scratch/home.h"
#include "scratch/image.h"
#include "scratch/server.h"
#include "sys/clock.h"

namespace rehearse {

namespace {

// Scripts that ran longer are not run a second time to see whether they delete what a probe made.
constexpr std::chrono::seconds affordable_second_run{30};

// Bumped when capture::prepare() changes what it does to an image.
constexpr int preparation = 2;

std::string choose_source(const Options& options, const contract::Contract& contract) {
  if (!options.source.empty()) return options.source;
  if (contract.database_url.empty() && !contract.database_url_variable.empty()) {
    throw base::Error(base::Code::contract,
                      fmt::format("{} names the database as env:{}, and {} is not set", contract.file.string(),
                                  contract.database_url_variable, contract.database_url_variable),
                      "set it, or name the source with --from");
  }
  return contract.database_url;
}

std::string url_options(const std::string& source) {
  if (source.starts_with("dump:") || source.starts_with("image:")) return {};
  const pg::Parameters parameters = pg::parse_conninfo(source);
  const auto found = parameters.find("options");
  if (found != parameters.end()) return found->second;
  const char* environment = std::getenv("PGOPTIONS");
  return environment ? environment : "";
}

// One rehearsal from the running scratch on. Its members are in the order in which they come to be.
class Stage {
 public:
  Stage(const Options& options, const contract::Contract& contract, const std::string& session_options,
        const scratch::Image& image, Rehearsal& result)
      : options_(options),
        image_(image),
        result_(result),
        plan_(result.plan),
        session_{image.database, options.role.empty() ? image.role : options.role, session_options},
        instance_(clone()),
        control_(instance_.connect(image_.database)),
        before_(read_before()),
        subject_(contract, control_, before_),
        watch_(capture::Watch::begin(instance_.parameters(image_.database))),
        unseen_(capture::unseen_baseline(control_)),
        nested_(instance_, !nested_settings(instance_.binaries()).empty()),
        runner_(instance_, watch_, session_),
        populations_(subject_),
        recording_(result.directory.path()) {}

  void run() {
    const sys::Stopwatch stopwatch;
    runner_.run(result_.scripts, marks_);
    const auto took = stopwatch.elapsed();
    if (runner_.lost_session()) check_server();
    nested_.read(instance_, image_.database);
    after_ = pg::read_catalog(control_);
    subject_.extend(control_, after_);
    keys_ = key_lookup(before_, after_);
    const auto sequences = pg::read_sequences(control_);
    recording_.take(watch_, keys_, marks_, populations_);
    recording_.close();
    StatementFacts facts(result_.scripts, runner_.statements());
    Judge judge(subject_, populations_, facts, nested_);
    sum(facts, judge);
    plan_.sequences =
        judge.see_sequences(before_, sequences, runner_.statements().size(), runner_.failure().has_value());
    plan_.catalog = catalog_changes(before_, after_);
    note_unseen();
    probe(judge, took);
    conclude(judge);
  }

 private:
  scratch::Instance clone() const {
    const scratch::Binaries& binaries = scratch::binaries_for(image_.major);
    std::map<std::string, std::string> settings = image_.settings;
    settings.merge(nested_settings(binaries));
    return scratch::Instance::clone(image_.data, binaries, {.settings = settings, .isolation = options_.isolation});
  }

  pg::Catalog read_before() {
    scratch::ensure_login(control_, session_.role);
    return pg::read_catalog(control_);
  }

  void sum(StatementFacts& facts, Judge& judge) {
    Ledger ledger({.subject = subject_,
                   .populations = populations_,
                   .before = before_,
                   .after = after_,
                   .recording = recording_,
                   .facts = facts,
                   .nested = nested_,
                   .directory = result_.directory.path()});
    ledger.compare([this]() -> pg::Connection& { return earlier(); }, control_);
    ledger.resolve(control_);
    ledger.sum_statements([&](const RowFacts& row) { judge.see_statement_row(row); });
    ledger.sum_net([&](const RowFacts& row) { judge.see_net_row(row); });
    plan_.effects = ledger.effects();
    plan_.statements = ledger.statements(runner_.statements().size());
    judge.see_recording(recording_, before_, plan_.statements);
    if (ledger.statements_left_out()) {
      plan_.notes.push_back(fmt::format("only the first {} statements are reported one by one",
                                        base::with_commas(static_cast<std::int64_t>(plan_.statements.size()))));
    }
    plan_.statements_run = static_cast<std::int64_t>(runner_.statements().size());
    auto upserts = judge.upserts().effects();
    for (StatementEffect& statement : plan_.statements) statement.upserts = std::move(upserts[statement.number]);
    result_.net = ledger.net_path();
    earlier_connection_.reset();
    earlier_instance_.reset();
  }

  // A full disk takes the whole server down, and then there is nothing to report but that.
  void check_server() const {
    try {
      instance_.connect(image_.database);
    } catch (const base::Error&) {
      throw base::Error(
          base::Code::storage,
          "the scratch server ended while the script ran: " + scratch::reason_in_log(instance_.directory() / "log"),
          "production was not touched; where a disk is full, make room or set PGREHEARSE_HOME");
    }
  }

  // The rows as they were, for tables that have to be compared whole.
  pg::Connection& earlier() {
    if (!earlier_instance_) {
      earlier_instance_.emplace(clone());
      earlier_connection_.emplace(earlier_instance_->connect(image_.database));
    }
    return *earlier_connection_;
  }

  void note_unseen() {
    for (const auto& [oid, table] : after_.tables) {
      if (!has_virtual_columns(table)) continue;
      plan_.notes.push_back(
          fmt::format("{} has virtual generated columns: it was compared as a whole, and what single statements did to "
                      "it is not known",
                      table.qualified()));
    }
    for (std::string& sentence : capture::unseen_since(control_, unseen_)) plan_.notes.push_back(std::move(sentence));
    for (const Note& note : recording_.notes()) {
      if (note.what != "refresh") continue;
      plan_.notes.push_back(
          fmt::format("the materialized view {} was refreshed; its rows are not compared", note.subject));
    }
  }

  void probe(Judge& judge, std::chrono::milliseconds script_took) {
    ProbeTrial trial(instance_, watch_, session_, subject_, keys_);
    const std::vector<ProbeRun> runs = trial.run(subject_.contract().probes);
    bool landed = false;
    for (const ProbeRun& run : runs) {
      plan_.probes.push_back(run.result());
      judge.see_probe(run);
      landed |= !run.landed.empty();
    }
    if (!landed || runner_.failure()) return;
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
    const scratch::Instance instance = clone();
    pg::Connection superuser = instance.connect(image_.database);
    scratch::ensure_login(superuser, session_.role);
    capture::Watch watch = capture::Watch::begin(instance.parameters(image_.database));
    ProbeTrial trial(instance, watch, session_, subject_, keys_);
    const std::vector<ProbeRun> runs = trial.run(subject_.contract().probes);
    if (const auto deleted = trial.deleted_by(result_.scripts)) {
      for (const ProbeRun& run : runs) judge.see_deleted(run, *deleted, false);
    } else {
      plan_.notes.push_back(
          "the script fails where the probes ran before it, so it was not tried whether it deletes what they made");
    }
  }

  void conclude(Judge& judge) {
    if (runner_.failure()) {
      plan_.failure = runner_.failure();
      plan_.failure->left = what_is_left();
      judge.see_failure(*plan_.failure);
    }
    for (const std::string& script : runner_.left_open()) judge.see_left_open(script);
    judge.see_budget(plan_.totals());
    plan_.findings = judge.findings();
  }

  // A script that fails leaves what was committed before, and that is what the net effects are.
  std::string what_is_left() const {
    const Counts totals = plan_.totals();
    if (totals.total() == 0 && plan_.catalog.empty()) return "nothing of the script would have been left";
    return fmt::format("what it committed before would have been left: {} deleted, {} updated, {} inserted{}",
                       base::count_of(totals.deleted, "row"), base::with_commas(totals.updated),
                       base::with_commas(totals.inserted), plan_.catalog.empty() ? "" : ", and catalog changes");
  }

  const Options& options_;
  const scratch::Image& image_;
  Rehearsal& result_;
  Plan& plan_;
  Session session_;
  scratch::Instance instance_;
  pg::Connection control_;
  pg::Catalog before_;
  Subject subject_;
  capture::Watch watch_;
  capture::Unseen unseen_;
  NestedStatements nested_;
  ScriptRunner runner_;
  Populations populations_;
  Recording recording_;
  Marks marks_;
  pg::Catalog after_;
  capture::KeyLookup keys_;
  std::optional<scratch::Instance> earlier_instance_;
  std::optional<pg::Connection> earlier_connection_;
};

void describe_source(const scratch::ImageHold& hold, const Options& options, const contract::Contract& contract,
                     Plan& plan) {
  const scratch::Image& image = hold.image();
  plan.created = sys::now();
  plan.source = image.source;
  plan.database = image.database;
  plan.role = options.role.empty() ? image.role : options.role;
  plan.system_identifier = image.system_identifier;
  plan.server_major = image.major;
  plan.image = image.name;
  plan.image_taken = image.taken;
  plan.image_reused = hold.reused();
  plan.sandboxed = options.isolation == scratch::Isolation::required;
  plan.contract_file = contract.file.string();
  plan.contract_hash = contract.hash;
  plan.notes = image.notes;
  if (nested_settings(scratch::binaries_for(image.major)).empty()) {
    plan.notes.push_back(
        "pg_stat_statements is not installed here, so upserts inside functions and programs go unseen");
  }
  if (!plan.sandboxed) {
    plan.notes.push_back("the scratch ran without its sandbox (--no-sandbox): what the script reaches, it reached");
  }
}

}  // namespace

Rehearsal rehearse(const Options& options) {
  scratch::reap();
  const contract::Contract contract = options.contract ? contract::load(*options.contract) : contract::Contract{};
  Rehearsal result{.scripts = read_scripts(options.scripts, options.commands),
                   .directory = scratch::Workplace::create(scratch::building_folder)};
  check_scripts(result.scripts);
  for (const Script& script : result.scripts) result.plan.scripts.push_back(script.file);
  const std::string source = choose_source(options, contract);
  const scratch::ImageHold hold = scratch::obtain_image(source, {.max_age = options.max_age,
                                                                 .role = options.role,
                                                                 .isolation = options.isolation,
                                                                 .prepare = capture::prepare,
                                                                 .preparation = preparation});
  describe_source(hold, options, contract, result.plan);
  Stage(options, contract, url_options(source), hold.image(), result).run();
  return result;
}

}  // namespace rehearse
