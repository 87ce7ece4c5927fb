#include "repository/inventory.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "repository/lost.h"
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
    inventory.failure = error.message();
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

}  // namespace

std::vector<Inventory> take_inventory(const Repository& repository) {
  std::vector<Inventory> inventories;
  for (std::size_t place = 0; place < repository.stores.size(); ++place) {
    Inventory& inventory = inventories.emplace_back(Inventory{.store = repository.contract.backups.stores[place]});
    read_into(inventory, [&] { inventory.contents = read_contents(*repository.stores[place].store); });
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

}  // namespace repository
