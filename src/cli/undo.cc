#include "apply/undo.h"

#include <map>
#include <memory>

#include "apply/ending.h"
#include "apply/record.h"
#include "apply/undo_report.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "cli/target.h"

namespace cli {

namespace {

constexpr const char* description =
    "Puts back what an apply did, row by row: rows that it deleted, with their ids; values that it changed; and takes "
    "away what it inserted. Without --execute it only says what would happen, and nobody has to wait for it.\n\n"
    "Rows that others changed since are conflicts. --mode says what becomes of them:\n"
    "  refuse        any conflict ends it, and each is listed (the default)\n"
    "  skip-changed  they stay as they are, with what hangs on them; the rest comes back\n"
    "  force         changed rows are written over, and what they held is kept with the record; rows that others made "
    "since are never touched\n\n"
    "Triggers do not fire: what they did is put back too. That takes a superuser, or GRANT SET ON PARAMETER "
    "session_replication_role (PostgreSQL 15 and later), where the tables have any. Sequences stay where they are. "
    "Exits 0 where it was done, or could be; 1 where it was refused; 3 where it could not be done.\n\n"
    "  pgrehearse applies\n"
    "  pgrehearse undo 20261125-1512 --execute";

struct UndoCommand {
  std::string id;
  apply::UndoOptions undo;
  std::string conflicts;
  std::string to;
  std::string role;
  LimitOptions limits;
  std::string format = "text";
};

const std::map<std::string, apply::UndoMode> modes = {{"refuse", apply::UndoMode::refuse},
                                                      {"skip-changed", apply::UndoMode::skip_changed},
                                                      {"force", apply::UndoMode::force}};

void print(const apply::Undone& undone, const apply::Record& record, const UndoCommand& options,
           const std::vector<std::string>& notes) {
  std::string text;
  if (options.format == "json") {
    text = apply::to_json(undone, record, options.undo, notes);
  } else {
    text = as_text(apply::to_document(undone, record, options.undo, notes));
  }
  print_text(text);
}

// Rows are put back as the role that applied them, unless who connects may do more, or may not become it.
std::string role_of(const pg::Parameters& parameters, const apply::Record& record) {
  apply::Target as_connected = apply::open_patiently(parameters, "", {});
  const auto own = as_connected.session().one_value(
      "SELECT r.rolsuper OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles p WHERE p.rolname = $1"
      " AND pg_catalog.pg_has_role(r.oid, p.oid, 'MEMBER'))"
      " FROM pg_catalog.pg_roles r WHERE r.rolname = session_user",
      {record.role});
  return own == "t" ? "" : record.role;
}

// Only the role that applied may end what an apply left prepared.
std::vector<std::string> resolve(apply::RecordStore& store, const apply::Record& record, apply::Target& target,
                                 const apply::Limits& limits) {
  if (!apply::is_passing(record.state) || target.role() == record.role) return apply::resolve_leftovers(store, target);
  apply::Target same = apply::open_patiently(target.parameters(), record.role, limits);
  return apply::resolve_leftovers(store, same);
}

int run_undo(const UndoCommand& options) {
  apply::RecordStore store;
  const apply::Record before = store.open(options.id).record();
  const pg::Parameters parameters = options.to.empty() ? before.target : pg::parse_conninfo(options.to);
  const apply::Limits limits = limits_of(options.limits);
  const std::string role = options.role.empty() ? role_of(parameters, before) : options.role;
  apply::Target target = apply::open_patiently(parameters, role, limits);
  std::vector<std::string> notes = resolve(store, before, target, limits);
  apply::RecordStore::Open record = store.open(before.id);
  apply::Undone undone;
  try {
    undone = apply::undo(target, record, options.undo);
    notes.insert(notes.end(), undone.notes.begin(), undone.notes.end());
  } catch (const base::Error& error) {
    undone.message = error.message();
    notes.push_back(error.hint());
    if (error.code() != base::Code::refused) {
      if (options.format == "json" && is_answer(error)) print(undone, record.record(), options, notes);
      throw;
    }
  }
  print(undone, record.record(), options, notes);
  return undone.possible ? 0 : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_undo(CLI::App& app) {
  const auto options = std::make_shared<UndoCommand>();
  app.description(description);
  app.add_option("APPLY-ID", options->id, "as `applies` lists it; a unique beginning is enough")
      ->required()
      ->type_name("");
  app.add_flag("--execute", options->undo.execute, "do it; without it nothing is changed");
  app.add_option("--mode", options->undo.mode, "what becomes of rows that others changed since")
      ->transform(choice(modes))
      ->type_name("refuse|skip-changed|force");
  app.add_option("--conflicts", options->conflicts,
                 "write every row in the way to this file, a line of JSON each, however many they are")
      ->type_name("FILE");
  app.add_option("--to", options->to, "where the database is now; else where it was applied")->type_name("URL");
  app.add_option("--role", options->role,
                 "put the rows back as this role; else as the one that applied, or as who connects where that is a "
                 "superuser or may not become it")
      ->type_name("ROLE");
  declare_limits(app, options->limits);
  declare_format(app, options->format, "the outcome");
  return [options] {
    options->undo.conflicts = options->conflicts;
    return run_undo(*options);
  };
}

}  // namespace cli
