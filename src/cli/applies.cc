#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "apply/ending.h"
#include "apply/overwritten_rows.h"
#include "apply/record.h"
#include "base/error.h"
#include "base/text.h"
#include "changeset/file.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/document.h"

namespace cli {

namespace {

using nlohmann::json;

constexpr const char* description =
    "What was applied where, by whom, with which proof, and whether it can be undone.\n\n"
    "An apply or undo whose process died, or that lost its connection at COMMIT, is resolved first: the server is "
    "asked what became of the transaction, and one that was left prepared is ended. Give the password as ever "
    "(PGPASSWORD, ~/.pgpass): records hold none. Exits 3 where an outcome cannot be known now.\n\n"
    "Records hold the rows that were changed, and stay until --forget removes them.";

// A record, and what this run found out about it.
struct Entry {
  apply::Record record;
  bool busy = false;    // another process is at work on it now
  std::string unknown;  // its outcome is not known: why
  std::string why_not;  // it cannot be undone; empty: as far as one can see, it can
};

struct Findings {
  std::vector<Entry> entries;
  std::vector<std::string> notes;
  bool damaged = false;
};

// Asks the server that it was done to. The role has to be the same: only that one may end what it prepared.
void ask(apply::RecordStore::Open& record, Entry& entry) {
  try {
    apply::Target target = apply::open_patiently(record.record().target, record.record().role, {});
    const apply::Resolution found = apply::resolve(target, record);
    if (found.fate == apply::Fate::unknown) entry.unknown = found.why;
  } catch (const base::Error& error) {
    if (error.code() == base::Code::interrupted) throw;
    if (record.record().state == apply::State::running) return apply::give_up(record);
    entry.unknown = error.message();
  }
}

// Finds out how a record that a dead process left behind has ended.
void resolve(apply::RecordStore& store, Entry& entry) {
  try {
    apply::RecordStore::Open record = store.open(entry.record.id);
    if (apply::is_passing(record.record().state)) ask(record, entry);
    entry.record = record.record();
  } catch (const base::Error& error) {
    if (error.code() == base::Code::interrupted) throw;
    entry.unknown = error.message();
  }
}

std::string why_not_undoable(const apply::RecordStore& store, const Entry& entry, bool thorough) {
  using apply::State;
  if (!entry.unknown.empty()) return "its outcome is not known";
  switch (entry.record.state) {
    case State::refused:
      return "it changed nothing";
    case State::undone:
      return "it is undone already";
    case State::running:
    case State::deciding:
    case State::undoing:
      return "it is still at work";
    case State::applied:
    case State::undone_in_part:
      break;
  }
  const std::filesystem::path changes = store.to_undo(entry.record);
  if (!std::filesystem::exists(changes)) return "its rows are gone from the record";
  if (!thorough) return {};
  try {
    const changeset::Reader reader(changes);
    return {};
  } catch (const base::Error& error) {
    return "its rows cannot be read: " + error.message();
  }
}

Findings look(const std::string& id) {
  apply::RecordStore store;
  Findings findings;
  if (!id.empty()) {
    const std::string whole = store.find(id);
    for (apply::Record& record : store.list(findings.notes)) {
      if (record.id == whole) findings.entries.push_back({.record = std::move(record)});
    }
    if (findings.entries.empty()) {
      throw base::Error(base::Code::storage, fmt::format("the record {} cannot be believed", whole),
                        "`pgrehearse applies` says what is wrong with it");
    }
    findings.notes.clear();
  } else {
    for (apply::Record& record : store.list(findings.notes)) findings.entries.push_back({.record = std::move(record)});
    findings.damaged = !findings.notes.empty();
  }
  for (Entry& entry : findings.entries) {
    if (apply::is_passing(entry.record.state)) {
      entry.busy = store.busy(entry.record.id);
      if (!entry.busy) resolve(store, entry);
    }
    entry.why_not = why_not_undoable(store, entry, !id.empty());
  }
  return findings;
}

json instant(const std::optional<base::Instant>& when) {
  return when ? json(base::to_rfc3339(*when)) : json(nullptr);
}

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(base::to_valid_utf8(text));
}

// Of which an undo would have to see whether they are still as they were left.
std::int64_t undoable_rows(const Entry& entry) {
  const apply::Record& record = entry.record;
  if (!entry.why_not.empty()) return 0;
  if (record.undone_parts > 0) return record.rows_not_undone;
  return record.inserted + record.updated + record.deleted;
}

nlohmann::ordered_json to_json(const Entry& entry) {
  const apply::Record& record = entry.record;
  return {{"apply", record.id},
          {"state", entry.unknown.empty() ? std::string(name(record.state)) : "unknown"},
          {"busy", entry.busy},
          {"unknown", text_or_null(entry.unknown)},
          {"started", base::to_rfc3339(record.started)},
          {"ended", instant(record.ended)},
          {"person", record.person},
          {"role", record.role},
          {"target", pg::describe(record.target)},
          {"database", record.database},
          {"system_identifier", record.system_identifier},
          {"plan", record.plan_file},
          {"plan_sha256", record.plan_hash},
          {"proof", record.proof},
          {"inserted", record.inserted},
          {"updated", record.updated},
          {"deleted", record.deleted},
          {"outcome", text_or_null(record.outcome)},
          {"undoable", entry.why_not.empty()},
          {"why_not", text_or_null(entry.why_not)},
          {"undone", instant(record.undone)},
          {"undone_by", text_or_null(record.undone_by)},
          {"rows_not_undone", record.rows_not_undone},
          {"undoable_rows", undoable_rows(entry)}};
}

nlohmann::ordered_json to_json(const Findings& findings) {
  nlohmann::ordered_json document = {{"version", 1}, {"applies", json::array()}, {"notes", findings.notes}};
  for (const Entry& entry : findings.entries) document["applies"].push_back(to_json(entry));
  return document;
}

report::Span state_of(const Entry& entry) {
  if (entry.busy) return {"at work now", report::Tone::warning};
  if (!entry.unknown.empty()) return {"not known", report::Tone::bad};
  switch (entry.record.state) {
    case apply::State::applied:
      return {"applied", report::Tone::good};
    case apply::State::undone:
      return {"undone", report::Tone::plain};
    case apply::State::undone_in_part:
      return {fmt::format("undone but for {}", base::count_of(entry.record.rows_not_undone, "row")),
              report::Tone::warning};
    default:
      return {"nothing changed", report::Tone::muted};
  }
}

std::string rows_of(const apply::Record& record) {
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t rows, const char* what) {
    if (rows != 0) parts.push_back(fmt::format("{} {}", base::with_commas(rows), what));
  };
  add(record.deleted, "deleted");
  add(record.updated, "updated");
  add(record.inserted, "inserted");
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

// The same for a column of a table: "−4 ~3 +1".
std::string short_rows_of(const apply::Record& record) {
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t rows, const char* sign) {
    if (rows != 0) parts.push_back(sign + base::with_commas(rows));
  };
  add(record.deleted, "−");
  add(record.updated, "~");
  add(record.inserted, "+");
  return fmt::format("{}", fmt::join(parts, " "));
}

