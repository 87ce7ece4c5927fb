#include "apply/left_rows.h"

#include "apply/durable.h"
#include "apply/writer.h"
#include "base/hash.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

// A row by its key, which no update changes. Without a key by its contents, and by whether it comes or goes.
std::string identity(const changeset::Relation& relation, const changeset::Change& inverse) {
  const std::string& image = inverse.after.empty() ? inverse.before : inverse.after;
  std::string bytes;
  changeset::put_value(bytes, relation.qualified());
  if (relation.key.empty()) return base::sha256_hex(bytes + static_cast<char>(inverse.op) + image);
  const std::vector<changeset::Value> values = changeset::values_of(image);
  for (const std::uint32_t column : relation.key) changeset::put_value(bytes, values.at(column));
  return base::sha256_hex(bytes);
}

}  // namespace

void LeftRows::note(const changeset::Relation& relation, const changeset::Change& inverse) {
  ++rows_[identity(relation, inverse)];
}

void LeftRows::write(const changeset::Reader& changes, const std::filesystem::path& to) {
  changeset::Writer writer(to);
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = changes.relations().at(change.relation);
    const auto noted = rows_.find(identity(relation, inverted(change)));
    if (noted == rows_.end() || noted->second == 0) return;
    --noted->second;
    changeset::Change kept = change;
    kept.relation = writer.add(relation);
    writer.add(kept);
  });
  writer.close();
  make_durable(to);
}

}  // namespace apply
