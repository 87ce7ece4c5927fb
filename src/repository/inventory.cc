#include "repository/inventory.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace repository {

std::vector<Inventory> take_inventory(const Repository& repository) {
  std::vector<Inventory> inventories;
  for (std::size_t place = 0; place < repository.stores.size(); ++place) {
    Inventory inventory{.store = repository.contract.backups.stores[place]};
    try {
      inventory.contents = read_contents(*repository.stores[place].store);
    } catch (const base::Error& error) {
      if (error.code() != base::Code::storage) throw;
      inventory.failure = base::mask_secrets(error.message());
    }
    inventories.push_back(std::move(inventory));
  }
  return inventories;
}

}  // namespace repository