report::Table table_of(const std::vector<Entry>& entries) {
  report::Table table{.columns = {{"apply"}, {"when"}, {"database"}, {"rows"}, {"outcome"}, {"undo?"}}, .rows = {}};
  for (const Entry& entry : entries) {
    const bool undoable = entry.why_not.empty();
    table.rows.push_back({{{{entry.record.id, report::Tone::strong}},
                           {{ago(entry.record.started)}},
                           {{pg::describe(entry.record.target)}},
                           {{short_rows_of(entry.record)}},
                           {state_of(entry)},
                           {{undoable ? base::count_of(undoable_rows(entry), "row") : "no",
                             undoable ? report::Tone::good : report::Tone::muted}}},
                          0});
  }
  return table;
}

report::Pairs details_of(const Entry& entry) {
  const apply::Record& record = entry.record;
  report::Pairs pairs;
  const auto add = [&](const char* label, const std::string& text) {
    if (!text.empty()) pairs.items.push_back({label, {{text}}});
  };
  pairs.items.push_back({"apply", {{record.id, report::Tone::strong}}});
  pairs.items.push_back({"outcome", {state_of(entry)}});
  add("why", entry.unknown.empty() ? record.outcome : entry.unknown);
  add("rows", rows_of(record));
  add("proof", record.proof);
  add("database", fmt::format("{}, as {}", pg::describe(record.target), record.role));
  add("by", fmt::format("{}, {} ({})", record.person, base::to_rfc3339(record.started), ago(record.started)));
  add("plan", record.plan_file);
  add("SHA-256", record.plan_hash);
  if (record.undone) add("undone", fmt::format("{} by {}", base::to_rfc3339(*record.undone), record.undone_by));
  add("undo?", entry.why_not.empty() ? fmt::format("yes, {}; `pgrehearse undo {}` says whether they have changed since",
                                                   base::count_of(undoable_rows(entry), "row"), record.id)
                                     : "no: " + entry.why_not);
  return pairs;
}

