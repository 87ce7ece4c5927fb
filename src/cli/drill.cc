#include "restore/drill.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "cli/restoring.h"
#include "cli/version.h"
#include "report/printable.h"
#include "scratch/home.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace cli {

namespace {

constexpr const char* description =
    "A backup that was never restored is a hope. Restores a recovery point into a throw-away server of its own major "
    "version and proves what comes out: every byte, the archive's own date and database, every table's rows, every "
    "btree index, every foreign key, the contract's audit, the questions of [drill] checks, and the time that it took. "
    "Of Redis: every key by type, name and expiry. The evidence is kept in the repository, beside the point.\n\n"
    "WHAT is a tier (its newest good point), or the id of a point (its beginning). Without it: the newest good point "
    "of every tier. --due: of those tiers alone whose last passed drill is older than [drill] every, and where nobody "
    "watches (no terminal) only what failed is said. Nothing but the repository is written to, and nothing is left "
    "behind.\n\n"
    "Exits 0 where everything passed, 1 where anything did not. docs/formats/drill.md specifies the JSON.";

struct DrillOptions {
  RestoringOptions restoring;
  std::string what;
  bool due = false;
  bool unwatched = false;  // by a cron: what went well is not said
  std::string format = "text";
};

bool is_due(const restore::Shelves& shelves, const contract::Backups& backups, const contract::Tier& tier) {
  const auto last = shelves.last_passed_drill(tier.name);
  return !last || sys::now() - *last >= backups.drill.every;
}

// What is to be drilled; a tier without a good point, or with several databases, becomes a sentence in `missing`.
std::vector<restore::Choice> choices(const restore::Shelves& shelves, const contract::Backups& backups,
                                     const DrillOptions& options, std::vector<std::string>& missing) {
  const auto of_that_name = [&](const contract::Tier& tier) { return tier.name == options.what; };
  const bool is_tier = std::any_of(backups.tiers.begin(), backups.tiers.end(), of_that_name);
  if (!options.what.empty() && !is_tier) return {shelves.by_id(options.what)};
  std::vector<restore::Choice> chosen;
  for (const contract::Tier& tier : backups.tiers) {
    if (is_tier && !of_that_name(tier)) continue;
    if (options.due && !is_due(shelves, backups, tier)) continue;
    if (const auto databases = shelves.databases({tier.name}, sys::now()); !databases.empty()) {
      missing.push_back(fmt::format("tier {} holds points of {} databases, each to be drilled by its id: {}", tier.name,
                                    databases.size(), fmt::join(databases, "; ")));
    } else if (auto newest = shelves.newest(tier.name, sys::now())) {
      chosen.push_back(std::move(*newest));
    } else {
      const auto bad = shelves.passed_over({tier.name}, nullptr, sys::now());
      missing.push_back(fmt::format("tier {} has no good recovery point to drill{}", tier.name,
                                    bad ? fmt::format(": {}: {}", bad->id, bad->why) : ""));
    }
  }
  return chosen;
}

void say(const std::string& sentence) {
  sys::write_all(2, fmt::format("pgrehearse: {}\n", report::printable(base::mask_secrets(sentence))), "standard error");
}

void print(const std::vector<repository::Evidence>& drills, const DrillOptions& options) {
  if (options.format == "json") {
    const bool one = !options.what.empty() && drills.size() == 1;
    print_text(one ? restore::to_json(drills.front()) : restore::to_json(drills));
    return;
  }
  const bool passed = std::all_of(drills.begin(), drills.end(), [](const auto& drill) { return drill.passed; });
  if (drills.empty() || (options.unwatched && passed)) return;
  print_document(restore::to_document(drills));
}

repository::Evidence drill_one(const restore::Choice& choice, const repository::Repository& opened,
                               const DrillOptions& options) {
  return restore::drill(choice, {.contract = opened.contract,
                                 .keys = opened.keys.get(),
                                 .isolation = options.restoring.isolation(),
                                 .program = program_and_version()});
}

int run_drill(DrillOptions options) {
  if (options.due && !options.what.empty())
    throw base::Error(base::Code::usage, "drill wants WHAT or --due, not both", "see: pgrehearse drill --help");
  options.unwatched = options.due && is_unwatched();
  scratch::reap();
  const repository::Repository opened = open_repository(options.restoring);
  const restore::Shelves shelves(opened);
  for (const std::string& note : shelves.notes()) say(note);
  std::vector<std::string> missing;
  const auto chosen = choices(shelves, opened.contract.backups, options, missing);
  std::vector<repository::Evidence> drills;
  int undone = 0;  // the exit status of what could not be done
  for (const restore::Choice& choice : chosen) {
    // Tiers do not wait for each other: one that cannot be drilled today is told, and the next one is.
    try {
      shelves.require_sealed(choice);
      drills.push_back(drill_one(choice, opened, options));
    } catch (const base::Error& error) {
      if (error.code() == base::Code::interrupted || chosen.size() == 1) throw;
      say(fmt::format("{}: {}; {}", choice.point.id, error.message(), error.hint()));
      undone = base::exit_status(error.code());
      continue;
    }
    for (const std::string& failure : restore::keep_evidence(drills.back(), choice)) {
      undone = base::exit_status(base::Code::storage);
      say(failure);
    }
  }
  print(drills, options);
  for (const std::string& sentence : missing) say(sentence);
  const bool passed = std::all_of(drills.begin(), drills.end(), [](const auto& drill) { return drill.passed; });
  return passed && missing.empty() ? undone : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_drill(CLI::App& app) {
  const auto options = std::make_shared<DrillOptions>();
  app.description(description);
  app.add_option("WHAT", options->what, "a tier, or the id of a recovery point")->type_name("");
  app.add_flag("--due", options->due, "only what was not drilled for as long as the contract says; not with WHAT");
  declare_restoring(app, options->restoring);
  declare_format(app, options->format, "what was found");
  return [options] {
    return interruptible("what was drilled to the end is kept as evidence; of the rest nothing is left",
                         [&] { return run_drill(*options); });
  };
}

}  // namespace cli
