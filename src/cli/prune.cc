#include "repository/prune.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "report/printable.h"
#include "sys/clock.h"
#include "sys/terminal.h"

namespace cli {

namespace {

using nlohmann::json;

constexpr const char* description =
    "Removes recovery points that the contract no longer wants kept, and what ended backups left behind. Without "
    "--execute it says what it would remove, and why it keeps the rest.\n\n"
    "A point goes where it is older than its tier's `keep` and a full set of newer good ones is there: a clock that "
    "jumped removes nothing. The newest good point of a tier, points that a hold names, and tiers that the contract "
    "does not know are left alone, and so are points that lost their manifest, and what is being written now. Evidence "
    "of drills and verifications is kept for a year, the latest for as long as it says something.";

constexpr const char* pruning_claim = ".prune";  // no tier can have this name

struct PruneOptions {
  bool execute = false;
  std::string contract;
  std::string format = "text";
};

json to_json(const std::string& store, const repository::Pruning& pruning, bool executed) {
  json removed = json::array();
  json kept = json::array();
  for (const repository::Decision& decision : pruning.points) {
    (decision.keep ? kept : removed).push_back({{"id", decision.id}, {"reason", decision.reason}});
  }
  json leftovers = json::array();
  for (const repository::Leftover& leftover : pruning.leftovers) leftovers.push_back(leftover.id);
  return {{"store", store},
          {"executed", executed},
          {"remove", std::move(removed)},
          {"keep", std::move(kept)},
          {"leftovers", std::move(leftovers)},
          {"unfinished", pruning.unfinished.size()},
          {"evidence", pruning.evidence.size()},
          {"at_work", pruning.at_work},
          {"bytes", pruning.bytes}};
}

std::string to_text(const std::string& store, const repository::Pruning& pruning, bool executed) {
  std::string text = fmt::format("{}: {}\n", store,
                                 pruning.nothing() ? "nothing to remove"
                                 : executed        ? fmt::format("{} freed", base::human_bytes(pruning.bytes))
                                                   : fmt::format("{} to free", base::human_bytes(pruning.bytes)));
  for (const repository::Decision& decision : pruning.points)
    text += fmt::format("  {} {}  {}\n", decision.keep ? "keep  " : "remove", decision.id,
                        report::printable(decision.reason));
  for (const repository::Leftover& leftover : pruning.leftovers)
    text += fmt::format("  remove {}  never finished\n", leftover.id);
  for (const std::string& id : pruning.at_work) text += fmt::format("  keep   {}  being written now\n", id);
  if (!pruning.unfinished.empty()) {
    text += fmt::format("  remove {} of unfinished objects\n",
                        base::count_of(static_cast<std::int64_t>(pruning.unfinished.size()), "remnant"));
  }
  if (!pruning.evidence.empty()) {
    text += fmt::format("  remove {} of evidence, over a year old\n",
                        base::count_of(static_cast<std::int64_t>(pruning.evidence.size()), "piece"));
  }
  return text;
}

std::vector<repository::Target> others_than(const repository::Target& target,
                                            const repository::Repository& repository) {
  std::vector<repository::Target> others = repository.stores;
  std::erase_if(others, [&](const repository::Target& other) { return other.name == target.name; });
  return others;
}

repository::Pruning prune_store(const repository::Target& target, const repository::Repository& repository,
                                bool execute) {
  store::ObjectStore& store = *target.store;
  const contract::Backups& contract = repository.contract.backups;
  const auto others = others_than(target, repository);
  if (!execute) return repository::plan_pruning(store, contract, sys::now(), others, repository.trust());
  auto claim = repository::Claim::take(store, pruning_claim, "");
  if (const auto* other = std::get_if<repository::ClaimInfo>(&claim)) {
    throw base::Error(base::Code::refused, fmt::format("{} is pruning {}", other->holder, store.description()),
                      "nothing was removed there");
  }
  auto& ours = std::get<repository::Claim>(claim);
  repository::Pruning pruning = repository::plan_pruning(store, contract, ours.renewed(), others, repository.trust());
  sys::Progress progress(fmt::format("pruning {}", target.name));
  std::uint64_t removed = 0;
  repository::prune(store, pruning, [&] {
    ours.keep();
    progress.update(removed++, pruning.objects, "objects");
  });
  return pruning;
}

// Stores do not wait for each other: one that is out of reach, or pruned by somebody else, is told, and has a failure
// then.
std::optional<repository::Pruning> prune_if_it_answers(repository::Target& target,
                                                       const repository::Repository& repository, bool execute) {
  try {
    return prune_store(target, repository, execute);
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage && error.code() != base::Code::refused) throw;
    target.failure = error;
    complain(target, "what else is due to go there stays until the next prune");
    return std::nullopt;
  }
}

int run_prune(const PruneOptions& options) {
  // What a forger wrote makes nothing older superfluous.
  const repository::Repository repository =
      open_repository_of(options.contract, options.execute ? repository::Keys::needed : repository::Keys::wanted);
  tell_keyless(repository);
  json stores = json::array();
  bool nothing = true;
  int status = 0;
  for (repository::Target target : repository.stores) {
    const auto pruning = prune_if_it_answers(target, repository, options.execute);
    if (!pruning) {
      status = std::max(status, base::exit_status(target.failure->code()));
      continue;
    }
    nothing = nothing && pruning->nothing();
    if (options.format == "text") print_text(to_text(target.name, *pruning, options.execute));
    stores.push_back(to_json(target.name, *pruning, options.execute));
  }
  if (options.format == "json") {
    print_json(json{{"version", 1}, {"stores", std::move(stores)}});
  } else if (!options.execute && !nothing) {
    print_text("Nothing was removed: --execute does.\n");
  }
  return status;
}

}  // namespace

Action declare_prune(CLI::App& app) {
  const auto options = std::make_shared<PruneOptions>();
  app.description(description);
  app.add_flag("--execute", options->execute, "remove it; without, only say what would be removed");
  declare_contract_option(app, options->contract);
  declare_format(app, options->format, "the decisions");
  return [options] {
    return interruptible("what else is due to go stays until the next prune", [&] { return run_prune(*options); });
  };
}

}  // namespace cli
