#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "guard/audit.h"
#include "lint/rule.h"

namespace guard {

namespace {

using Json = nlohmann::ordered_json;
using report::Tone;

constexpr const char* severity_names[] = {"error", "warning", "note"};
constexpr report::Level levels[] = {report::Level::error, report::Level::warning, report::Level::note};
constexpr std::size_t cascades_shown = 30;
const report::Span muted_dot{"·", Tone::muted};
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
    if (finding.severity != severity || finding.rule == cascade_rule) continue;
    report::Section section{.summary = {{finding.rule, severity_tones[static_cast<int>(severity)], false},
                                        {"  " + finding.table, Tone::strong, false}},
                            .blocks = {report::Paragraph{{{finding.message}}},
                                       report::Paragraph{{{"→ " + finding.advice, Tone::muted, false}}}}};
    if (finding.rows) section.summary.push_back({"  " + base::count_of(finding.rows, "row"), Tone::plain, false});
    document.blocks.emplace_back(std::move(section));
  }
}

// One table for all of them, those with the most rows first.
void add_cascades(const Audit& audit, report::Document& document) {
  if (audit.cascades.empty()) return;
  std::vector<const Cascade*> cascades;
  for (const Cascade& cascade : audit.cascades) cascades.push_back(&cascade);
  std::stable_sort(cascades.begin(), cascades.end(),
                   [](const Cascade* a, const Cascade* b) { return a->rows > b->rows; });
  report::Table table{.columns = {{"rows of"}, {"go with"}, {"rows", report::Align::right}, {"whose", {}, true}},
                      .rows = {}};
  for (const Cascade* cascade : cascades) {
    if (table.rows.size() == cascades_shown) break;
    // The way without its first table, which is the row's own.
    const std::string with =
        cascade->way.empty() ? cascade->with : cascade->way.substr(cascade->child.size() + std::string(" → ").size());
    table.rows.push_back({{{{cascade->child, Tone::strong}},
                           {{with}},
                           {cascade->rows ? report::Span{base::with_commas(cascade->rows)} : muted_dot},
                           {{cascade->hanging}}}});
  }
  report::Section section{.summary = {{cascade_rule, Tone::muted, false},
                                      {"  what ON DELETE CASCADE takes with a contract row", Tone::strong, false}},
                          .blocks = {std::move(table)}};
  if (cascades.size() > cascades_shown) {
    section.blocks.emplace_back(report::Paragraph{
        {{fmt::format("… and {} more with fewer rows, all in --format json", cascades.size() - cascades_shown),
          Tone::muted}}});
  }
  section.blocks.emplace_back(report::Paragraph{{{std::string("→ ") + cascade_advice, Tone::muted}}});
  document.blocks.emplace_back(std::move(section));
}

// What a rule finds, and what to do about it whatever it found.
report::AnnotatedRule described(const std::string& rule, report::Level level) {
  static const std::map<std::string, std::pair<const char*, const char*>> own = {
      {"null-population",
       {"rows of a contract table have no population", "find out what they are, then make the column NOT NULL"}},
      {"unknown-population",
       {"rows have a population that the contract does not name", "declare it, or correct the rows"}},
      {"outside-id-space",
       {"rows lie outside of their population's id space",
        "look at each: test data goes by population; of real rows the space is widened, and what minted them mended"}},
      {"id-spaces-overlap",
       {"rows of two populations lie among each other",
        "give test data a space that no real path reaches; protected populations that share one say so by overlaps"}},
      {"sequence-into-population",
       {"a sequence mints ids that belong to another population", "set it back to where its own ids end"}},
      {"sequence-near-population",
       {"a sequence comes near another population's ids",
        "remove the row ahead by its population; bound the sequence"}},
      {"sequence-behind-rows",
       {"ids ahead of a sequence exist already", "find out what wrote them, and move it beyond them once, by hand"}},
      {"sequence-far-ahead",
       {"a sequence is far ahead of the rows that it minted",
        "find out who set it; write the gap off, or set it back only where no id of the gap was ever given"}},
      {"population-index-missing", {"no index leads with the population", "`pgrehearse contract sql` prints it"}},
      {"population-nullable", {"the population may be NULL", "`pgrehearse contract sql` prints the way to NOT NULL"}},
      {"population-check-missing",
       {"no CHECK ties each population to its id space", "`pgrehearse contract sql` prints it"}},
      {cascade_rule, {"rows are deleted with a contract row, by ON DELETE CASCADE", cascade_advice}}};
  if (const auto found = own.find(rule); found != own.end())
    return {rule, found->second.first, found->second.second, level};
  const auto of_lint = lint::rule_named(rule);
  if (!of_lint) return {rule, rule, "docs/rules.md tells what to do", level};
  const lint::RuleText& text = lint::text_of(*of_lint);
  return {rule, std::string(text.summary), std::string(text.instead), level};
}

}  // namespace

report::Annotations to_annotations(const Audit& audit) {
  report::Annotations annotations{.program = audit.program, .suite = "pgrehearse audit"};
  std::error_code error;
  const std::filesystem::path near = std::filesystem::proximate(audit.contract_file, error);
  for (const Finding& finding : audit.findings) {
    const report::Level level = levels[static_cast<int>(finding.severity)];
    const auto line = audit.lines.find(finding.table);
    annotations.findings.push_back({.rule = finding.rule,
                                    .level = level,
                                    .message = finding.message,
                                    .remedy = finding.advice,
                                    .file = error ? audit.contract_file : near.string(),
                                    .line = line == audit.lines.end() ? 1 : line->second,
                                    .object = finding.table});
    const auto known = std::find_if(annotations.rules.begin(), annotations.rules.end(),
                                    [&](const report::AnnotatedRule& rule) { return rule.id == finding.rule; });
    if (known == annotations.rules.end()) annotations.rules.push_back(described(finding.rule, level));
  }
  return annotations;
}

report::Document to_document(const Audit& audit) {
  report::Document document{.title = "audit", .blocks = {banner_of(audit)}};
  add_findings(audit, Severity::error, "Errors", document);
  add_findings(audit, Severity::warning, "Warnings", document);
  add_findings(audit, Severity::note, "Worth knowing", document);
  add_cascades(audit, document);
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
