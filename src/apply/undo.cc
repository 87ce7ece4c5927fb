#include "apply/undo.h"

#include <fmt/core.h>

#include "apply/ending.h"
#include "apply/inquiry.h"
#include "apply/left.h"
#include "apply/put_back.h"
#include "base/error.h"
#include "base/text.h"
#include "scratch/home.h"
#include "scratch/workplace.h"

namespace apply {

namespace {

std::string message_of(const Undone& undone, const Record& record, const UndoOptions& options) {
  if (!undone.possible) {
    const bool one = undone.conflict_count == 1;
    return fmt::format("nothing was changed: {} {} not as {} left {}, or cannot go back",
                       base::count_of(undone.conflict_count, "row"), one ? "is" : "are", record.id,
                       one ? "it" : "them");
  }
  const std::string done = fmt::format("{}{} put back, {} set back, {} taken out",
                                       options.execute ? "" : "would be done: ", base::count_of(undone.inserted, "row"),
                                       base::with_commas(undone.updated), base::with_commas(undone.deleted));
  if (undone.conflict_count == 0) return done;
  return fmt::format("{}; {} {} left as found", done, base::count_of(undone.conflict_count, "row"),
                     undone.conflict_count == 1 ? "is" : "are");
}

void check_undoable(const Record& record) {
  if (record.state == State::applied || record.state == State::undone_in_part) return;
  const char* why = record.state == State::undone    ? "was undone already"
                    : record.state == State::refused ? "changed nothing"
                                                     : "has not ended";
  throw base::Error(base::Code::refused, fmt::format("apply {} {}", record.id, why),
                    "`pgrehearse applies` lists those that can be undone");
}

void check_target(const Target& target, const Record& record) {
  const Identity& now = target.identity();
  const bool other_server = !now.system_identifier.empty() && !record.system_identifier.empty() &&
                            now.system_identifier != record.system_identifier;
  if (!other_server && now.database == record.database) return;
  throw base::Error(base::Code::refused,
                    fmt::format("{} is not the database that {} changed", pg::describe(target.parameters()), record.id),
                    fmt::format("--to names where it is now: the database {} of the server with the identifier {}",
                                record.database, record.system_identifier));
}

Undone put_back_recorded(Target& target, RecordStore::Open& record, const UndoOptions& options) {
  check_undoable(record.record());
  check_target(target, record.record());
  scratch::reap();
  const scratch::Workplace workplace = scratch::Workplace::create(scratch::building_folder);
  const int number = record.record().undone_parts + 1;
  const PutBack what = {
      .changes = record.to_undo(),
      .directory = workplace.path(),
      .overwritten = record.of_undo("overwritten", number),
      .left = record.of_undo("left", number),
      .commit =
          [&](const Undone& undone) {
            record.update([&](Record& next) {
              next.undo_leaves = undone.conflict_count;
              next.undone_by = draft_record(target).person;
            });
            announce(target, record, Act::undo);
            target.session().none(ensure_synchronous);
            if (commit(target, record, Act::undo) == Fate::committed) return;
            throw base::Error(base::Code::server,
                              fmt::format("whether {} was undone is not known: "
                                          "the server does not answer any more",
                                          record.record().id),
                              "`pgrehearse applies` asks it again");
          },
  };
  Undone undone = put_back(target, what, options);
  undone.message = message_of(undone, record.record(), options);
  return undone;
}

}  // namespace

Undone undo(Target& target, RecordStore::Open& record, const UndoOptions& options) {
  const State before = record.record().state;
  try {
    return put_back_recorded(target, record, options);
  } catch (base::Error& error) {
    if (record.record().state == before) say_left(error, "nothing was changed");
    throw;
  }
}

}  // namespace apply
