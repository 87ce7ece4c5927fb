// A changeset on disk: relations and changes in the order they happened, in zstd frames, in bounded memory.
//
// docs/formats/changeset.md specifies the bytes. Every length read is checked before it is believed. An object is for
// one thread at a time; several readers of one file are independent.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "changeset/change.h"

namespace changeset {

// Where a change stands in a file, so that it can be read again on its own.
struct Position {
  std::uint64_t frame = 0;   // byte offset of its frame
  std::uint32_t within = 0;  // byte offset in the frame's contents
  friend auto operator<=>(const Position&, const Position&) = default;
};

class Writer {
 public:
  // Makes the file, or empties it. Throws Error(storage), as does every call that writes.
  explicit Writer(const std::filesystem::path& path);
  ~Writer();
  // Returns the relation's index, for Change::relation. Equal relations get the same index.
  std::uint32_t add(const Relation& relation);
  Position add(const Change& change);
  // Ends the file; nothing may be added afterwards. Without it the file is not a changeset. It is not synced to disk.
  void close();
  std::uint64_t changes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Reader {
 public:
  // Reads the file once, to prove it whole and unaltered. Throws Error(input) where it is not a whole changeset of a
  // version that we know, Error(storage) on I/O.
  explicit Reader(const std::filesystem::path& path);
  ~Reader();
  const std::vector<Relation>& relations() const;
  std::uint64_t changes() const;
  // Every change in order. The reference is valid during the call.
  void for_each(const std::function<void(const Change&, Position)>& visit) const;
  // One change again. Positions near recent ones are cheap: the last eight frames or so (at most 4 MiB, or one) are
  // kept.
  Change at(Position position) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeset
