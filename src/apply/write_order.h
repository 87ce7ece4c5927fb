// In which order rows are written while foreign keys are enforced, and unique values must not be there twice.
#pragma once

#include <string>
#include <vector>

#include "apply/references.h"
#include "apply/survey.h"
#include "apply/uniques.h"

namespace apply {

// Tables that are written together.
struct TableGroup {
  enum class How {
    // Insertions, and later, when those of all groups are there, updates; deletions when all that may hang on them is
    // gone. Several tables of one group, whose keys lead in a circle, in one statement each time.
    in_passes,
    // Everything in one go, deletions first, because a row that goes has what one that comes must have alone.
    at_one_time,
    // That too, in one statement: keys are looked at when it ends.
    at_once,
  };
  std::vector<std::string> tables;  // "schema.table"
  How how = How::in_passes;

  // Whether rows come by INSERT in place of COPY.
  bool by_insert() const { return how == How::at_once || (how == How::in_passes && tables.size() > 1); }
};

// Parents first. Keys that can wait have no say in it.
std::vector<TableGroup> write_order(const Survey& survey, const std::vector<Reference>& references,
                                    const std::vector<Unique>& uniques);

}  // namespace apply
