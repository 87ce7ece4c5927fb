// A report in the formats that people and programs read. Strings out of files never steer a terminal or break a format.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lint/lint.h"

namespace lint {

enum class Format { text, json, sarif, github, junit };

// Like a compiler: place, severity, what; the line with a caret; at the end each rule that spoke, with its remedy.
// `standard_input` is the text of "-", for its lines.
std::string to_text(const Report& report, const std::optional<std::string>& standard_input, bool colour);

// Specified in docs/formats/lint.md.
std::string to_json(const Report& report);

// SARIF 2.1.0 (OASIS standard, errata 01).
std::string to_sarif(const Report& report);

// GitHub's workflow commands, one annotation for each finding.
std::string to_github(const Report& report);

// JUnit's XML as Jenkins and GitLab read it: a failed test for each finding, or a single one that passed.
std::string to_junit(const Report& report);

// One rule explained, for a terminal.
std::string explain(Rule rule, bool colour);

}  // namespace lint
