// What became of an apply, for people and for programs (docs/formats/apply.md).
#pragma once

#include <string>

#include "apply/apply.h"
#include "report/document.h"

namespace apply {

report::Document to_document(const Outcome& outcome);
std::string to_json(const Outcome& outcome);

}  // namespace apply
