// The promise against reality: what is there, how old it is, what a disaster this second would lose. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "contract/backups.h"
#include "report/document.h"
#include "repository/inventory.h"

namespace repository {

struct TierInStore {
  std::string store;
  bool reachable = true;
  std::optional<base::Seconds> age;  // of the newest good point; unset: there is none, or nobody knows
  std::string newest;                // its id
  std::uint64_t bytes = 0;           // of its newest good point
  std::int64_t kept = 0;             // good points
  std::optional<double> growth;      // of the newest against the one about a week before it: 1.1 is 10 % more
  // Where points of several databases are here, the figures are of the one whose newest point is oldest.
  std::vector<std::string> databases;  // then: each of them, for people
};

struct TierStatus {
  std::string name;
  contract::What what = contract::What::dump;
  base::Seconds promise{};
  std::vector<TierInStore> stores;
  std::optional<EvidenceKey> drilled;  // the latest drill of any of its points
  std::vector<std::string> problems;   // each a broken promise; none: it is kept

  // What the tier is worth: of its worst store. nullopt: one has nothing, or does not answer.
  std::optional<base::Seconds> actual() const;
  std::int64_t kept() const;  // in the store that has least
  std::string last() const;   // the newest id anywhere
};

struct StoreStatus {
  std::string name;
  std::string url;
  bool reachable = true;
  std::string failure;
  std::string hint;            // what to do about it
  std::uint64_t bytes = 0;     // of every recovery point
  std::optional<double> cost;  // a month
};

struct Status {
  base::Instant now{};
  std::vector<TierStatus> tiers;  // the worst first
  std::vector<StoreStatus> stores;
  std::vector<std::string> loss;  // what a disaster this second would lose, a sentence each
  std::vector<std::string> notes;
  bool kept() const;  // every promise
};

// `inventories` has one for each store of the contract.
Status judge(const std::vector<Inventory>& inventories, const contract::Backups& contract, base::Instant now);

report::Document to_document(const Status& status);
std::string to_json(const Status& status);        // docs/formats/repository.md
std::string to_prometheus(const Status& status);  // text exposition format 0.0.4
// One line, as monitoring plugins answer (Nagios plug-in API); the exit status beside it is OK 0, CRITICAL 2.
std::string to_nagios(const Status& status);

}  // namespace repository
