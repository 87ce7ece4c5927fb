#include "repository/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "cli/version.h"
#include "report/printable.h"
#include "repository/inventory.h"
#include "repository/point_id.h"
#include "sys/terminal.h"

namespace cli {

namespace {

using nlohmann::json;

constexpr const char* description =
    "Reads every byte of recovery points back from their stores and compares it with its hash. The outcome is kept in "
    "the store as evidence, and a point that failed no longer counts for `status`, `restore` and retention. Needs no "
    "key; with the contract's keys it also sees who wrote a manifest.\n\n"
    "Exits 1 on the first lie; with --all, the rest is still read and every lie is told.\n\n"
    "  pgrehearse verify --all\n"
    "  pgrehearse verify 20260511T03";

struct VerifyOptions {
  std::string id;
  bool all = false;
  std::string store;
  bool allow_unsealed = false;
  std::string contract;
  std::string format = "text";
};

struct Bad {
  std::string store;
  std::string point;
  std::string object;
  std::string message;
};

struct Outcome {
  std::uint64_t objects = 0;
  std::uint64_t points = 0;
  std::uint64_t bytes = 0;
  std::vector<Bad> bad;
  bool all_said = true;  // every store answered, and took the evidence
};

std::vector<const repository::Point*> chosen(const repository::Contents& contents, const VerifyOptions& options) {
  std::vector<const repository::Point*> points;
  for (const repository::Point& point : contents.points) {
    if (point.exists() && (options.all || point.id.starts_with(options.id))) points.push_back(&point);
  }
  return points;
}

// What a manifest says of itself that only a key can tell from a lie.
void check_seal(const repository::Repository& repository, const std::string& store, const repository::Point& point,
                Outcome& outcome) {
  if (!repository.keys || repository.allow_unsealed || !point.manifest || point.manifest->mac) return;
  outcome.bad.push_back({store, point.id, std::string(repository::manifest_name),
                         fmt::format("{}; --allow-unsealed accepts it", repository::no_seal)});
}

void verify_one(repository::Target& target, const repository::Point& point, sys::Progress& progress,
                std::uint64_t total, Outcome& outcome) {
  const repository::Evidence evidence =
      repository::verify_point(target, point, program_and_version(), [&](std::uint64_t bytes) {
        outcome.bytes += bytes;
        progress.update(outcome.bytes, total, "bytes");
      });
  ++outcome.points;
  outcome.objects += evidence.checks.size();
  for (const repository::Check& check : evidence.checks) {
    if (!check.passed) outcome.bad.push_back({target.name, point.id, check.name, check.message});
  }
  if (target.failure) return;  // as was said
  try {
    repository::keep_evidence(*target.store, evidence);
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    outcome.all_said = false;
    target.failure = error;
    complain(target, "what was found is not kept there as evidence");
  }
}

// A store that goes away in the middle does not keep the others from being read.
void verify_store(const repository::Repository& repository, repository::Target target,
                  const repository::Inventory& inventory, const VerifyOptions& options, sys::Progress& progress,
                  std::uint64_t total, Outcome& outcome) {
  try {
    if (!inventory.contents)
      throw base::Error(base::Code::storage, "it does not answer: " + inventory.failure, inventory.hint);
    for (const repository::Point* point : chosen(*inventory.contents, options)) {
      if (!options.all && !outcome.bad.empty()) return;
      verify_one(target, *point, progress, total, outcome);
      check_seal(repository, target.name, *point, outcome);
    }
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    outcome.all_said = false;
    target.failure = error;
    complain(target, "what it holds was not read to the end");
  }
}

std::uint64_t bytes_to_read(const std::vector<repository::Inventory>& inventories, const VerifyOptions& options) {
  std::uint64_t total = 0;
  for (const repository::Inventory& inventory : inventories) {
    if (!inventory.contents) continue;
    for (const repository::Point* point : chosen(*inventory.contents, options)) total += point->bytes;
  }
  return total;
}

Outcome verify(const repository::Repository& repository, const VerifyOptions& options) {
  const auto inventories = repository::take_inventory(repository);
  const std::uint64_t total = bytes_to_read(inventories, options);
  Outcome outcome;
  sys::Progress progress("verifying");
  for (std::size_t place = 0; place < inventories.size(); ++place)
    verify_store(repository, repository.stores[place], inventories[place], options, progress, total, outcome);
  return outcome;
}

void print(const Outcome& outcome, const std::string& format) {
  if (format == "json") {
    json bad = json::array();
    for (const Bad& lie : outcome.bad) {
      bad.push_back({{"store", lie.store}, {"id", lie.point}, {"object", lie.object}, {"message", lie.message}});
    }
    print_json(
        json{{"version", 1}, {"passed", outcome.bad.empty()}, {"objects", outcome.objects}, {"bad", std::move(bad)}});
    return;
  }
  std::string text;
  for (const Bad& lie : outcome.bad)
    text += fmt::format("✗ {} in {}: {}: {}\n", lie.point, lie.store, report::printable(lie.object),
                        report::printable(lie.message));
  text += fmt::format("{} {} of {} read, {}: {}\n", outcome.bad.empty() ? "✓" : "✗",
                      base::count_of(static_cast<std::int64_t>(outcome.objects), "object"),
                      base::count_of(static_cast<std::int64_t>(outcome.points), "recovery point"),
                      base::human_bytes(outcome.bytes),
                      !outcome.bad.empty() ? "not what was written"
                      : outcome.all_said   ? "every byte is what it was"
                                           : "every byte that was read is what it was, and more was to be read");
  print_text(text);
}

int run_verify(const VerifyOptions& options) {
  if (options.all != options.id.empty())
    throw base::Error(base::Code::usage, "verify wants the ID of a recovery point, or --all",
                      "see: pgrehearse backups");
  repository::Repository opened = open_repository_of(options.contract, repository::Keys::wanted, options.store);
  opened.allow_unsealed = options.allow_unsealed;
  tell_keyless(opened);
  const Outcome outcome = verify(opened, options);
  if (outcome.points == 0 && !options.all && outcome.all_said) {
    throw base::Error(base::Code::usage, fmt::format("there is no recovery point {}", options.id),
                      "see: pgrehearse backups");
  }
  print(outcome, options.format);
  if (!outcome.bad.empty()) return base::exit_status(base::Code::refused);
  return outcome.all_said ? 0 : base::exit_status(base::Code::storage);
}

}  // namespace

Action declare_verify(CLI::App& app) {
  const auto options = std::make_shared<VerifyOptions>();
  app.description(description);
  app.add_option("ID", options->id, "the recovery point, or the beginning of its id")->type_name("");
  app.add_flag("--all", options->all, "every recovery point of every store");
  app.add_option("--store", options->store, "in this store of the contract only")->type_name("NAME");
  declare_contract_option(app, options->contract);
  declare_allow_unsealed(app, options->allow_unsealed);
  declare_format(app, options->format, "the outcome");
  return [options] {
    return interruptible("what was read to the end is kept as evidence; nothing else was written",
                         [&] { return run_verify(*options); });
  };
}

}  // namespace cli
