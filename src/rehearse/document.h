// A plan as a report that people read.
#pragma once

#include <filesystem>

#include "rehearse/plan.h"
#include "report/document.h"

namespace rehearse {

struct DocumentOptions {
  // The net changeset, for --show-rows: column values are shown, a few rows of each table. Empty: ids and populations
  // only.
  std::filesystem::path rows_of;
};

report::Document to_document(const Plan& plan, const DocumentOptions& options = {});

}  // namespace rehearse
