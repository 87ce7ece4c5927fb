#include "backup/backup.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "cli/version.h"
#include "contract/database.h"
#include "report/printable.h"
#include "repository/inventory.h"
#include "repository/retention.h"
#include "sys/clock.h"

namespace cli {

namespace {

using nlohmann::json;

constexpr const char* description =
    "Takes recovery points: what one TIER of the contract says, every tier that its cadence says is due (for cron), or "
    "all of them. A dump is the server's own pg_dump of one consistent snapshot, with every table's rows counted in "
    "it; Redis is an RDB snapshot. Both are compressed, encrypted where the contract says so, and hashed on the way to "
    "every store of the tier at once; a backup exists once its manifest does. One process at a time takes a tier. "
    "--due takes it into those stores where it is due; one that does not answer is a failure, and no reason to take it "
    "into others. Where nobody watches (no terminal), --due says only what failed and what a backup has to note.\n\n"
    "Without a contract there is one tier, `daily`, in a directory under your data directory.\n\n"
    "  pgrehearse backup daily --on postgresql://backup@db.example.com/shop\n"
    "  */10 * * * *  pgrehearse backup --due\n\n"
    "A database that is not the one that the contract's tiers hold already is refused: two in one tier would take each "
    "other's place. After a failover, an upgrade or a rename, say --new-source once.\n\n"
    "SELECT on every table and sequence (pg_read_all_data) is enough, with BYPASSRLS where tables have row-level "
    "security. Exits 0 where everything is taken (or nothing was due), 1 where somebody else is taking it, 3 where it "
    "could not be taken, or not in every store.";

struct BackupOptions {
  std::string tier;
  bool due = false;
  bool all = false;
  std::string contract;
  std::string database;
  bool new_source = false;
  std::string format = "text";
  bool unwatched = false;  // by a cron: what went well is not said
};

json to_json(const backup::Taken& taken) {
  json stores = json::array();
  json failed = json::array();
  for (const repository::Target& target : taken.targets) {
    if (target.failure) {
      failed.push_back({{"store", target.name}, {"message", base::mask_secrets(target.failure->message())}});
    } else if (target.taking_part()) {
      stores.push_back(target.name);
    }
  }
  return {{"version", 1},
          {"id", taken.manifest.id},
          {"tier", taken.manifest.tier},
          {"bytes", taken.manifest.bytes()},
          {"stores", std::move(stores)},
          {"failed", std::move(failed)},
          {"notes", taken.notes}};
}

// A tier that is to be taken, and its stores; one that does not answer brings its failure along.
struct Wanted {
  const contract::Tier* tier = nullptr;
  std::vector<repository::Target> stores;
};

// What is wanted, and who did not answer where nothing else is wanted: whether it is due there nobody knows.
struct Agenda {
  std::vector<Wanted> wanted;
  std::vector<repository::Target> silent;
};

// Due where a store that answers says so. One that is down is a failure and no reason for a dump into the others.
Agenda what_is_due(const repository::Repository& repository) {
  std::map<std::string, const repository::Inventory*> by_store;
  const auto inventories = repository::take_inventory(repository);
  for (const auto& inventory : inventories) by_store[inventory.store.name] = &inventory;
  Agenda agenda;
  std::map<std::string, repository::Target> silent;
  for (const contract::Tier& tier : repository.contract.backups.tiers) {
    Wanted wanted{&tier, repository.stores_of(tier)};
    bool due = false;
    for (repository::Target& target : wanted.stores) {
      const repository::Inventory& found = *by_store.at(target.name);
      if (found.contents) {
        due = due || repository::is_due(*found.contents, tier, sys::now());
      } else {
        target.failure = base::Error(base::Code::storage, found.failure, found.hint);
        silent.insert_or_assign(target.name, target);
      }
    }
    if (due) agenda.wanted.push_back(std::move(wanted));
  }
  for (const Wanted& wanted : agenda.wanted) {
    for (const repository::Target& target : wanted.stores) silent.erase(target.name);  // said when it is taken
  }
  for (auto& [name, target] : silent) agenda.silent.push_back(std::move(target));
  return agenda;
}

const contract::Tier& tier_of_name(const repository::Repository& repository, const std::string& name) {
  if (const contract::Tier* tier = repository.tier(name)) return *tier;
  std::vector<std::string> names;
  for (const contract::Tier& other : repository.contract.backups.tiers) names.push_back(other.name);
  throw base::Error(base::Code::usage, fmt::format("there is no tier {}", name),
                    fmt::format("the contract's tiers are: {}", fmt::join(names, ", ")));
}

Agenda agenda_of(const BackupOptions& options, const repository::Repository& repository) {
  if (options.due) return what_is_due(repository);
  Agenda agenda;
  for (const contract::Tier& tier : repository.contract.backups.tiers)
    agenda.wanted.push_back({&tier, repository.stores_of(tier)});
  return agenda;
}

// One tier's outcome, told at once: a later tier may fail.
struct Outcome {
  int status = 0;
  json result;
};

Outcome take_one(const BackupOptions& options, const repository::Repository& repository, const Wanted& wanted) {
  const contract::Tier& tier = *wanted.tier;
  backup::Job job{.contract = &repository.contract,
                  .tier = &tier,
                  .keys = repository.keys.get(),
                  .program = program_and_version(),
                  .new_source = options.new_source};
  if (options.due) {
    job.wanted = [&](store::ObjectStore& store) {
      return repository::is_due(repository::read_contents(store, repository.trust()), tier, sys::now());
    };
  }
  if (tier.what == contract::What::dump) job.url = contract::database_of(repository.contract, options.database, "--on");
  auto outcome = base::in_context(fmt::format("tier {}", tier.name), [&] { return backup::take(job, wanted.stores); });
  if (const auto* claim = std::get_if<repository::ClaimInfo>(&outcome)) {
    const std::string message = fmt::format("tier {} is being taken by {}", tier.name, claim->holder);
    if (!options.due) throw base::Error(base::Code::refused, message, "nothing was done");
    if (!options.unwatched) fmt::print(stderr, "{}: nothing was done\n", report::printable(message));
    return {};
  }
  if (std::holds_alternative<backup::Unwanted>(outcome)) return {};
  const auto& taken = std::get<backup::Taken>(outcome);
  const bool telling = !options.unwatched || !taken.notes.empty();
  if (options.format == "text" && telling) print_text(backup::to_text(taken));
  int status = 0;
  for (const repository::Target& target : taken.targets) {
    if (!target.failure) continue;
    complain(target, fmt::format("{} is not there; the other stores of the tier have it", taken.manifest.id));
    status = base::exit_status(base::Code::storage);
  }
  return {status, to_json(taken)};
}

// Tiers do not wait for each other: one that fails is told, and the next is taken.
int take_several(const BackupOptions& options, const repository::Repository& repository) {
  int status = 0;
  json results = json::array();
  const Agenda agenda = agenda_of(options, repository);
  for (const repository::Target& target : agenda.silent) {
    complain(target, "nothing was taken into it; what is due there is taken when it answers");
    status = base::exit_status(base::Code::storage);
  }
  for (const Wanted& wanted : agenda.wanted) {
    try {
      Outcome outcome = take_one(options, repository, wanted);
      status = std::max(status, outcome.status);
      if (!outcome.result.is_null()) results.push_back(std::move(outcome.result));
    } catch (const base::Error& error) {
      if (error.code() == base::Code::interrupted) throw;
      fmt::print(stderr, "{}\n  {}\n", report::printable(base::mask_secrets(error.message())),
                 report::printable(error.hint()));
      status = std::max(status, base::exit_status(error.code()));
    }
  }
  if (options.format == "json") print_json(results);
  const bool nothing = agenda.wanted.empty() && agenda.silent.empty();
  if (options.format == "text" && nothing && !options.unwatched) print_text("nothing is due\n");
  return status;
}

int run_backup(BackupOptions options) {
  if ((options.tier.empty() ? 0 : 1) + (options.due ? 1 : 0) + (options.all ? 1 : 0) != 1)
    throw base::Error(base::Code::usage, "backup wants one of TIER, --due and --all", "see: pgrehearse backup --help");
  options.unwatched = options.due && is_unwatched();
  const repository::Repository repository = open_repository_of(options.contract);
  if (options.tier.empty()) return take_several(options, repository);
  const contract::Tier& tier = tier_of_name(repository, options.tier);
  const Outcome outcome = take_one(options, repository, {&tier, repository.stores_of(tier)});
  if (options.format == "json") print_json(outcome.result);
  return outcome.status;
}

}  // namespace

Action declare_backup(CLI::App& app) {
  const auto options = std::make_shared<BackupOptions>();
  app.description(description);
  app.add_option("TIER", options->tier, "the tier to take")->type_name("");
  app.add_flag("--due", options->due, "take what is due by its cadence: for cron");
  app.add_flag("--all", options->all, "take every tier");
  app.add_option("--on", options->database,
                 "the database; else the contract's [database] url, then the PG* environment")
      ->type_name("URL");
  app.add_flag(
      "--new-source", options->new_source,
      "it is the same database as before, on another cluster or under another name (failover, upgrade, rename)");
  declare_contract_option(app, options->contract);
  declare_format(app, options->format, "what was taken");
  return [options] {
    return interruptible("what was being taken counts for nothing, and was removed again; what was taken before stays",
                         [&] { return run_backup(*options); });
  };
}

}  // namespace cli
