#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "report/document.h"
#include "repository/inventory.h"

namespace cli {

namespace {

using nlohmann::json;
using report::Tone;

constexpr const char* description =
    "What recovery points exist, how large they are, in which store, and when each was last verified and drilled.\n\n"
    "Exits 3 where a store does not answer: what is in it is not known then.";

struct BackupsOptions {
  std::string contract;
  std::string format = "text";
};

// The same point in several stores is several entries: each is as good as its own bytes.
struct Entry {
  const repository::Point* point;
  std::string store;
};

// Of this copy, or the one that says of what is in it that it does not come back.
const std::optional<repository::EvidenceKey>& drill_of(const repository::Point& point) {
  return point.failed() ? point.restored : point.drilled;
}

std::vector<Entry> entries_of(const std::vector<repository::Inventory>& inventories) {
  std::vector<Entry> entries;
  for (const repository::Inventory& inventory : inventories) {
    if (!inventory.contents) continue;
    for (const repository::Point& point : inventory.contents->points) {
      if (point.exists()) entries.push_back({&point, inventory.store.name});
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.point->id > b.point->id; });
  return entries;
}

json proof_to_json(const std::optional<repository::EvidenceKey>& evidence) {
  if (!evidence) return nullptr;
  return {{"at", base::to_rfc3339(evidence->started)}, {"passed", evidence->passed()}};
}

json to_json(const Entry& entry) {
  const repository::Point& point = *entry.point;
  json value = {{"id", point.id},
                {"store", entry.store},
                {"bytes", point.bytes},
                {"complete", point.complete()},
                {"problem", point.problem.empty() ? json(nullptr) : json(point.problem)},
                {"verified", proof_to_json(point.verified)},
                {"drilled", proof_to_json(drill_of(point))}};
  if (point.manifest) {
    value["tier"] = point.manifest->tier;
    value["what"] = contract::name(point.manifest->what);
    value["taken"] = base::to_rfc3339(point.manifest->taken);
    value["source"] = point.manifest->source;
  }
  return value;
}

report::Span proof(const std::optional<repository::EvidenceKey>& evidence) {
  if (!evidence) return {"never", Tone::muted};
  return evidence->passed() ? report::Span{ago(evidence->started), Tone::good} : report::Span{"FAILED", Tone::bad};
}

// Below the table, where there is room for it.
void tell_failure(const Entry& entry, const char* proof, const std::optional<repository::EvidenceKey>& evidence,
                  report::Bullets& problems) {
  if (!evidence || evidence->passed()) return;
  problems.items.push_back(
      {{fmt::format("{} in {}: {} failed {}", entry.point->id, entry.store, proof, ago(evidence->started))}});
}

report::Document to_document(const std::vector<repository::Inventory>& inventories, const std::vector<Entry>& entries) {
  report::Document document{.title = "pgrehearse backups"};
  report::Table table;
  table.columns = {{"recovery point"}, {"store"}, {"taken"}, {"size", report::Align::right}, {"verified"}, {"drilled"}};
  report::Bullets problems;
  for (const Entry& entry : entries) {
    const repository::Point& point = *entry.point;
    const std::string taken = point.manifest ? ago(point.manifest->taken) : "";
    table.rows.push_back({{{{point.id, point.complete() ? Tone::plain : Tone::bad}},
                           {{entry.store}},
                           {{taken}},
                           {{base::human_bytes(point.bytes)}},
                           {proof(point.verified)},
                           {proof(drill_of(point))}}});
    tell_failure(entry, "the verification", point.verified, problems);
    tell_failure(entry, "the drill", drill_of(point), problems);
    if (!point.problem.empty())
      problems.items.push_back({{fmt::format("{} in {} does not count: {}", point.id, entry.store, point.problem)}});
  }
  for (const repository::Inventory& inventory : inventories) {
    if (inventory.contents) continue;
    problems.items.push_back({{fmt::format("store {} does not answer: {}", inventory.store.name, inventory.failure)}});
  }
  if (!table.rows.empty()) {
    document.blocks.emplace_back(std::move(table));
  } else if (problems.items.empty()) {  // else nobody knows
    document.blocks.emplace_back(report::Paragraph{{{"There is no recovery point yet: pgrehearse backup --all"}}});
  }
  if (!problems.items.empty()) document.blocks.emplace_back(std::move(problems));
  return document;
}

json to_json(const std::vector<repository::Inventory>& inventories, const std::vector<Entry>& entries) {
  json backups = json::array();
  for (const Entry& entry : entries) backups.push_back(to_json(entry));
  json unreachable = json::array();
  for (const repository::Inventory& inventory : inventories) {
    if (!inventory.contents) unreachable.push_back({{"store", inventory.store.name}, {"message", inventory.failure}});
  }
  return {{"version", 1}, {"backups", std::move(backups)}, {"unreachable", std::move(unreachable)}};
}

int run_backups(const BackupsOptions& options) {
  const repository::Repository opened = open_repository_of(options.contract, repository::Keys::wanted);
  tell_keyless(opened);
  const auto inventories = repository::take_inventory(opened);
  const auto entries = entries_of(inventories);
  if (options.format == "json") {
    print_json(to_json(inventories, entries));
  } else {
    print_document(to_document(inventories, entries));
  }
  const bool all = std::all_of(inventories.begin(), inventories.end(),
                               [](const repository::Inventory& inventory) { return inventory.contents.has_value(); });
  return all ? 0 : base::exit_status(base::Code::storage);
}

}  // namespace

Action declare_backups(CLI::App& app) {
  const auto options = std::make_shared<BackupsOptions>();
  app.description(description);
  declare_contract_option(app, options->contract);
  declare_format(app, options->format, "them");
  return [options] { return run_backups(*options); };
}

}  // namespace cli
