#include "lint/output.h"
#include "report/annotations.h"

namespace lint {
namespace {

report::Level level_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return report::Level::note;
    case Severity::warning:
      return report::Level::warning;
    case Severity::error:
      break;
  }
  return report::Level::error;
}

report::Annotations annotations(const Report& report) {
  report::Annotations result{.program = report.program, .suite = "pgrehearse lint"};
  for (const RuleText& rule : rules()) {
    result.rules.push_back(
        {std::string(rule.id), std::string(rule.summary), std::string(rule.instead), level_of(rule.with_contract)});
  }
  for (const Finding& finding : report.findings) {
    const RuleText& rule = text_of(finding.rule);
    result.findings.push_back({.rule = std::string(rule.id),
                               .level = level_of(finding.severity),
                               .message = message(finding),
                               .remedy = std::string(rule.instead),
                               .file = finding.file,
                               .line = finding.line,
                               .column = finding.column,
                               .statement = finding.statement});
  }
  return result;
}

}  // namespace

std::string to_sarif(const Report& report) {
  return report::to_sarif(annotations(report));
}

std::string to_github(const Report& report) {
  return report::to_github(annotations(report));
}

std::string to_junit(const Report& report) {
  return report::to_junit(annotations(report));
}

}  // namespace lint
