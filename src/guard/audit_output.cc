#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "guard/audit.h"

namespace guard {

namespace {

using Json = nlohmann::ordered_json;
using report::Tone;

constexpr const char* severity_names[] = {"error", "warning", "note"};
constexpr Tone severity_tones[] = {Tone::bad, Tone::warning, Tone::muted};

report::Banner banner_of(const Audit& audit) {
  const std::string what = fmt::format("{}, {}", audit.database, fmt::join(audit.tables, ", "));
  if (audit.clean()) return {Tone::good, "KEEPS ITS CONTRACT", {what, "the database was only read"}};
  const auto counted = [&](Severity severity, const char* word) {
    return base::count_of(static_cast<std::int64_t>(audit.count(severity)), word);
  };
  return {audit.count(Severity::error) ? Tone::bad : Tone::warning,
          fmt::format("DOES NOT KEEP ITS CONTRACT — {}, {}", counted(Severity::error, "error"),
                      counted(Severity::warning, "warning")),
          {what, "the database was only read"}};
}

void add_findings(const Audit& audit, Severity severity, const char* title, report::Document& document) {
  if (audit.count(severity) == 0) return;
  document.blocks.emplace_back(report::Heading{2, title});
  for (const Finding& finding : audit.findings) {
    if (finding.severity != severity) continue;
    report::Section section{.summary = {{finding.rule, severity_tones[static_cast<int>(severity)], false},
                                        {"  " + finding.table, Tone::strong, false}},
                            .blocks = {report::Paragraph{{{finding.message}}},
                                       report::Paragraph{{{"→ " + finding.advice, Tone::muted, false}}}}};
    if (finding.rows) section.summary.push_back({"  " + base::count_of(finding.rows, "row"), Tone::plain, false});
    document.blocks.emplace_back(std::move(section));
  }
}

}  // namespace

report::Document to_document(const Audit& audit) {
  report::Document document{.title = "audit", .blocks = {banner_of(audit)}};
  add_findings(audit, Severity::error, "Errors", document);
  add_findings(audit, Severity::warning, "Warnings", document);
  add_findings(audit, Severity::note, "Worth knowing", document);
  if (!audit.notes.empty()) {
    document.blocks.emplace_back(report::Heading{2, "Not looked at"});
    report::Bullets bullets;
    for (const std::string& note : audit.notes) bullets.items.push_back({{note}});
    document.blocks.emplace_back(std::move(bullets));
  }
  return document;
}

std::string to_json(const Audit& audit) {
  Json json = {{"version", Audit::version},  {"program", audit.program}, {"contract", audit.contract_file},
               {"database", audit.database}, {"clean", audit.clean()},   {"tables", audit.tables},
               {"findings", Json::array()},  {"notes", audit.notes}};
  for (const Finding& finding : audit.findings) {
    json["findings"].push_back({{"rule", finding.rule},
                                {"severity", severity_names[static_cast<int>(finding.severity)]},
                                {"table", finding.table},
                                {"rows", finding.rows},
                                {"message", finding.message},
                                {"advice", finding.advice}});
  }
  // Values of a SQL_ASCII database may be anything.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace guard
