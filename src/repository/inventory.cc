#include "repository/inventory.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "repository/lost.h"
#include "repository/point_id.h"
#include "sys/clock.h"

namespace repository {

namespace {

// A store that stops answering on the way has not been read.
template <typename Body>
void read_into(Inventory& inventory, const Body& body) {
  try {
    body();
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    inventory.contents.reset();
    inventory.failure = base::mask_secrets(error.message());
    inventory.hint = error.hint();
  }
}

std::optional<Sibling> find_sibling(const std::vector<Inventory>& inventories, const std::string& id) {
  for (const Inventory& inventory : inventories) {
    if (!inventory.contents) continue;
    const auto& points = inventory.contents->points;
    const auto found = std::find_if(points.begin(), points.end(),
                                    [&](const Point& point) { return point.id == id && point.has_manifest; });
    if (found != points.end())
      return Sibling{.store = inventory.store.name, .manifest = found->manifest, .failure = found->problem};
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> rto_of(store::ObjectStore& store, const std::string& key) {
  try {
    return parse_evidence(store::read_object(store, key)).rto;
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    return std::nullopt;
  }
}

}  // namespace

std::vector<Inventory> take_inventory(const Repository& repository) {
  std::vector<Inventory> inventories;
  for (std::size_t place = 0; place < repository.stores.size(); ++place) {
    Inventory& inventory = inventories.emplace_back(Inventory{.store = repository.contract.backups.stores[place]});
    read_into(inventory,
              [&] { inventory.contents = read_contents(*repository.stores[place].store, repository.trust()); });
  }
  for (std::size_t place = 0; place < repository.stores.size(); ++place) {
    Inventory& inventory = inventories[place];
    if (!inventory.contents) continue;
    read_into(inventory, [&] {
      mark_lost(*repository.stores[place].store, *inventory.contents, repository.contract.backups, sys::now(),
                [&](const std::string& id) { return find_sibling(inventories, id); });
    });
  }
  return inventories;
}

std::optional<EvidenceKey> latest_drill(const std::vector<Inventory>& inventories, const contract::Tier& tier) {
  std::optional<EvidenceKey> latest;
  for (const Inventory& inventory : inventories) {
    const bool of_tier = std::find(tier.stores.begin(), tier.stores.end(), inventory.store.name) != tier.stores.end();
    if (!of_tier || !inventory.contents) continue;
    for (const EvidenceKey& evidence : inventory.contents->evidence) {
      if (evidence.proof == Proof::drill && parse_point_id(evidence.point)->tier == tier.name)
        keep_later(latest, evidence);
    }
  }
  return latest;
}

void read_rtos(const Repository& repository, std::vector<Inventory>& inventories) {
  for (const contract::Tier& tier : repository.contract.backups.tiers) {
    const auto latest = latest_drill(inventories, tier);
    if (!latest) continue;
    for (std::size_t place = 0; place < inventories.size(); ++place) {
      if (!inventories[place].contents) continue;
      auto& all = inventories[place].contents->evidence;
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&](const EvidenceKey& evidence) { return evidence.key == latest->key; });
      if (found != all.end()) found->rto = rto_of(*repository.stores[place].store, latest->key);
    }
  }
}

}  // namespace repository
