#include "changeset/fold.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/emission.h"
#include "changeset/external_sort.h"
#include "changeset/identity.h"
#include "changeset/net_rows.h"

namespace changeset {

struct Fold::State {
  explicit State(FoldOptions given)
      : options(std::move(given)), fingerprints(options.directory, options.memory_limit / 2) {}

  void add_keyed(std::uint32_t table, const Change& change, Position position);
  void add_keyless(std::uint32_t table, const Change& change, Position position);
  void put_key(std::string& into, std::uint32_t table, const Change& change, const std::string& tuple) const;
  std::uint64_t hash_of(const Change& change, const std::string& tuple);
  std::vector<NetRows::Table> placed_tables() const;

  // Both sorts are full at the same time, once: while the first is merged into the second. Each has half the memory.
  FoldOptions options;
  ExternalSort<Fingerprint> fingerprints;
  Identity identity;
  std::vector<std::uint32_t> ranks;  // by table
  base::RowHasher hash;
  std::optional<Position> last;
  std::uint64_t images = 0;  // how many images before were added, and their bytes
  std::uint64_t image_bytes = 0;
  // Scratch: what identifies a row, and its contents.
  std::string row, new_row, contents;
};

Fold::Fold(FoldOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Fold::~Fold() = default;

void Fold::add(const Relation& relation, const Change& change, Position position) {
  State& state = *state_;
  if (state.last && position <= *state.last) {
    throw base::Error(base::Code::internal, "changes have to be folded in the order of their file");
  }
  state.last = position;
  if (change.op == Op::truncate || (change.op == Op::update && change.before == change.after)) return;
  const std::uint32_t table = state.identity.table_of(change.relation, relation);
  if (table == state.ranks.size()) {
    if (table == Fingerprint::max_tables) throw base::Error(base::Code::internal, "too many tables to be folded");
    state.ranks.push_back(state.options.rank ? state.options.rank(relation) : 0);
  }
  if (change.op != Op::insert) {
    ++state.images;
    state.image_bytes += change.before.size();
  }
  if (state.identity.tables()[table].key.empty()) {
    state.add_keyless(table, change, position);
  } else {
    state.add_keyed(table, change, position);
  }
}

void Fold::State::add_keyed(std::uint32_t table, const Change& change, Position position) {
  const bool was_there = change.op != Op::insert, is_there = change.op != Op::erase;
  const std::uint64_t before = was_there ? hash_of(change, change.before) : 0;
  const std::uint64_t after = is_there ? hash_of(change, change.after) : 0;
  if (was_there) put_key(row, table, change, change.before);
  if (is_there) put_key(new_row, table, change, change.after);
  if (was_there && is_there && row == new_row) {
    fingerprints.add({hash(row), table, Images::both, position, before, after});
    return;
  }
  if (was_there) fingerprints.add({hash(row), table, Images::before, position, before, 0});
  if (is_there) fingerprints.add({hash(new_row), table, Images::after, position, 0, after});
}

void Fold::State::add_keyless(std::uint32_t table, const Change& change, Position position) {
  const auto add_image = [&](const std::string& tuple, Images images) {
    row.clear();
    put_varint(row, table);
    row.append(identity.contents(change.relation, tuple, contents));
    fingerprints.add({hash(row), table, images, position});
  };
  if (change.op != Op::insert) add_image(change.before, Images::before);
  if (change.op != Op::erase) add_image(change.after, Images::after);
}

void Fold::State::put_key(std::string& into, std::uint32_t table, const Change& change,
                          const std::string& tuple) const {
  into.clear();
  put_varint(into, table);
  identity.append_key(change.relation, tuple, into);
}

// 64 bits suffice: it is only compared with the hashes of images that had the same key.
std::uint64_t Fold::State::hash_of(const Change& change, const std::string& tuple) {
  return hash(identity.contents(change.relation, tuple, contents))[0];
}

std::vector<NetRows::Table> Fold::State::placed_tables() const {
  const auto& tables = identity.tables();
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < tables.size(); ++i) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(ranks[a], tables[a].schema, tables[a].name) < std::tie(ranks[b], tables[b].schema, tables[b].name);
  });
  std::vector<NetRows::Table> placed(tables.size());
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    placed[order[place]] = {.place = place, .keyed = !tables[order[place]].key.empty()};
  }
  return placed;
}

void Fold::finish(const Reader& reader, const std::function<void(const Change&)>& emit) {
  State& state = *state_;
  const std::uint64_t half = state.options.memory_limit / 2;
  ExternalSort<NetRow> sorted(state.options.directory, half);
  NetRows rows(state.placed_tables(), [&](const NetRow& row) { sorted.add(row); });
  state.fingerprints.drain([&](const Fingerprint& fingerprint) { rows.add(fingerprint); });
  rows.end();
  Emission emission(reader, state.identity, half, state.images ? state.image_bytes / state.images : 0, emit);
  sorted.drain([&](const NetRow& row) { emission.add(row); });
  emission.end();
}

}  // namespace changeset
