#include "report/annotations.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "report/printable.h"

namespace report {

namespace {

using Json = nlohmann::ordered_json;

const char* name(Level level) {
  switch (level) {
    case Level::note:
      return "note";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

// Of a workflow command's message; its properties escape what separates them, too.
std::string command_text(std::string_view text, bool property) {
  std::string result;
  for (const char c : printable(text)) {
    const bool escaped = c == '%' || (property && (c == ':' || c == ','));
    result += escaped ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return result;
}

std::string xml(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
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

Json described(const AnnotatedRule& rule) {
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.summary}}},
          {"help", {{"text", fmt::format("{}.", rule.remedy)}}},
          {"defaultConfiguration", {{"level", name(rule.level)}}}};
}

Json result_of(const Annotation& finding) {
  Json location = {{"physicalLocation",
                    {{"artifactLocation", {{"uri", uri(finding.file)}}},
                     {"region", {{"startLine", finding.line}, {"startColumn", finding.column}}}}}};
  if (!finding.object.empty())
    location["logicalLocations"] = Json::array({{{"fullyQualifiedName", finding.object}, {"kind", "resource"}}});
  return {{"ruleId", finding.rule},
          {"level", name(finding.level)},
          {"message", {{"text", fmt::format("{}. What to do: {}.", finding.message, finding.remedy)}}},
          {"locations", Json::array({location})}};
}

std::string failed_test(const Annotation& finding) {
  const std::string place = fmt::format("{}:{}:{}", finding.file, finding.line, finding.column);
  return fmt::format(
      "    <testcase classname=\"{0}\" name=\"{1} {2}\" file=\"{3}\" line=\"{4}\">\n"
      "      <failure type=\"{1}\" message=\"{5}\">{6}: {5}&#10;What to do: {7}{8}{9}</failure>\n"
      "    </testcase>\n",
      xml(finding.object.empty() ? finding.file : finding.object), xml(finding.rule),
      finding.object.empty() ? fmt::format("in line {}", finding.line) : "in " + xml(finding.object), xml(finding.file),
      finding.line, xml(finding.message), xml(place), xml(finding.remedy), finding.statement.empty() ? "" : "&#10;",
      xml(finding.statement));
}

}  // namespace

std::string to_sarif(const Annotations& annotations) {
  Json driver = {{"name", "pgrehearse"}};
  const std::size_t blank = annotations.program.find(' ');
  if (blank != std::string::npos) driver["version"] = annotations.program.substr(blank + 1);
  driver["rules"] = Json::array();
  for (const AnnotatedRule& rule : annotations.rules) driver["rules"].push_back(described(rule));
  Json run = {{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", Json::array()}};
  for (const Annotation& finding : annotations.findings) run["results"].push_back(result_of(finding));
  const Json log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_github(const Annotations& annotations) {
  std::string text;
  for (const Annotation& finding : annotations.findings) {
    text += fmt::format("::{} file={},line={},col={},title={}::{}%0AWhat to do: {}\n",
                        finding.level == Level::note ? "notice" : name(finding.level), command_text(finding.file, true),
                        finding.line, finding.column, command_text("pgrehearse " + finding.rule, true),
                        command_text(finding.message, false), command_text(finding.remedy, false));
  }
  return text;
}

std::string to_junit(const Annotations& annotations) {
  std::string tests;
  std::size_t failures = 0;
  for (const Annotation& finding : annotations.findings) {
    if (finding.level == Level::note) continue;
    tests += failed_test(finding);
    ++failures;
  }
  if (failures == 0)
    tests = fmt::format("    <testcase classname=\"{}\" name=\"no findings\"/>\n", xml(annotations.suite));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"{2}\" tests=\"{0}\" failures=\"{1}\" errors=\"0\" skipped=\"0\">\n{3}  "
      "</testsuite>\n</testsuites>\n",
      std::max<std::size_t>(failures, 1), failures, xml(annotations.suite), tests);
}

}  // namespace report
