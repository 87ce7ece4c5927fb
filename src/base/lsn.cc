#include "base/lsn.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"

namespace base {
namespace {

bool parse_half(std::string_view text, std::uint32_t& half) {
  if (text.empty() || text.size() > 8) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), half, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Lsn Lsn::parse(std::string_view text) {
  const auto slash = text.find('/');
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  if (slash == std::string_view::npos || !parse_half(text.substr(0, slash), high) ||
      !parse_half(text.substr(slash + 1), low)) {
    throw Error(Code::input, fmt::format("'{}' is not a position in the write-ahead log", text),
                "it is written like 16/B374D848");
  }
  return Lsn{(std::uint64_t{high} << 32) | low};
}

std::string Lsn::text() const {
  return fmt::format("{:X}/{:X}", value >> 32, value & 0xFFFFFFFFU);
}

}  // namespace base
