#include "repository/targets.h"

#include <algorithm>

namespace repository {

void Targets::each(const std::function<void(std::size_t, store::ObjectStore&)>& body) {
  for (std::size_t place = 0; place < targets_.size(); ++place) {
    Target& target = targets_[place];
    if (!target.taking_part()) continue;
    try {
      body(place, *target.store);
    } catch (const base::Error& error) {
      if (error.code() != base::Code::storage) throw;
      target.failure = error;
    }
  }
  if (any()) return;
  for (const Target& target : targets_) {
    if (target.failure) throw base::Error(*target.failure);
  }
}

bool Targets::any() const {
  return std::any_of(targets_.begin(), targets_.end(), [](const Target& target) { return target.taking_part(); });
}

}  // namespace repository