report::Document to_document(const Findings& findings, bool one) {
  report::Document document{.title = "applies", .blocks = {}};
  if (findings.entries.empty() && !findings.damaged) {
    document.blocks.emplace_back(report::Paragraph{{{"Nothing was applied from here yet.", report::Tone::muted}}});
  } else if (one) {
    document.blocks.emplace_back(details_of(findings.entries.front()));
  } else if (!findings.entries.empty()) {
    document.blocks.emplace_back(table_of(findings.entries));
  }
  std::vector<report::Line> items;
  for (const Entry& entry : findings.entries) {
    if (!one && !entry.unknown.empty())
      items.push_back({{fmt::format("{}: outcome not known: {}", entry.record.id, entry.unknown), report::Tone::bad}});
  }
  for (const std::string& note : findings.notes) items.push_back({{note, report::Tone::warning}});
  if (!items.empty()) document.blocks.emplace_back(report::Bullets{std::move(items)});
  return document;
}

struct AppliesOptions {
  std::string id;
  std::string format = "text";
  bool overwritten = false;
  bool forget = false;
};

int show_overwritten(const std::string& id) {
  const Findings findings = look(id);
  const Entry& entry = findings.entries.front();
  if (!entry.unknown.empty() || entry.busy) {
    throw base::Error(base::Code::server, fmt::format("what became of {} is not known now", entry.record.id));
  }
  apply::each_overwritten(apply::RecordStore(), entry.record, [](const std::string& line) { print_text(line); });
  return 0;
}

int forget(const std::string& id) {
  apply::RecordStore store;
  apply::RecordStore::Open record = store.open(id);
  const std::string whole = record.record().id;
  store.forget(std::move(record));
  print_text(fmt::format("{} is forgotten, with its plan and its rows: it cannot be undone any more\n", whole));
  return 0;
}

int run_applies(const AppliesOptions& options) {
  if (options.overwritten) return show_overwritten(options.id);
  if (options.forget) return forget(options.id);
  const Findings findings = look(options.id);
  if (options.format == "json") {
    print_json(to_json(findings));
  } else {
    print_document(to_document(findings, !options.id.empty()));
  }
  const bool known = std::all_of(findings.entries.begin(), findings.entries.end(),
                                 [](const Entry& entry) { return entry.unknown.empty(); });
  return known && !findings.damaged ? 0 : base::exit_status(base::Code::server);
}

}  // namespace

Action declare_applies(CLI::App& app) {
  const auto options = std::make_shared<AppliesOptions>();
  app.description(description);
  CLI::Option* id = app.add_option("APPLY-ID", options->id,
                                   "only this one, with all that is known of it; a unique beginning is enough");
  id->type_name("");
  CLI::Option* overwritten = app.add_flag("--overwritten", options->overwritten,
                                          "print the rows that its forced undos wrote over, a line of JSON each");
  app.add_flag("--forget", options->forget, "remove its record, with the people's data in it; it cannot be undone then")
      ->needs(id)
      ->excludes(overwritten);
  overwritten->needs(id);
  declare_format(app, options->format, "what was applied");
  return [options] { return run_applies(*options); };
}

}  // namespace cli
