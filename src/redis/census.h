// What a Redis server or an RDB file holds, as figures that two of them can be compared by without keeping a value.
//
// Per database: keys by type, keys that expire, the earliest and the latest expiry, and two digests that do not depend
// on the order in which keys are met. With BLAKE2b-256 (RFC 7693, no key) and little-endian integers, for every key
//     h = BLAKE2b(u64 database ‖ u8 type ‖ u8 1 where it expires, else 0 ‖ name)
//     e = BLAKE2b(h ‖ i64 expiry in milliseconds since 1970)      (keys that expire only)
// are each read as four u64; `keys` is the sum of all h, `expiries` of all e, each of the four modulo 2^64. Types are
// numbered as in Kind. The digests find what accident, damage and mistakes do; they are no signature.
//
// **Horizon.** A server drops keys as they expire, and one that starts on an RDB drops at once what has expired since.
// A census with a horizon counts keys that expire at or before that instant in `passed` and nowhere else: two of them
// with the same horizon are equal whatever the server dropped, as long as both were taken before it.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace redis {

enum class Kind : std::uint8_t { string, list, set, zset, hash, stream, module };
inline constexpr std::array<std::string_view, 7> kind_names{"string", "list",   "set",   "zset",
                                                            "hash",   "stream", "module"};

// A sum of hashes.
struct Digest {
  std::array<std::uint64_t, 4> lanes{};
  void add(const std::array<std::uint64_t, 4>& hash);
  std::string hex() const;  // 64 characters: the lanes in order, each a number of 16 digits
  bool operator==(const Digest&) const = default;
};

struct DatabaseCensus {
  std::array<std::uint64_t, kind_names.size()> keys{};  // by Kind
  std::uint64_t expiring = 0;                           // of them, with an expiry
  std::uint64_t passed = 0;                             // further keys, which expire before the horizon
  std::optional<base::Instant> earliest;
  std::optional<base::Instant> latest;
  Digest names;     // `keys` above
  Digest expiries;  // all zero where the expiries are not exact

  std::uint64_t total() const;  // without `passed`
  bool operator==(const DatabaseCensus&) const = default;
};

struct Census {
  std::map<std::uint64_t, DatabaseCensus> databases;  // those that hold a key
  // False where a server before 7.0 told remaining times only: earliest, latest and `expiries` are not comparable then.
  bool exact_expiries = true;

  std::uint64_t total() const;
};

// What `found` holds otherwise than `expected`, a sentence for each difference; `passed` may differ, and expiries are
// compared where both are exact. None: the same keys of the same types with the same expiries.
std::vector<std::string> differences(const Census& expected, const Census& found);

// Makes a census, key by key: begin(), the name in as many parts as it comes in, end(). Constant memory per database.
class Tally {
 public:
  explicit Tally(std::optional<base::Instant> horizon) : horizon_(horizon) {}
  void begin(std::uint64_t database, Kind kind, std::optional<base::Instant> expiry);
  void name(std::string_view part);
  void end();
  const Census& census() const { return census_; }

 private:
  std::optional<base::Instant> horizon_;
  Census census_;
  DatabaseCensus* database_ = nullptr;
  Kind kind_{};
  std::optional<base::Instant> expiry_;
  bool passed_ = false;
  crypto_generichash_state hash_{};
};

}  // namespace redis
