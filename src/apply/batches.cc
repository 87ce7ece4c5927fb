#include "apply/batches.h"

namespace apply {

namespace {
constexpr std::size_t max_bytes = 4u << 20;
}

void for_each_batch(const changeset::Reader& changes,
                    const std::function<std::size_t(const changeset::Relation&)>& size,
                    const std::function<void(std::uint32_t, const std::vector<changeset::Change>&)>& visit) {
  std::vector<changeset::Change> batch;
  std::size_t bytes = 0;
  std::size_t limit = 0;
  const auto flush = [&] {
    if (!batch.empty()) visit(batch.front().relation, batch);
    batch.clear();
    bytes = 0;
  };
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!batch.empty() && (change.relation != batch.front().relation || batch.size() >= limit || bytes >= max_bytes)) {
      flush();
    }
    if (batch.empty()) limit = size(changes.relations().at(change.relation));
    bytes += change.before.size() + change.after.size();
    batch.push_back(change);
  });
  flush();
}

}  // namespace apply
