// libFuzzer's entry to the reader of RDB files. What it says must not depend on how its input was cut. Built with
// -DPGREHEARSE_FUZZ=ON by clang, and run by test/soak/rdb_fuzz.sh; what it found interesting lies in test/fuzz/rdb and
// is replayed by unit.redis.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "redis/rdb.h"

namespace {

std::string outcome(std::string_view bytes, std::size_t piece) {
  try {
    redis::RdbReader reader;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) reader.feed(bytes.substr(0, piece));
    std::string told;
    for (const auto& [number, database] : reader.finish().census.databases)
      told += std::to_string(number) + database.names.hex() + database.expiries.hex();
    return told;
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) std::abort();
    return error.message();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = outcome(bytes, SIZE_MAX);
  if (whole != outcome(bytes, 1) || whole != outcome(bytes, 5)) std::abort();
  return 0;
}
