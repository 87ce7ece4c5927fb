#include "apply/ending.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "apply/inquiry.h"
#include "base/error.h"
#include "base/hash.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/signals.h"

namespace apply {

namespace {

Transaction& part(Record& record, Act act) {
  return act == Act::apply ? record.transaction : record.undo_transaction;
}

const Transaction& part(const Record& record, Act act) {
  return act == Act::apply ? record.transaction : record.undo_transaction;
}

// A transaction that a crash leaves no trace of loses its id to the next one, and asking for it would then tell the
// fate of a stranger. Committing anything else flushes the log up to there, so that our id stays ours.
void make_id_durable(pg::Connection& witness, const std::string& id) {
  witness.none("BEGIN");
  witness.none(ensure_synchronous);
  witness.none("SELECT pg_catalog.pg_logical_emit_message(true, 'pgrehearse', $1::text)", {id});
  witness.none("COMMIT");
}

void write_committed(Record& record, Act act) {
  if (act == Act::apply) {
    record.state = State::applied;
    record.ended = sys::now();
  } else {
    record.rows_not_undone = record.undo_leaves;
    record.state = record.rows_not_undone == 0 ? State::undone : State::undone_in_part;
    record.undone_parts += record.state == State::undone_in_part;
    record.undone = sys::now();
  }
}

void write_rolled_back(Record& record, Act act, const std::string& why) {
  if (act == Act::undo) {
    record.state = record.undone_from;
    return;
  }
  record.state = State::refused;
  record.ended = sys::now();
  if (!why.empty()) record.outcome = why;
}

// The outcome into the record.
void conclude(RecordStore::Open& record, Act act, Fate fate, const std::string& why) {
  if (fate == Fate::unknown) return;
  const bool committed = fate == Fate::committed;
  const char* lost = committed ? "it was committed in production, but the record could not be brought up to date"
                               : "it was rolled back, but the record could not be brought up to date";
  base::in_context(lost, [&] {
    record.update([&](Record& next) { committed ? write_committed(next, act) : write_rolled_back(next, act, why); });
  });
}

// What came back for a statement that ends a transaction.
struct Answer {
  bool done = false;
  std::string why;  // where not: half a sentence
  std::string sqlstate;
};

Answer send(pg::Connection& session, const std::string& sql, std::string_view tag) {
  try {
    const pg::Connection::Outcome outcome = session.run_statement(sql, {});
    if (!outcome.ok) return {.why = first_line(outcome.message), .sqlstate = outcome.sqlstate};
    if (outcome.tag == tag) return {.done = true};
    return {.why = "a statement of the transaction had failed"};
  } catch (const base::Error& error) {  // interrupted, or the connection is gone
    return {.why = first_line(error.message()), .sqlstate = error.sqlstate()};
  }
}

[[noreturn]] void throw_rolled_back(const Answer& answer) {
  base::Error error(base::Code::server, answer.why);
  error.with_sqlstate(answer.sqlstate);
  throw error;
}

Fate fate_of(Standing standing) {
  if (standing == Standing::committed) return Fate::committed;
  return standing == Standing::rolled_back ? Fate::rolled_back : Fate::unknown;
}

Act act_of(const Record& record) {
  return record.state == State::undoing ? Act::undo : Act::apply;
}

// A process that died before anything was decided has changed nothing: only its backend may still be at work.
Resolution resolve_running(Target& target, RecordStore::Open& record) {
  if (is_server_of(target, record.record(), record.record().transaction).empty()) {
    end_backend(target, record.record().transaction);
  }
  give_up(record);
  return {Fate::rolled_back, record.record().outcome};
}

std::string sentence(const Record& before, const Resolution& found) {
  const bool undo = before.state == State::undoing;
  const std::string what = undo ? "the undo of apply " + before.id : "apply " + before.id;
  switch (found.fate) {
    case Fate::committed:
      return fmt::format("{} was interrupted and is known now: it was committed", what);
    case Fate::rolled_back:
      return fmt::format("{} was interrupted and is known now: it changed nothing", what);
    case Fate::unknown:
      break;
  }
  return fmt::format("{} was interrupted, and its outcome is not known: {}", what, found.why);
}

}  // namespace

Record draft_record(Target& target) {
  Record record;
  record.started = sys::now();
  record.person = sys::person();
  record.role = target.role();
  record.target = reached_by(target);
  record.database = target.identity().database;
  record.database_oid = target.identity().database_oid;
  record.system_identifier = target.identity().system_identifier;
  record.transaction = transaction_at_work(target);
  return record;
}

void announce(Target& target, RecordStore::Open& record, Act act, Phases phases) {
  Transaction transaction = transaction_at_work(target);
  const pg::Row row = target.session().one_row(
      "SELECT pg_catalog.pg_current_xact_id()::text,"
      " pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)");
  transaction.xid = row[0].value_or("");
  transaction.timeline = row[1].value_or("");
  if (phases == Phases::two) {
    transaction.gid = fmt::format("{}{}-{}-{}", gid_prefix, record.record().id, act == Act::apply ? "apply" : "undo",
                                  base::random_hex(4));
  }
  transaction.decided = phases == Phases::one;
  make_id_durable(target.witness(), record.record().id);
  record.update([&](Record& next) {
    if (act == Act::undo) next.undone_from = next.state;
    next.state = act == Act::apply ? State::deciding : State::undoing;
    part(next, act) = transaction;
  });
}

Fate commit(Target& target, RecordStore::Open& record, Act act) {
  const Answer answer = send(target.session(), "COMMIT", "COMMIT");
  const sys::InterruptShield shield;
  Fate fate = Fate::committed;
  if (!answer.done)
    fate = fate_of(settle(target, record.record(), part(record.record(), act), inquiry_patience).standing);
  conclude(record, act, fate, answer.why);
  if (fate == Fate::rolled_back) throw_rolled_back(answer);
  return fate;
}

void prepare(Target& target, RecordStore::Open& record, Act act) {
  const std::string gid = target.session().quote_literal(part(record.record(), act).gid);
  const Answer answer = send(target.session(), "PREPARE TRANSACTION " + gid, "PREPARE TRANSACTION");
  if (answer.done) return;
  const sys::InterruptShield shield;
  // Undecided still: where it was prepared after all, this rolls it back.
  const Inquiry inquiry = settle(target, record.record(), part(record.record(), act), inquiry_patience);
  conclude(record, act, fate_of(inquiry.standing), answer.why);
  if (inquiry.standing == Standing::rolled_back) throw_rolled_back(answer);
  throw base::Error(base::Code::server,
                    fmt::format("{}; and what became of it is not known: {}", answer.why, inquiry.why),
                    "`pgrehearse applies` ends what is left of it once the server can be reached");
}

Fate finish(Target& target, RecordStore::Open& record, Act act, bool keep) {
  const sys::InterruptShield shield;
  if (keep) record.update([&](Record& next) { part(next, act).decided = true; });
  const Inquiry inquiry = settle(target, record.record(), part(record.record(), act), inquiry_patience);
  const Fate fate = fate_of(inquiry.standing);
  conclude(record, act, fate, inquiry.why);
  return fate;
}

Resolution resolve(Target& target, RecordStore::Open& record) {
  const sys::InterruptShield shield;
  if (record.record().state == State::running) return resolve_running(target, record);
  const Act act = act_of(record.record());
  const Inquiry inquiry = settle(target, record.record(), part(record.record(), act), inquiry_patience);
  const Resolution resolution{fate_of(inquiry.standing), inquiry.why};
  conclude(record, act, resolution.fate, "pgrehearse ended before it was committed; nothing was changed");
  return resolution;
}

void give_up(RecordStore::Open& record) {
  conclude(record, Act::apply, Fate::rolled_back, "pgrehearse ended before anything was decided; nothing was changed");
}

std::vector<std::string> resolve_leftovers(RecordStore& store, Target& target) {
  std::vector<std::string> said;
  std::set<std::string> ours;
  for (const Record& found : store.list(said)) {
    ours.insert({found.transaction.gid, found.undo_transaction.gid});
    if (!is_passing(found.state) || store.busy(found.id) || !may_be_of(target, found)) continue;
    try {
      RecordStore::Open record = store.open(found.id);
      const Record before = record.record();
      if (is_passing(before.state)) said.push_back(sentence(before, resolve(target, record)));
    } catch (const base::Error& error) {
      if (error.code() != base::Code::refused) throw;  // else another process was faster
    }
  }
  for (std::string& stranger : strangers(target, ours)) said.push_back(std::move(stranger));
  return said;
}

Target open_patiently(const pg::Parameters& parameters, const std::string& role, const Limits& limits,
                      std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    try {
      return Target::open(parameters, role, limits);
    } catch (const base::Error& error) {
      if (error.sqlstate() != "57P03" || std::chrono::steady_clock::now() >= deadline) throw;
    }
    sys::wait_ready(-1, 0, 200);
  }
}

}  // namespace apply
