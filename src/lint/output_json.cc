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

// A path as a relative reference (RFC 3986): everything but unreserved characters and slashes is escaped.
std::string uri(std::string_view path) {
  std::string result;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (path.starts_with('/')) return "file://" + result;
  return path.starts_with("./") ? result.substr(2) : result;
}

Json rule_descriptor(const RuleText& text) {
  return {{"id", text.id},
          {"shortDescription", {{"text", text.summary}}},
          {"fullDescription", {{"text", fmt::format("{}: {}.", text.summary, text.why)}}},
          {"help", {{"text", fmt::format("Instead: {}.", text.instead)}}},
          {"defaultConfiguration", {{"level", name(text.with_contract)}}}};
}

Json result_of(const Finding& finding) {
  const Json region = {{"startLine", finding.line}, {"startColumn", finding.column}};
  const Json place = {{"artifactLocation", {{"uri", uri(finding.file)}}}, {"region", region}};
  return {{"ruleId", text_of(finding.rule).id},
          {"ruleIndex", static_cast<int>(finding.rule)},
          {"level", name(finding.severity)},
          {"message", {{"text", fmt::format("{}. Instead: {}.", message(finding), text_of(finding.rule).instead)}}},
          {"locations", Json::array({{{"physicalLocation", place}}})}};
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"version", 1},
               {"program", report.program},
               {"contract", report.contract.empty() ? Json() : Json(report.contract)},
               {"clean", report.clean()},
               {"files", report.files},
               {"findings", Json::array()}};
  for (const Finding& finding : report.findings) {
    json["findings"].push_back({{"rule", text_of(finding.rule).id},
                                {"severity", name(finding.severity)},
                                {"file", finding.file},
                                {"line", finding.line},
                                {"column", finding.column},
                                {"message", message(finding)},
                                {"instead", text_of(finding.rule).instead},
                                {"statement", finding.statement}});
  }
  return dump(json);
}

std::string to_sarif(const Report& report) {
  Json driver = {{"name", "pgrehearse"}, {"rules", Json::array()}};
  const std::size_t blank = report.program.find(' ');
  if (blank != std::string::npos) driver["version"] = report.program.substr(blank + 1);
  for (const RuleText& text : rules()) driver["rules"].push_back(rule_descriptor(text));
  Json run = {{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", Json::array()}};
  for (const Finding& finding : report.findings) run["results"].push_back(result_of(finding));
  return dump({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
               {"version", "2.1.0"},
               {"runs", Json::array({run})}});
}

}  // namespace lint
