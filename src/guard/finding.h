// What an audit has to say, before anybody formats it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace guard {

// note: worth knowing, and no reason to fail.
enum class Severity { error, warning, note };

struct Finding {
  std::string rule;
  Severity severity = Severity::error;
  std::string table;      // "schema.table", or of a sequence, a function, …: what the finding is about
  std::int64_t rows = 0;  // how many it concerns; 0 also where it is not about rows
  std::string message;    // what is so, and what it means: one plain sentence
  std::string advice;     // what to do about it
};
using Findings = std::vector<Finding>;

}  // namespace guard
