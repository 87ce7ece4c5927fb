#include "repository/targets.h"

#include <algorithm>

namespace repository {

void Targets::each(const std::function<void(std::size_t, store::ObjectStore&)>& body) {
  for (std::size_t place = 0; place < targets_.size(); ++place) {
    Target& target = targets_[place];
    if (target.failure) continue;
    try {
      body(place, *target.store);
    } catch (const base::Error& error) {
      if (error.code() != base::Code::storage) throw;
      target.failure = error;
    }
  }
  const bool left = std::any_of(targets_.begin(), targets_.end(), [](const Target& target) { return !target.failure; });
  if (!left && !targets_.empty()) throw base::Error(*targets_.front().failure);
}

}  // namespace repository
