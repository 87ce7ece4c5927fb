// pgrehearse lint: files, stdin and directories in, findings out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "lint/check.h"
#include "source/ignore.h"

namespace lint {

struct Report {
  std::string program;               // "pgrehearse 0.1.0"
  std::string contract;              // path of the contract; empty: none
  std::vector<Finding> findings;     // by file in the order of the files, and in a file from top to bottom
  std::size_t files = 0;             // that were looked at
  std::vector<std::string> skipped;  // named, and of no language that is read
  bool clean() const;                // no error and no warning
};

// Lints what lies at or below `paths`; `standard_input` is the text of "-" (SQL), where that is among them. `contract`
// may be null; what `excluded` names is left out. Uses every core. Throws Error(interrupted) on a signal.
Report run(const std::vector<std::filesystem::path>& paths, const std::optional<std::string>& standard_input,
           const contract::Contract* contract, const source::Ignored& excluded);

}  // namespace lint
