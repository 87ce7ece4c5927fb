// What forced undos wrote over, for people and programs to read (docs/formats/undo.md).
#pragma once

#include <functional>
#include <string>

#include "apply/record.h"

namespace apply {

// Calls `line` with a JSON object, ended by a newline, for each row that the committed undos of this apply wrote over,
// the oldest undo first. Throws Error(input) where a file is damaged.
void each_overwritten(const RecordStore& store, const Record& record, const std::function<void(std::string)>& line);

}  // namespace apply
