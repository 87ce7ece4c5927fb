#include "apply/outcome_report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace apply {

namespace {

using Json = nlohmann::ordered_json;
using report::Tone;

constexpr int version = 1;

report::Banner banner_of(const Outcome& outcome) {
  std::vector<std::string> details = {outcome.message, "on " + outcome.target};
  if (outcome.applied) return {Tone::good, "APPLIED", details};
  if (outcome.could_not) return {Tone::warning, "NOT APPLIED", details};
  if (outcome.refused()) return {Tone::bad, outcome.executed ? "REFUSED" : "WOULD BE REFUSED", details};
  return {Tone::good, "READY TO APPLY", details};
}

std::string_view what_to_do(DifferenceKind kind, ProofKind proof) {
  switch (kind) {
    case DifferenceKind::missing:
    case DifferenceKind::changed:
    case DifferenceKind::taken:
    case DifferenceKind::definition:
      return "production moved on since the rehearsal: make a new plan and read it";
    case DifferenceKind::unplanned:
    case DifferenceKind::untouched:
    case DifferenceKind::result:
    case DifferenceKind::catalog:
    case DifferenceKind::large_objects:
    case DifferenceKind::sequence:
    case DifferenceKind::foreign:
      return "the script does something else now than what was read: make a new plan and read it";
    case DifferenceKind::unproven:
      // `decoded` is `locked-rows` and more.
      return proof == ProofKind::captured ? "use another proof: --proof locked-rows"
                                          : "use another proof: --proof captured, for which others' writes wait";
  }
  return "";
}

report::Paragraph advice(const std::string& what) {
  return {{{"→ " + what, Tone::muted, false}}};
}

void add_reasons(const Outcome& outcome, report::Document& document) {
  for (const Reason& reason : outcome.reasons) {
    report::Section section{.summary = {{reason.rule, Tone::bad, false}},
                            .blocks = {report::Paragraph{{{reason.message}}}}};
    if (!reason.remedy.empty()) section.blocks.emplace_back(advice(reason.remedy));
    document.blocks.emplace_back(std::move(section));
  }
}

std::string shown(const std::optional<std::string>& value) {
  return value ? base::one_line(*value, 200) : "NULL";
}

void add_columns(const Outcome& outcome, const Difference& difference, report::Section& section) {
  if (difference.columns.empty()) return;
  section.blocks.emplace_back(
      report::Paragraph{{{"in "}, {fmt::format("{}", fmt::join(difference.columns, ", ")), Tone::plain, true}}});
  if (!outcome.show_rows) return;
  report::Bullets values;
  for (const Difference::Value& value : difference.values) {
    values.items.push_back({{value.id + " "},
                            {value.column, Tone::strong, false},
                            {fmt::format(": {} was rehearsed, now {}", shown(value.planned), shown(value.found))}});
  }
  section.blocks.emplace_back(std::move(values));
}

void add_differences(const Outcome& outcome, report::Document& document) {
  for (const Difference& difference : outcome.differences) {
    report::Section section{.summary = {{std::string(name(difference.kind)), Tone::bad, false},
                                        {"  " + difference.table, Tone::strong, false}}};
    if (difference.rows) section.summary.push_back({"  " + base::count_of(difference.rows, "row"), Tone::plain, false});
    section.blocks.emplace_back(report::Paragraph{{{difference.message}}});
    if (!difference.ids.empty()) {
      const bool more = difference.rows > static_cast<std::int64_t>(difference.ids.size());
      section.blocks.emplace_back(report::Paragraph{
          {{fmt::format("{}{}", fmt::join(difference.ids, ", "), more ? ", …" : ""), Tone::plain, true}}});
    }
    add_columns(outcome, difference, section);
    section.blocks.emplace_back(advice(std::string(what_to_do(difference.kind, outcome.proof))));
    document.blocks.emplace_back(std::move(section));
  }
}

}  // namespace

report::Document to_document(const Outcome& outcome) {
  report::Document document{.title = "apply", .blocks = {banner_of(outcome)}};
  if (!outcome.remedy.empty()) document.blocks.emplace_back(advice(outcome.remedy));
  add_reasons(outcome, document);
  add_differences(outcome, document);
  report::Pairs pairs;
  if (!outcome.id.empty()) pairs.items.push_back({"apply", {{outcome.id, Tone::strong, true}}});
  if (outcome.reasons.empty()) {
    report::Line proof = {{std::string(name(outcome.proof)), Tone::plain, false}};
    if (!outcome.proof_note.empty())
      proof.push_back({"  (not decoded: " + outcome.proof_note + ")", Tone::muted, false});
    pairs.items.push_back({"proof", std::move(proof)});
    pairs.items.push_back(
        {"rows",
         {{fmt::format("{} deleted, {} updated, {} inserted", base::with_commas(outcome.rows.deleted),
                       base::with_commas(outcome.rows.updated), base::with_commas(outcome.rows.inserted))}}});
  }
  if (outcome.applied) {
    pairs.items.push_back({"undo", {{fmt::format("pgrehearse undo {}", outcome.id), Tone::plain, true}}});
  }
  if (!pairs.items.empty()) document.blocks.emplace_back(std::move(pairs));
  if (!outcome.notes.empty()) {
    report::Bullets notes;
    for (const std::string& note : outcome.notes) notes.items.push_back({{note}});
    document.blocks.emplace_back(std::move(notes));
  }
  return document;
}

std::string to_json(const Outcome& outcome) {
  Json json = {
      {"version", version},
      {"applied", outcome.applied},
      {"executed", outcome.executed},
      {"apply", outcome.id.empty() ? Json(nullptr) : Json(outcome.id)},
      {"proof", name(outcome.proof)},
      {"target", outcome.target},
      {"rows",
       {{"inserted", outcome.rows.inserted}, {"updated", outcome.rows.updated}, {"deleted", outcome.rows.deleted}}},
      {"message", outcome.message},
      {"reasons", Json::array()},
      {"differences", Json::array()},
      {"notes", outcome.notes}};
  if (!outcome.proof_note.empty()) json["proof_note"] = outcome.proof_note;
  if (!outcome.remedy.empty()) json["remedy"] = outcome.remedy;
  for (const Reason& reason : outcome.reasons) {
    json["reasons"].push_back({{"rule", reason.rule}, {"message", reason.message}, {"remedy", reason.remedy}});
  }
  for (const Difference& difference : outcome.differences) {
    json["differences"].push_back({{"table", difference.table},
                                   {"kind", name(difference.kind)},
                                   {"rows", difference.rows},
                                   {"ids", difference.ids},
                                   {"message", difference.message}});
    if (difference.columns.empty()) continue;
    json["differences"].back()["columns"] = difference.columns;
    if (!outcome.show_rows) continue;
    for (const Difference::Value& value : difference.values) {
      json["differences"].back()["values"].push_back({{"id", value.id},
                                                      {"column", value.column},
                                                      {"planned", value.planned ? Json(*value.planned) : Json(nullptr)},
                                                      {"found", value.found ? Json(*value.found) : Json(nullptr)}});
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace apply
