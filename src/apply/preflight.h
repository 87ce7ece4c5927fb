// What can be said of a plan before any server is asked: why it must not be applied, and how it is going to be.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rehearse/application.h"
#include "rehearse/plan.h"
#include "sql/script.h"

namespace apply {

// One reason not to run anything. A value.
struct Reason {
  std::string rule;     // "plan-too-old", "script-changed", …: docs/formats/apply.md
  std::string message;  // one plain sentence
  std::string remedy;
};

struct PlanPolicy {
  base::Seconds max_age{24 * 3600};
  bool allow_sequence_moves = false;
  bool accept_findings = false;
  bool without_undo = false;
  bool again = false;
  std::filesystem::path contract;  // --contract; empty: where the plan says, else here or above
};

// A plan's scripts as one transaction: what stands between BEGIN and COMMIT, and how it begins.
struct OneTransaction {
  std::string begin = "BEGIN";  // with the options that the script's own BEGIN has
  struct Statement {
    std::string_view text;
    std::optional<std::string_view> copy_data;
    std::string file;
    int line = 0;
  };
  std::vector<Statement> statements;
  bool joined = false;  // of what were several transactions when they were rehearsed
};

// Empty where nothing speaks against it, as far as the report and the files beside it say.
std::vector<Reason> reasons_against(const rehearse::Plan& plan, const PlanPolicy& policy);

// Views into `scripts`, the plan's own copies. Adds to `reasons` where the scripts cannot be one transaction, or do
// what its rollback would not take back.
OneTransaction as_one_transaction(const rehearse::Plan& plan, const std::vector<std::string>& scripts,
                                  std::vector<Reason>& reasons);

}  // namespace apply
