#include "source/fragment.h"

#include <algorithm>

namespace source {
namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

const Run* run_of(const std::vector<Run>& runs, std::size_t offset) {
  auto after =
      std::upper_bound(runs.begin(), runs.end(), offset, [](std::size_t at, const Run& run) { return at < run.at; });
  return after == runs.begin() ? nullptr : &*--after;
}

}  // namespace

std::string_view Fragment::text(const Statement& statement) const {
  return std::string_view(sql).substr(statement.begin, statement.end - statement.begin);
}

Place Fragment::place(std::size_t offset) const {
  const Run* run = run_of(runs, offset);
  if (!run) return {};
  Place place = run->place;
  if (!run->linear) return place;
  for (std::size_t at = run->at; at < offset && at < sql.size(); ++at) {
    if (sql[at] == '\n') {
      ++place.line;
      place.column = 1;
    } else if (!continues(sql[at])) {
      ++place.column;
    }
  }
  return place;
}

std::size_t Fragment::file_offset(std::size_t offset) const {
  const Run* run = run_of(runs, offset);
  if (!run) return 0;
  return run->linear ? run->file + (offset - run->at) : run->file;
}

std::span<const Hole> Fragment::holes_within(std::size_t begin, std::size_t end) const {
  const auto first =
      std::partition_point(holes.begin(), holes.end(), [&](const Hole& hole) { return hole.begin < begin; });
  const auto last = std::partition_point(first, holes.end(), [&](const Hole& hole) { return hole.begin <= end; });
  return {first, last};
}

}  // namespace source
