#include "apply/batches.h"

namespace apply {

namespace {
constexpr std::size_t max_bytes = 4u << 20;
constexpr std::size_t max_bytes_by_contents = 64u << 20;  // each batch reads the whole table
}  // namespace

void for_each_batch(const changeset::Reader& changes,
                    const std::function<std::size_t(const changeset::Relation&)>& size,
                    const std::function<void(std::uint32_t, const std::vector<changeset::Change>&)>& visit) {
  std::vector<changeset::Change> batch;
  std::size_t bytes = 0;
  std::size_t limit = 0;
  std::size_t byte_limit = max_bytes;
  const auto flush = [&] {
    if (!batch.empty()) visit(batch.front().relation, batch);
    batch.clear();
    bytes = 0;
  };
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!batch.empty() && (change.relation != batch.front().relation || batch.size() >= limit || bytes >= byte_limit)) {
      flush();
    }
    if (batch.empty()) {
      const changeset::Relation& relation = changes.relations().at(change.relation);
      limit = size(relation);
      byte_limit = relation.key.empty() ? max_bytes_by_contents : max_bytes;
    }
    bytes += change.before.size() + change.after.size();
    batch.push_back(change);
  });
  flush();
}

}  // namespace apply
