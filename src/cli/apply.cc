#include "apply/apply.h"

#include <memory>

#include "apply/outcome_report.h"
#include "base/error.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/contract_file.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "cli/target.h"
#include "contract/database.h"

namespace cli {

namespace {

constexpr const char* description =
    "Runs a plan's scripts on production in one transaction that commits only if production did exactly what the "
    "rehearsal did: the same rows, from the same values to the same values. Anything else is rolled back, and said. "
    "Rows as they were are on disk before COMMIT: `pgrehearse undo` puts them back.\n\n"
    "Without --execute it only looks: are script, contract, definitions and rows still what they were, and which proof "
    "does the server offer? Exits 0 where it was applied (or would be), 1 where it was refused, 3 where it could not "
    "be done.";

const std::map<std::string, apply::ProofKind> proofs = {{"decoded", apply::ProofKind::decoded},
                                                        {"locked-rows", apply::ProofKind::locked_rows},
                                                        {"captured", apply::ProofKind::captured}};

struct ApplyOptions {
  apply::Options apply;
  std::string plan;
  std::string to;
  std::string proof;
  std::string contract;
  std::string max_age = "24h";
  LimitOptions limits;
  std::string format = "text";
  bool show_rows = false;
};

std::string target_of(const ApplyOptions& options) {
  if (!options.to.empty()) return options.to;
  return contract::database_of(load_contract_if_any(options.contract), {}, "--to");
}

int run_apply(ApplyOptions& options) {
  apply::Options& what = options.apply;
  what.plan = options.plan;
  what.target = pg::parse_conninfo(target_of(options));
  if (!options.proof.empty()) what.proof = proofs.at(options.proof);
  what.limits = limits_of(options.limits);
  what.policy.max_age = base::in_context("--max-age", [&] { return base::parse_duration(options.max_age); });
  what.policy.contract = options.contract;
  apply::Outcome outcome;
  outcome.show_rows = options.show_rows;
  try {
    apply::apply(what, outcome);
  } catch (const base::Error& error) {
    // A program that asked for JSON gets it whatever happened; people read the error.
    if (options.format != "json" || !is_answer(error)) throw;
    outcome.could_not = error.code() != base::Code::refused;
    outcome.message = error.message();
    if (outcome.could_not) outcome.remedy = error.hint();
    if (!outcome.could_not && !outcome.refused()) outcome.reasons.push_back({"refused", error.message(), error.hint()});
    print_text(apply::to_json(outcome));
    throw;
  }
  if (options.format == "json") {
    print_text(apply::to_json(outcome));
  } else {
    print_document(apply::to_document(outcome));
  }
  if (outcome.could_not) return base::exit_status(base::Code::server);
  return outcome.refused() ? base::exit_status(base::Code::refused) : 0;
}

}  // namespace

Action declare_apply(CLI::App& app) {
  const auto options = std::make_shared<ApplyOptions>();
  app.description(description);
  app.add_option("PLAN", options->plan, "a plan that `pgrehearse plan` wrote")->required()->type_name("");
  app.add_option("--to", options->to,
                 "the database: a libpq URI or conninfo; else the contract's [database] url, then the PG* environment")
      ->type_name("URL");
  app.add_flag("--execute", options->apply.execute, "do it");
  app.add_option("--proof", options->proof,
                 "decoded (read back from the transaction's own log; needs wal_level=logical and prepared "
                 "transactions), locked-rows (needs nothing) or captured (triggers; others' writes wait); else the "
                 "first that the server offers")
      ->transform(choice_of({"decoded", "locked-rows", "captured"}))
      ->type_name("PROOF");
  declare_limits(app, options->limits);
  app.add_option("--max-age", options->max_age, "how old the plan may be: 24h")->type_name("AGE");
  app.add_option("--contract", options->contract, "the contract; else where the plan says, else here or above")
      ->type_name("FILE");
  app.add_flag("--allow-sequence-moves", options->apply.policy.allow_sequence_moves,
               "apply a plan that sets sequences: no rollback and no undo takes that back");
  app.add_flag("--accept-findings", options->apply.policy.accept_findings,
               "apply a plan that breaks the contract: its findings were read and are wanted");
  app.add_flag("--without-undo", options->apply.policy.without_undo, "apply although the role could not undo it");
  app.add_flag("--again", options->apply.policy.again, "apply a plan once more that was applied here already");
  app.add_flag("--show-rows", options->show_rows,
               "show values of rows that came out otherwise, not only ids and columns");
  declare_format(app, options->format, "what happened");
  return [options] { return run_apply(*options); };
}

}  // namespace cli
