#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "contract/contract.h"

namespace contract {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

[[noreturn]] void not_a_range(std::string_view text, std::string_view why) {
  throw base::Error(base::Code::contract, fmt::format("“{}” is not a range of ids: {}", text, why),
                    "write \"1..4503599627370495\", \"..-1\", \"4503599627370496..\" or a single id");
}

std::int64_t parse_id(std::string_view text, std::string_view range) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc::result_out_of_range) not_a_range(range, "ids have 64 bits");
  if (error != std::errc() || end != text.data() + text.size()) not_a_range(range, "an id is a whole number");
  return id;
}

}  // namespace

std::string IdRange::text() const {
  if (low == high) return std::to_string(low);
  return fmt::format("{}..{}", low == IdRange::lowest ? "" : std::to_string(low),
                     high == IdRange::highest ? "" : std::to_string(high));
}

IdRange parse_id_range(std::string_view text) {
  const std::string_view range = trimmed(text);
  const std::size_t dots = range.find("..");
  if (dots == std::string_view::npos) {
    const std::int64_t id = parse_id(range, text);
    return {id, id};
  }
  const std::string_view low = trimmed(range.substr(0, dots));
  const std::string_view high = trimmed(range.substr(dots + 2));
  if (low.empty() && high.empty()) not_a_range(text, "it has no end; leave `ids` out where every id is allowed");
  IdRange result;
  if (!low.empty()) result.low = parse_id(low, text);
  if (!high.empty()) result.high = parse_id(high, text);
  if (result.low > result.high) not_a_range(text, "it ends before it begins");
  return result;
}

bool IdSpace::contains(std::int64_t id) const {
  return ranges.empty() ||
         std::any_of(ranges.begin(), ranges.end(), [&](const IdRange& range) { return range.contains(id); });
}

std::optional<IdRange> IdSpace::overlap(const IdSpace& other) const {
  for (const IdRange& mine : ranges) {
    for (const IdRange& theirs : other.ranges) {
      const IdRange common{std::max(mine.low, theirs.low), std::min(mine.high, theirs.high)};
      if (common.low <= common.high) return common;
    }
  }
  return std::nullopt;
}

std::string IdSpace::text() const {
  if (ranges.empty()) return "every id";
  std::vector<std::string> parts;
  for (const IdRange& range : ranges) parts.push_back(range.text());
  return fmt::format("{}", fmt::join(parts, ", "));
}

const Population* Table::find(std::string_view population) const {
  const auto found = std::find_if(populations.begin(), populations.end(),
                                  [&](const Population& candidate) { return candidate.name == population; });
  return found == populations.end() ? nullptr : &*found;
}

const Population* Table::holder(std::int64_t id) const {
  const auto found = std::find_if(populations.begin(), populations.end(), [&](const Population& candidate) {
    return !candidate.ids.ranges.empty() && candidate.ids.contains(id);
  });
  return found == populations.end() ? nullptr : &*found;
}

}  // namespace contract
