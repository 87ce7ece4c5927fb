#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "restore/drill.h"

namespace restore {

namespace {

using nlohmann::json;
using repository::Check;
using repository::Evidence;

constexpr int format_version = 1;

std::int64_t failures(const Evidence& evidence) {
  return std::count_if(evidence.checks.begin(), evidence.checks.end(),
                       [](const Check& check) { return !check.passed; });
}

report::Banner banner(const Evidence& evidence) {
  const std::string took = base::humanise(evidence.took);
  if (evidence.passed) {
    const std::string back = evidence.rto ? base::humanise(*evidence.rto) : took;
    return {report::Tone::good,
            "RESTORABLE",
            {fmt::format("{} was back after {}, and is what was backed up.", evidence.point, back)}};
  }
  return {report::Tone::bad,
          "NOT RESTORABLE AS PROMISED",
          {fmt::format("{}: {} of {} did not pass.", evidence.point, failures(evidence),
                       base::count_of(static_cast<std::int64_t>(evidence.checks.size()), "check"))}};
}

report::Table table_of(const Evidence& evidence) {
  report::Table table{.columns = {{"check"}, {""}, {.title = "what was found", .wraps = true}}, .rows = {}};
  for (const Check& check : evidence.checks) {
    table.rows.push_back(
        {{{{check.name, report::Tone::strong}},
          {{check.passed ? "passed" : "FAILED", check.passed ? report::Tone::good : report::Tone::bad}},
          {{check.message}}},
         0});
  }
  return table;
}

json to_object(const Evidence& evidence) {
  json checks = json::array();
  for (const Check& check : evidence.checks) {
    checks.push_back({{"name", base::to_valid_utf8(check.name)},
                      {"passed", check.passed},
                      {"message", base::to_valid_utf8(check.message)}});
  }
  constexpr double ms = 1000.0;
  return {{"version", format_version},
          {"id", evidence.point},
          {"passed", evidence.passed},
          {"rto_s", evidence.rto ? json(static_cast<double>(evidence.rto->count()) / ms) : json(nullptr)},
          {"took_s", static_cast<double>(evidence.took.count()) / ms},
          {"checks", std::move(checks)}};
}

}  // namespace

report::Document to_document(const std::vector<Evidence>& drills) {
  report::Document document{.title = "drill", .blocks = {}};
  for (const Evidence& evidence : drills) {
    document.blocks.emplace_back(banner(evidence));
    document.blocks.emplace_back(table_of(evidence));
  }
  return document;
}

std::string to_json(const Evidence& drill) {
  return to_object(drill).dump(1) + "\n";
}

std::string to_json(const std::vector<Evidence>& drills) {
  json all = json::array();
  for (const Evidence& evidence : drills) all.push_back(to_object(evidence));
  return all.dump(1) + "\n";
}

}  // namespace restore
