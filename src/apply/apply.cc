#include "apply/apply.h"

#include <fmt/core.h>

#include "apply/advice.h"
#include "apply/ending.h"
#include "apply/execution.h"
#include "apply/job.h"
#include "apply/left.h"
#include "apply/obstacles.h"
#include "apply/planned_rows.h"
#include "apply/privileges.h"
#include "apply/production_checks.h"
#include "apply/reach.h"
#include "apply/record.h"
#include "apply/table_rows.h"
#include "apply/transaction_words.h"
#include "apply/writer.h"
#include "base/error.h"
#include "base/text.h"
#include "rehearse/random_values.h"
#include "sys/clock.h"

namespace apply {

namespace {

class Applying {
 public:
  Applying(const Options& options, Outcome& outcome)
      : options_(options),
        outcome_(outcome),
        store_(options.state.empty() ? RecordStore() : RecordStore(options.state)),
        job_(options.plan, WorkPlace::create(store_.directory().parent_path() / "work")) {}

  void run() {
    outcome_.executed = options_.execute;
    outcome_.rows = job_.plan().totals();
    outcome_.target = pg::describe(options_.target);
    outcome_.reasons = reasons_against(job_.plan(), options_.policy);
    if (!by_rows(job_.plan())) {
      job_.transaction = as_one_transaction(job_.plan(), job_.scripts, outcome_.reasons);
    }
    if (!outcome_.reasons.empty()) return conclude();
    const rehearse::Application application = rehearse::application_of(job_.plan());
    if (application.as_rows) note_rows(application);
    reach();
    if (outcome_.reasons.empty()) look();
    if (!outcome_.refused() && options_.execute) execute();
    if (!outcome_.applied && !outcome_.could_not && outcome_.reasons.empty()) advise();
    conclude();
  }

 private:
  void note_rows(const rehearse::Application& application) {
    outcome_.notes.push_back("applied " + rehearse::describe(application));
    for (const std::string& view : job_.plan().run.refreshed) {
      outcome_.notes.push_back(fmt::format("the program refreshed {}; an apply does not: refresh it afterwards", view));
    }
  }

  void reach() {
    target_.emplace(Target::open(options_.target, job_.plan().role, options_.limits));
    for (std::string& sentence : resolve_leftovers(store_, *target_)) outcome_.notes.push_back(std::move(sentence));
    outcome_.reasons = wrong_target(job_.plan(), *target_);
    check_again();
    for (Reason& reason : committing_procedures(target_->witness(), job_.transaction)) {
      outcome_.reasons.push_back(std::move(reason));
    }
    choose_proof();
  }

  // Whoever comes at the same moment is met when the record is made.
  void check_again() {
    if (options_.policy.again) return;
    const Identity& here = target_->identity();
    Record like;
    like.plan_hash = job_.file.sha256();
    like.system_identifier = here.system_identifier;
    like.database = here.database;
    like.database_oid = here.database_oid;
    const std::optional<Record> earlier = store_.in_force(like);
    if (!earlier) return;
    const base::Error why = already_done(*earlier);
    outcome_.reasons.push_back({"already-applied", why.message(), why.hint()});
  }

  // That a transaction cannot be prepared (it notified, or had temporary tables) shows when it is over: where nobody
  // asked for the proof that needs it, all is done once more.
  void execute() {
    std::string why = attempt();
    if (why.empty()) return;
    if (options_.proof) {
      outcome_.reasons.push_back({"cannot-be-prepared",
                                  "the proof `decoded` prepares the transaction, and the server does not: " + why,
                                  "say --proof locked-rows, which needs nothing of the server"});
      return;
    }
    outcome_.proof = ProofKind::locked_rows;
    outcome_.proof_note = std::move(why);
    outcome_.notes.emplace_back(
        "the script ran twice: what it did first was rolled back, since it could not be prepared for the proof "
        "`decoded`");
    attempt();
  }

  std::string attempt() {
    Execution execution(options_, job_, *target_, store_, outcome_);
    execution.run();
    return execution.cannot_be_prepared();
  }

