#include <fmt/core.h>

#include "base/text.h"
#include "lint/output.h"

namespace lint {
namespace {

// Of a workflow command's message; its properties escape what separates them, too.
std::string command_text(std::string_view text, bool property) {
  std::string result;
  for (const char c : base::to_valid_utf8(text)) {
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','))) {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string xml(std::string_view text) {
  std::string result;
  for (const char c : base::to_valid_utf8(text)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += "&#10;";
        break;
      case '\t':
        result += "&#9;";
        break;
      default:
        // XML 1.0 has no way to write the other control characters.
        if (static_cast<unsigned char>(c) < 0x20) {
          result += "\xef\xbf\xbd";
        } else {
          result += c;
        }
    }
  }
  return result;
}

std::string failed_test(const Finding& finding) {
  const RuleText& rule = text_of(finding.rule);
  return fmt::format(
      "    <testcase classname=\"{0}\" name=\"{1} in line {2}\" file=\"{0}\" line=\"{2}\">\n"
      "      <failure type=\"{1}\" message=\"{3}\">{0}:{2}:{4}: {5}&#10;Instead: {6}&#10;{7}</failure>\n"
      "    </testcase>\n",
      xml(finding.file), rule.id, finding.line, xml(finding.what), finding.column, xml(message(finding)),
      xml(rule.instead), xml(finding.statement));
}

}  // namespace

std::string to_github(const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    const RuleText& rule = text_of(finding.rule);
    const std::string_view level = finding.severity == Severity::note ? "notice" : name(finding.severity);
    text += fmt::format("::{} file={},line={},col={},title={}::{}\n", level, command_text(finding.file, true),
                        finding.line, finding.column, command_text(fmt::format("pgrehearse {}", rule.id), true),
                        command_text(fmt::format("{}\nInstead: {}", message(finding), rule.instead), false));
  }
  return text;
}

std::string to_junit(const Report& report) {
  const std::size_t tests = report.findings.empty() ? 1 : report.findings.size();
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\"", tests, report.findings.size());
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n  <testsuite name=\"pgrehearse lint\" {0} "
      "errors=\"0\" "
      "skipped=\"0\">\n",
      counts);
  for (const Finding& finding : report.findings) text += failed_test(finding);
  if (report.findings.empty()) text += "    <testcase classname=\"pgrehearse lint\" name=\"no findings\"/>\n";
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace lint
