// What an undo did, or would do, as people and programs read it (docs/formats/undo.md).
#pragma once

#include <string>
#include <vector>

#include "apply/record.h"
#include "apply/undo.h"
#include "report/document.h"

namespace apply {

std::string_view name(UndoMode mode);

// `notes`: what else has to be said, a sentence each.
report::Document to_document(const Undone& undone, const Record& record, const UndoOptions& options,
                             const std::vector<std::string>& notes);
std::string to_json(const Undone& undone, const Record& record, const UndoOptions& options,
                    const std::vector<std::string>& notes);

}  // namespace apply
