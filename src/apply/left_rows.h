// The rows that an undo in part leaves, so that the next one is about them alone: what was put back is others' business
// from then on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>

#include "changeset/file.h"

namespace apply {

// Memory: about 120 bytes for each row noted.
class LeftRows {
 public:
  // `inverse` is what would have put one row back.
  void note(const changeset::Relation& relation, const changeset::Change& inverse);
  // Writes those of the apply's `changes` whose rows were noted, as a net changeset. Durable when this returns.
  void write(const changeset::Reader& changes, const std::filesystem::path& to);

 private:
  std::unordered_map<std::string, std::int64_t> rows_;  // by what tells them apart; several without a key
};

}  // namespace apply
