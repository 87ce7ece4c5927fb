// Reads, row by row, what was committed in a scratch database since the watch began.
//
// Attribution is by position in the WAL: whoever runs statements asks for position() before each of them; every change
// carries its own position. Nothing is said on the script's own session, which therefore behaves as it would anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/lsn.h"
#include "changeset/change.h"
#include "pg/connection.h"

namespace capture {

// One row inserted, updated or deleted. The relation is valid until the next drain(); keys are filled in by the `keys`
// callback. TOASTed values that an UPDATE left alone stand in both images.
struct RowEvent {
  base::Lsn lsn;
  std::uint32_t xid = 0;
  const changeset::Relation* relation = nullptr;
  std::uint64_t relation_version = 0;  // equal numbers: the same relation object as before
  changeset::Op op = changeset::Op::insert;
  std::string_view before;  // tuples, valid during the call
  std::string_view after;
};
struct TruncateEvent {
  base::Lsn lsn;
  std::uint32_t xid = 0;
  std::vector<const changeset::Relation*> relations;
  bool cascade = false;
  bool restart_identity = false;
};
// A message of prepare()'s event triggers, e.g. {"rewrite", "16384"}.
struct NoteEvent {
  base::Lsn lsn;
  std::uint32_t xid = 0;
  std::string what;
  std::string subject;
};
using Event = std::variant<RowEvent, TruncateEvent, NoteEvent>;

// The names of the primary key's columns of the table with this oid, as they may be called in the stream; empty: none.
using KeyLookup = std::function<std::vector<std::string>(std::uint32_t oid, const std::vector<std::string>& columns)>;

class Watch {
 public:
  // Creates a slot and starts streaming it. `superuser` are connection parameters of the scratch database, prepared.
  static Watch begin(const pg::Parameters& superuser);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  // Where the WAL stands now. On a connection of the watch's own; about 50 µs.
  base::Lsn position();

  // Until the next drain() nobody sends changes: before what waits for everybody's snapshots, CREATE INDEX CONCURRENTLY
  // say. A sender that nobody reads from holds one.
  void rest();

  // Everything committed so far and not drained yet, in commit order and within a transaction in the order it happened.
  // `sink` is called from this thread.
  void drain(const KeyLookup& keys, const std::function<void(const Event&)>& sink);

 private:
  struct State;
  explicit Watch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace capture
