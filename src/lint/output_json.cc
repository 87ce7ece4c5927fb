#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "lint/output.h"

namespace lint {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"version", 1},
               {"program", report.program},
               {"contract", report.contract.empty() ? Json() : Json(report.contract)},
               {"clean", report.clean()},
               {"files", report.files},
               {"skipped", report.skipped},
               {"findings", Json::array()}};
  for (const Finding& finding : report.findings) {
    json["findings"].push_back({{"rule", text_of(finding.rule).id},
                                {"severity", name(finding.severity)},
                                {"file", finding.file},
                                {"line", finding.line},
                                {"column", finding.column},
                                {"message", message(finding)},
                                {"instead", finding.instead.empty() ? text_of(finding.rule).instead : finding.instead},
                                {"statement", finding.statement}});
  }
  return dump(json);
}

}  // namespace lint
