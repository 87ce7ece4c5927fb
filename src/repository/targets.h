// The stores that one backup goes to at once. A store that fails is left behind, and the others go on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/object_store.h"

namespace repository {

struct Target {
  std::string name;  // of the store, in the contract
  std::shared_ptr<store::ObjectStore> store;
  std::optional<base::Error> failure;  // what it fell behind by
  bool left_out = false;               // nothing is to go there

  bool taking_part() const { return !failure && !left_out; }
};

class Targets {
 public:
  explicit Targets(std::vector<Target> targets) : targets_(std::move(targets)) {}

  // Runs `body` for each store that takes part still, by its place; an Error(storage) of it is that store's failure.
  // Throws the first failure where no store is left by it, and every other kind of error at once.
  void each(const std::function<void(std::size_t, store::ObjectStore&)>& body);
  void leave_out(std::size_t place) { targets_[place].left_out = true; }
  // Whether any store takes part still.
  bool any() const;
  const std::vector<Target>& all() const { return targets_; }

 private:
  std::vector<Target> targets_;
};

}  // namespace repository