  // Whatever the role will be refused for later.
  void check_role() {
    outcome_.reasons = lacking_privileges(*target_, job_, catalog_, outcome_.proof);
    if (!outcome_.reasons.empty()) return;
    if (by_rows(job_.plan())) {
      if (auto unwritable = why_not_writable(*target_, catalog_, *job_.planned, Way::forth)) {
        outcome_.reasons.push_back({"cannot-be-written", std::move(unwritable->why), std::move(unwritable->remedy)});
        return;
      }
    }
    const auto not_undoable = why_not_writable(*target_, catalog_, *job_.planned, Way::back);
    if (!not_undoable) return;
    const std::string message = fmt::format("role {} could not undo it: {}", target_->role(), not_undoable->why);
    if (options_.policy.without_undo) {
      outcome_.notes.push_back(message);
      return;
    }
    outcome_.reasons.push_back(
        {"cannot-be-undone", message,
         fmt::format("{}; or, if another role would undo it, or nobody has to, say --without-undo",
                     not_undoable->remedy)});
  }

  void check_reach() {
    if (by_rows(job_.plan())) return;
    const Reach reach = reach_of(catalog_, job_.plan(), job_.scripts);
    outcome_.differences = uncounted(reach);
    for (std::string& note : rehearse::random_values(reach, job_.plan())) outcome_.notes.push_back(std::move(note));
    if (options_.policy.allow_sequence_moves) return;
    for (Reason& reason : sets_sequences(reach, job_.plan())) {
      outcome_.reasons.push_back(std::move(reason));
    }
  }

  void advise() {
    const auto note = [&](std::optional<std::string> sentence) {
      if (sentence) outcome_.notes.push_back(std::move(*sentence));
    };
    try {
      note(deferred_to_its_end(target_->witness(), job_.transaction, job_.planned->relations()));
    } catch (const base::Error& error) {
      if (error.code() == base::Code::interrupted) throw;
      // The server has gone: what it was asked is not worth the refusal.
    }
    note(counted_from_another_day(catalog_, job_.plan().run.began, sys::microseconds_now(), outcome_.differences));
  }

  void choose_proof() {
    std::string why_not = target_->offers().why_not_decoded();
    for (const OneTransaction::Statement& statement : job_.transaction.statements) {
      if (!why_not.empty()) break;
      why_not = why_not_prepared(statement.text);
      if (!why_not.empty()) why_not += ", and such a transaction cannot be prepared";
    }
    if (options_.proof) {
      outcome_.proof = *options_.proof;
      if (*options_.proof == ProofKind::decoded && !why_not.empty()) {
        outcome_.reasons.push_back({"proof-not-offered", "the proof `decoded` cannot be had: " + why_not,
                                    "`locked-rows` needs nothing of the server"});
      }
      return;
    }
    outcome_.proof = why_not.empty() ? ProofKind::decoded : ProofKind::locked_rows;
    outcome_.proof_note = why_not;
  }

  void look() {
    catalog_ = pg::read_catalog(target_->witness());
    outcome_.differences = altered_definitions(job_.plan(), catalog_);
    if (outcome_.differences.empty()) check_role();
    if (outcome_.differences.empty()) check_reach();
    if (!outcome_.refused() && outcome_.proof != ProofKind::captured) {
      outcome_.differences = locked_away(target_->session(), job_.transaction);
    }
    if (options_.execute || outcome_.refused()) return;
    pg::Connection& session = target_->session();
    session.none("BEGIN READ ONLY");
    PinnedSession pinned(session);
    outcome_.differences = PlannedRows(session, *job_.planned, job_.directory.path()).check(Locking::none);
    if (outcome_.differences.empty() && by_rows(job_.plan())) {
      outcome_.differences = obstacles(session, *job_.planned, catalog_);
    }
    session.none("ROLLBACK");
  }

  void conclude() {
    if (!outcome_.message.empty()) return;
    const std::string rows = base::count_of(outcome_.rows.total(), "row");
    if (outcome_.applied) {
      outcome_.message = fmt::format("{} changed, exactly as rehearsed", rows);
    } else if (outcome_.refused()) {
      outcome_.message = outcome_.executed ? outcome_.left : "nothing was run";
    } else {
      outcome_.message = fmt::format("{} would change; nothing was run. Say --execute to apply", rows);
    }
  }

  const Options& options_;
  Outcome& outcome_;
  RecordStore store_;
  Job job_;
  std::optional<Target> target_;
  pg::Catalog catalog_;
};

}  // namespace

std::string_view name(ProofKind kind) {
  switch (kind) {
    case ProofKind::decoded:
      return "decoded";
    case ProofKind::locked_rows:
      return "locked-rows";
    case ProofKind::captured:
      return "captured";
  }
  return "locked-rows";
}

void apply(const Options& options, Outcome& outcome) {
  try {
    Applying(options, outcome).run();
  } catch (base::Error& error) {
    if (outcome.id.empty()) say_left(error, "nothing was run");
    throw;
  }
}

}  // namespace apply
