// Walks an RDB file, fed piece by piece, without keeping a value: is it whole, and what does it hold?
//
// Checked: the magic and version (1 to 12: Redis up to 7.4, and Valkey up to 8, which writes 11), the structure to the
// last byte, that nothing follows, and the checksum, which versions since 5 have unless the server was told to leave it
// out. The insides of compact encodings (listpacks and the like) are covered by the checksum alone. Memory is constant
// whatever lengths the file claims: values and names are never held. Errors: storage, with the byte where the file
// stops making sense; the reader is spent then. Source: redis.io, "RDB file format"; see rdb_grammar.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "redis/census.h"

namespace redis {

struct RdbSummary {
  int version = 0;
  std::uint64_t bytes = 0;
  bool checksummed = false;  // false: damage to values would not show
  std::map<std::string, std::string>
      fields;  // auxiliary: "redis-ver", "ctime", "repl-id", …; the first 32, 256 bytes each
  std::uint64_t function_libraries = 0;
  Census census;
};

class RdbReader {
 public:
  // `horizon`: see census.h.
  explicit RdbReader(std::optional<base::Instant> horizon = {});
  ~RdbReader();
  RdbReader(RdbReader&&) noexcept;
  RdbReader& operator=(RdbReader&&) noexcept;

  void feed(std::string_view bytes);
  // Throws where the end has not come yet.
  RdbSummary finish();

 private:
  class Walk;
  std::unique_ptr<Walk> walk_;
};

}  // namespace redis
