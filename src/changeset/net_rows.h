// From fingerprints of changes to the rows that differ in the end, without looking at the images.
//
// A change leaves a fingerprint for every row it touches: which row (a hash of table and key or, without a key, of
// table and contents), where it stands, which images of the row it holds, and hashes of those. Sorted, the fingerprints
// of a row stand together in the order of its history.
//
// Two rows can have the same key for a while, where the key is deferrable (UPDATE t SET id = id + 1): a row moves in
// before the earlier one moves out. So a deletion or update belongs to the row whose latest image equals its image
// before; else to the one that was there from the beginning; and where that one is known already, to the latest: text
// can change without a change of the row (ALTER TYPE … RENAME VALUE).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/hash.h"
#include "changeset/file.h"

namespace changeset {

// Which images of a row a change holds. An update of a key is a deletion of one row and an insertion of another.
enum class Images : std::uint32_t { before = 1, after = 2, both = 3 };
inline bool has(Images images, Images wanted) {
  return (static_cast<std::uint32_t>(images) & static_cast<std::uint32_t>(wanted)) != 0;
}

// Ordered by row, then by position.
class Fingerprint {
 public:
  static constexpr std::uint32_t max_tables = 1u << 30;

  Fingerprint() = default;
  // The hashes are those of the images held; rows that are known by their contents need none.
  Fingerprint(base::RowHasher::Digest row, std::uint32_t table, Images images, Position position,
              std::uint64_t before_hash = 0, std::uint64_t after_hash = 0)
      : row_(row),
        before_hash_(before_hash),
        after_hash_(after_hash),
        frame_(position.frame),
        within_(position.within),
        table_images_(table << 2 | static_cast<std::uint32_t>(images)) {}

  bool same_row(const Fingerprint& other) const { return row_ == other.row_; }
  std::uint32_t table() const { return table_images_ >> 2; }
  Images images() const { return static_cast<Images>(table_images_ & 3); }
  Position position() const { return {frame_, within_}; }
  std::uint64_t before_hash() const { return before_hash_; }
  std::uint64_t after_hash() const { return after_hash_; }

  friend bool operator<(const Fingerprint& a, const Fingerprint& b) {
    if (a.row_[0] != b.row_[0]) return a.row_[0] < b.row_[0];
    if (a.row_[1] != b.row_[1]) return a.row_[1] < b.row_[1];
    return a.position() < b.position();
  }

 private:
  base::RowHasher::Digest row_{};
  std::uint64_t before_hash_ = 0;
  std::uint64_t after_hash_ = 0;
  std::uint64_t frame_ = 0;
  std::uint32_t within_ = 0;
  std::uint32_t table_images_ = 0;
};
static_assert(sizeof(Fingerprint) == 48);

// A row that differs in the end, or several equal ones. Ordered by table, then by last change.
class NetRow {
 public:
  enum class Kind : std::uint32_t { erase, update, insert };

  NetRow() = default;
  NetRow(std::uint32_t place, Kind kind, Position first, Position last, std::uint32_t count = 1)
      : place_kind_(place << 2 | static_cast<std::uint32_t>(kind)),
        count_(count),
        last_frame_(last.frame),
        first_frame_(first.frame),
        last_within_(last.within),
        first_within_(first.within) {}

  Kind kind() const { return static_cast<Kind>(place_kind_ & 3); }
  std::uint32_t count() const { return count_; }
  Position first() const { return {first_frame_, first_within_}; }  // holds the image before
  Position last() const { return {last_frame_, last_within_}; }     // holds the image after, and says which statement
  bool apart() const { return first() != last(); }

  friend bool operator<(const NetRow& a, const NetRow& b) {
    if (a.place() != b.place()) return a.place() < b.place();
    if (a.last() != b.last()) return a.last() < b.last();
    return a.kind() != b.kind() ? a.kind() < b.kind() : a.first() < b.first();
  }

 private:
  std::uint32_t place() const { return place_kind_ >> 2; }

  std::uint32_t place_kind_ = 0;
  std::uint32_t count_ = 0;
  std::uint64_t last_frame_ = 0;
  std::uint64_t first_frame_ = 0;
  std::uint32_t last_within_ = 0;
  std::uint32_t first_within_ = 0;
};
static_assert(sizeof(NetRow) == 32);

// Takes sorted fingerprints and hands out net rows, in no particular order.
class NetRows {
 public:
  struct Table {
    std::uint32_t place = 0;  // where its rows come out among the tables'
    bool keyed = false;
  };
  // A key that more rows than this share at one time is none: Error(refused).
  static constexpr std::size_t max_histories = 10'000;

  // As many equal rows of a table without a key are told apart by where they were last changed; beyond that, neighbours
  // speak for each other.
  static constexpr std::size_t max_copies = 1 << 16;

  // `tables` by number.
  NetRows(std::vector<Table> tables, std::function<void(const NetRow&)> sink);

  void add(const Fingerprint& fingerprint);
  void end();

 private:
  // What became of one of the rows that had a key.
  struct History {
    Images known = Images::both;  // before: it was there from the beginning; after: it is there now
    std::uint64_t before_hash = 0;
    std::uint64_t after_hash = 0;
    Position before;
    Position after;
  };
  // Of a table without a key: a row that nothing has cancelled out yet.
  struct Copy {
    Position position;
    std::uint32_t count = 1;
  };

  void add_keyed(const Fingerprint& fingerprint);
  std::vector<History>::iterator continued_by(const Fingerprint& fingerprint);
  void end_keyed(std::uint32_t place);
  void add_copy(const Fingerprint& fingerprint);
  void condense_copies();
  void end_copies(std::uint32_t place);

  std::vector<Table> tables_;
  std::function<void(const NetRow&)> sink_;
  Fingerprint last_;
  // Of the row that is being looked at. It has either or neither.
  std::vector<History> histories_;
  bool original_seen_ = false;  // one of the histories, ended or not, goes back to the beginning
  std::vector<Copy> copies_;    // all of one kind
  Images copy_images_ = Images::before;
};

}  // namespace changeset
