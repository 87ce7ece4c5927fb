#include "apply/undo_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "pg/connection.h"

namespace apply {

namespace {

using report::Tone;

constexpr std::size_t conflicts_shown = 40;

report::Banner banner(const Undone& undone, const UndoOptions& options) {
  if (!undone.possible) return {.tone = Tone::bad, .headline = "NOT UNDONE", .details = {undone.message}};
  const bool whole = undone.conflict_count == 0;
  const Tone tone = whole ? Tone::good : Tone::warning;
  const char* headline =
      options.execute ? (whole ? "UNDONE" : "UNDONE IN PART") : (whole ? "CAN BE UNDONE" : "CAN BE UNDONE IN PART");
  return {.tone = tone, .headline = headline, .details = {undone.message}};
}

report::Table table_of(const std::vector<Conflict>& conflicts) {
  report::Table table{.columns = {{"table"}, {"row"}, {"conflict"}, {"what"}}, .rows = {}};
  for (std::size_t i = 0; i < conflicts.size() && i < conflicts_shown; ++i) {
    const Conflict& conflict = conflicts[i];
    table.rows.push_back({.cells = {{{conflict.table}},
                                    {{conflict.id, Tone::strong}},
                                    {{conflict.kind, Tone::warning}},
                                    {{conflict.message}}}});
  }
  return table;
}

report::Line command(const Record& record, const char* flags) {
  return {{fmt::format("pgrehearse undo {} {}", record.id, flags), Tone::plain, true}};
}

// Whether there is a row that force does not leave, as far as conflicts are kept.
bool force_helps(const Undone& undone) {
  return undone.conflict_count > static_cast<std::int64_t>(undone.conflicts.size()) ||
         std::any_of(undone.conflicts.begin(), undone.conflicts.end(),
                     [](const Conflict& conflict) { return conflict.kind == "changed" || conflict.kind == "deleted"; });
}

// What can be typed next.
std::vector<report::Line> next_steps(const Undone& undone, const Record& record, const UndoOptions& options) {
  std::vector<report::Line> steps;
  const auto say = [&](const char* flags, const char* what) {
    report::Line line = command(record, flags);
    line.push_back({what});
    steps.push_back(std::move(line));
  };
  if (undone.possible && !options.execute) {
    const std::string flags =
        options.mode == UndoMode::refuse ? "--execute" : fmt::format("--mode {} --execute", name(options.mode));
    say(flags.c_str(), " does it");
  }
  const auto is_gone = [](const Conflict& conflict) { return conflict.kind == "gone"; };
  if (std::any_of(undone.conflicts.begin(), undone.conflicts.end(), is_gone)) {
    steps.push_back(
        {{"what was renamed, or has moved to another schema, is found under its old name alone: give it "
          "that back for the time being"}});
  }
  if (undone.undone && undone.conflict_count > 0) say("", "puts these rows back, too, once nothing is in their way");
  // No mode helps against anything else than conflicts.
  if (!undone.possible && undone.conflict_count > 0) {
    if (options.mode == UndoMode::refuse) {
      say("--mode skip-changed", " shows what comes back if these rows, and what hangs on them, stay as they are");
    }
    if (options.mode != UndoMode::force && force_helps(undone)) {
      say("--mode force", " shows what comes back if changed rows are written over; it keeps what it overwrites");
    }
  }
  return steps;
}

}  // namespace

std::string_view name(UndoMode mode) {
  switch (mode) {
    case UndoMode::refuse:
      return "refuse";
    case UndoMode::skip_changed:
      return "skip-changed";
    case UndoMode::force:
      return "force";
  }
  return "refuse";
}

report::Document to_document(const Undone& undone, const Record& record, const UndoOptions& options,
                             const std::vector<std::string>& notes) {
  report::Document document{.title = "Undo of " + record.id, .blocks = {}};
  document.blocks.emplace_back(banner(undone, options));
  report::Pairs pairs;
  pairs.items.push_back({"apply", {{record.id, Tone::strong}}});
  pairs.items.push_back({"database", {{pg::describe(record.target)}}});
  pairs.items.push_back({"applied", {{fmt::format("{} by {}", base::to_rfc3339(record.started), record.person)}}});
  pairs.items.push_back({"mode", {{std::string(name(options.mode))}}});
  if (undone.possible && undone.overwritten > 0) {
    pairs.items.push_back({"overwritten",
                           {{fmt::format("{} that others changed since{}", base::count_of(undone.overwritten, "row"),
                                         options.execute ? "; their contents are kept with the record" : "")}}});
  }
  document.blocks.emplace_back(std::move(pairs));
  if (!undone.conflicts.empty()) {
    document.blocks.emplace_back(report::Heading{.level = 2, .text = "Rows that are in the way"});
    document.blocks.emplace_back(table_of(undone.conflicts));
    const auto shown = static_cast<std::int64_t>(std::min(undone.conflicts.size(), conflicts_shown));
    if (undone.conflict_count > shown) {
      document.blocks.emplace_back(report::Paragraph{{{fmt::format("… and {} more; --conflicts FILE writes them all",
                                                                   base::with_commas(undone.conflict_count - shown)),
                                                       Tone::muted}}});
    }
  }
  std::vector<report::Line> items = next_steps(undone, record, options);
  for (const std::string& note : notes) items.push_back({{note}});
  if (undone.possible)
    items.push_back({{"sequences stay where they are: numbers that were drawn are not given out again"}});
  if (!items.empty()) document.blocks.emplace_back(report::Bullets{std::move(items)});
  return document;
}

std::string to_json(const Undone& undone, const Record& record, const UndoOptions& options,
                    const std::vector<std::string>& notes) {
  nlohmann::ordered_json json = {{"version", 1},
                                 {"undone", undone.undone},
                                 {"executed", options.execute},
                                 {"possible", undone.possible},
                                 {"apply", record.id},
                                 {"mode", name(options.mode)},
                                 {"message", undone.message},
                                 {"inserted", undone.inserted},
                                 {"updated", undone.updated},
                                 {"deleted", undone.deleted},
                                 {"overwritten", undone.overwritten},
                                 {"conflict_count", undone.conflict_count}};
  json["conflicts"] = nlohmann::ordered_json::array();
  for (const Conflict& conflict : undone.conflicts) {
    json["conflicts"].push_back(
        {{"table", conflict.table}, {"id", conflict.id}, {"kind", conflict.kind}, {"message", conflict.message}});
  }
  json["notes"] = notes;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace apply
