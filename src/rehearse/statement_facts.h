// What the text of a statement that ran says of it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "rehearse/plan.h"
#include "rehearse/script_run.h"
#include "sql/facts.h"

namespace rehearse {

// Parsed when first asked for, so that statements without effects cost nothing.
class StatementFacts {
 public:
  StatementFacts(const std::vector<Script>& scripts, const std::vector<RanStatement>& statements)
      : scripts_(scripts), statements_(statements) {}
  // `number` from 1; 0 and commands have facts that say nothing (`parsed` is false). Valid until the next call.
  const sql::Facts& of(std::uint32_t number);
  bool is_command(std::uint32_t number) const;
  StatementEffect describe(std::uint32_t number) const;  // number, file, line, words

 private:
  const std::vector<Script>& scripts_;
  const std::vector<RanStatement>& statements_;
  std::map<std::uint32_t, sql::Facts> facts_;
};

}  // namespace rehearse
