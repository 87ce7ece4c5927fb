// A position in the write-ahead log (manual: "pg_lsn Type").
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

struct Lsn {
  std::uint64_t value = 0;  // bytes since the beginning of the WAL; 0 is "none"

  // Reads "16/B374D848". Throws Error(input) on anything else.
  static Lsn parse(std::string_view text);
  std::string text() const;

  friend auto operator<=>(const Lsn&, const Lsn&) = default;
};

}  // namespace base
