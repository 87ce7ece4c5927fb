#include "apply/execution.h"

#include <fmt/core.h>

#include <algorithm>

#include "apply/at_commit.h"
#include "apply/ceilings.h"
#include "apply/hindrance.h"
#include "apply/inquiry.h"
#include "apply/left.h"
#include "apply/obstacles.h"
#include "apply/production_checks.h"
#include "apply/table_rows.h"
#include "apply/writer.h"
#include "base/text.h"
#include "sys/terminal.h"

namespace apply {

namespace {

namespace fs = std::filesystem;

// Tables that our own session locks so that nobody else can look at them.
constexpr const char* locked_away_query =
    "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_locks l"
    " JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.mode = 'AccessExclusiveLock'"
    " AND l.locktype = 'relation' AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'i', 'I')";

// `clock` is now() or clock_timestamp(); in microseconds since 1970.
std::string clock_query(std::string_view clock) {
  return fmt::format("SELECT (extract(epoch FROM pg_catalog.{}) * 1000000)::int8", clock);
}

}  // namespace

void Execution::run() {
  const auto again = options_.policy.again ? RecordStore::Again::allowed : RecordStore::Again::refused;
  record_.emplace(store_.create(draft(), job_.plan_copy(), reserve(), again));
  outcome_.id = record_->record().id;
  try {
    // Nearly always production does the plan to the byte: then this is what undo needs, durable before a lock is held.
    job_.file.extract_changeset(record_->changes());
    check_kept();
    prove_and_commit();
  } catch (base::Error& error) {
    abandon(error.message());
    note_left();
    // Of a transaction whose end is not known nothing can be said.
    if (record_->record().state == State::refused) say_left(error, outcome_.left);
    throw;
  }
}

Record Execution::draft() {
  Record record = draft_record(target_);
  record.plan_file = options_.plan.string();
  record.proof = name(outcome_.proof);
  record.inserted = outcome_.rows.inserted;
  record.updated = outcome_.rows.updated;
  record.deleted = outcome_.rows.deleted;
  return record;
}

std::uint64_t Execution::reserve() const {
  return 2 * fs::file_size(job_.directory.path() / "planned") + (1u << 20);
}

// What undo needs has to be there, whole, before COMMIT: as many rows as were planned, which is what was proven.
void Execution::check_kept() const {
  const std::uint64_t kept =
      base::in_context("what undo needs was not kept", [&] { return changeset::Reader(record_->changes()).changes(); });
  if (kept == job_.planned->changes() && record_->record().plan_hash == job_.file.sha256()) return;
  throw base::Error(base::Code::storage, "what was kept for undo is not what the plan holds");
}

// The slot has to exist before the transaction that it is to show begins. Whatever needs no lock is done before the
// script runs, and what it takes afterwards is asked in as few round trips as can be: production waits.
void Execution::prove_and_commit() {
  std::optional<DecodingSlot> slot;
  if (outcome_.proof == ProofKind::decoded) slot = open_slot();
  LockWatch watch(target_);
  const bool good = in_transaction(watch);
  if (!good) {
    pg::Connection& session = target_.session();
    if (session.in_transaction()) session.none("ROLLBACK");
    note_left();
    if (outcome_.could_not) outcome_.message += "; " + outcome_.left;
    return abandon(outcome_.message);
  }
  if (!read_whole_.empty()) {
    record_->keep_changes();
    check_kept();
  }
  ending_ = true;
  finish(slot);
}

// False: refused, or something stood in the way; outcome_ says what.
bool Execution::in_transaction(const LockWatch& watch) {
  try {
    begin();
    pg::Connection& session = target_.session();
    PinnedSession pinned(session);
    PlannedRows rows(session, *job_.planned, job_.directory.path());
    warm(rows);
    if (!is_defined_as_planned()) return false;
    std::optional<Capture> capture;
    if (outcome_.proof == ProofKind::captured) capture.emplace(session, catalog_, planned_tables());
    const Counters counters(session);
    window_.began = std::stoll(session.one_value(clock_query("now()")).value());
    // A writer finds rows by their contents as they are now; a script looks for itself.
    outcome_.differences = rows.check(by_rows(job_.plan()) ? Locking::for_update : Locking::none);
    if (outcome_.differences.empty() && by_rows(job_.plan())) {
      outcome_.differences = obstacles(session, *job_.planned, catalog_);
    }
    if (!outcome_.differences.empty()) return false;
    if (!by_rows(job_.plan())) pinned.restore();
    watch_script();
    return write(watch) && verify(rows, counters, capture);
  } catch (const base::Error& error) {
    if (error.code() != base::Code::server) throw;
    if (refused_by_server(error)) return false;
    if (!stood_in_the_way(error.sqlstate())) throw;
    say_hindrance(outcome_, error.sqlstate(), "", error.message(), options_.limits, watch);
    return false;
  }
}

// From here on nobody alters a planned table: each was looked at. What was done to them since the target was reached
// would be in no image, and undo could not bring it back.
bool Execution::is_defined_as_planned() {
  catalog_ = pg::read_catalog(target_.witness());
  outcome_.differences = altered_definitions(job_.plan(), catalog_);
  if (by_rows(job_.plan()) || !outcome_.differences.empty()) return outcome_.differences.empty();
  reach_ = reach_of(catalog_, job_.plan(), job_.scripts);
  outcome_.differences = uncounted(reach_);
  return outcome_.differences.empty();
}

void Execution::watch_script() {
  rehearsal_ = rehearsal_of(job_.plan());
  note_today(target_.session(), rehearsal_, window_);
  rehearsal_.other_zones = window_.other_zones = speaks_of_zones(reach_);
  rehearsal_.counts_days = window_.counts_days = speaks_of_today(reach_);
  scans_.emplace(target_.session());
  effects_.emplace(target_, job_.plan(), catalog_, may_set_sequences(reach_));
  leaves_work_ = effects_->defers() || may_hold_cursors(reach_);
  if (may_forget_statements(reach_)) kept_.clear();
}

void Execution::warm(PlannedRows& rows) {
  pg::Pipeline pipeline(target_.session());
  for (const char* question :
       {locked_away_query, Scans::question(), Counters::question(), SideEffects::question(), ensure_synchronous}) {
    pipeline.keep(kept_, question);
  }
  pipeline.keep(kept_, PinnedSession::pinning(target_.session()));
  rows.warm(pipeline, kept_, target_.witness());
}

void Execution::begin() {
  target_.session().script(by_rows(job_.plan()) ? "BEGIN" : job_.transaction.begin);
  announce(target_, *record_, Act::apply, outcome_.proof == ProofKind::decoded ? Phases::two : Phases::one);
}

bool Execution::write(const LockWatch& watch) {
  if (!by_rows(job_.plan())) {
    expected_counts_ = count_rows(*job_.planned);
    ran_ = true;
    return run_script(watch);
  }
  move_sequences(target_.session(), job_.plan(), catalog_, drawn_);
  expected_counts_ = write_rows(target_, catalog_, *job_.planned);
  return true;
}

std::set<std::string> Execution::planned_tables() const {
  std::set<std::string> tables;
  for (const changeset::Relation& relation : job_.planned->relations()) tables.insert(relation.qualified());
  return tables;
}

bool Execution::run_script(const LockWatch& watch) {
  const sys::Progress progress("applying");
  for (const OneTransaction::Statement& statement : job_.transaction.statements) {
    const auto result = target_.session().run_statement(statement.text, statement.copy_data);
    if (result.ok) {
      if (may_set_timeouts(statement.text)) target_.session().none(ceilings(options_.limits));
      continue;
    }
    const std::string where = fmt::format("{}:{}", statement.file, statement.line);
    if (result.connection_lost || stood_in_the_way(result.sqlstate)) {
      say_hindrance(outcome_, result.sqlstate, where, result.message, options_.limits, watch);
      return false;
    }
    outcome_.differences.push_back(
        {.kind = DifferenceKind::result,
         .table = statement.file,
         .message =
             fmt::format("the script fails here, and did not when it was rehearsed: {}: {}", where, result.message)});
    return false;
  }
  return true;
}

// Deferred constraints and triggers speak at the end of a script; and rows may be what a constraint does not take.
bool Execution::refused_by_server(const base::Error& error) {
  if (!is_of_one_row(error)) return false;
  outcome_.differences.push_back(
      {.kind = DifferenceKind::result,
       .table = job_.plan().scripts.back().name,
       .message = fmt::format("{}: {}",
                              by_rows(job_.plan())
                                  ? "the server does not take the rows, and did when they were rehearsed"
                                  : "the server refuses the script at its end, and did not when it was rehearsed",
                              error.message())});
  return true;
}

// Only what the rehearsal drew, too, can be drawn otherwise now.
bool Execution::draws() const {
  return !job_.plan().sequences.empty();
}

// By our own session: after ALTER SEQUENCE anybody else would wait for it.
void Execution::note_drawn() {
  if (!draws() && effects_->touched_sequences().empty()) return;
  sequences_ = pg::read_sequences(target_.session());
  for (const auto& [oid, now] : sequences_) {
    const auto then = effects_->sequences().find(oid);
    if (then == effects_->sequences().end() || !now.is_called) continue;
    if (then->second.last_value == now.last_value && then->second.is_called) continue;
    window_.sequences[now.qualified()] = {then->second.next(), now.last_value};
  }
}

bool Execution::verify(PlannedRows& rows, const Counters& counters, std::optional<Capture>& capture) {
  if (leaves_work_ && !come_to_rest(target_.session())) {
    outcome_.differences = {{.kind = DifferenceKind::unproven,
                             .table = "deferred triggers",
                             .message = "they defer others again, and again: what they do at last is not known"}};
    return false;
  }
  look(rows, counters);
  note_drawn();
  if (capture) collect(*capture);
  outcome_.differences = effects_->differences(sequences_);
  const bool rows_are_readable =
      std::all_of(outcome_.differences.begin(), outcome_.differences.end(),
                  [](const Difference& difference) { return difference.kind == DifferenceKind::sequence; });
  if (!rows_are_readable) return false;
  // A row that nobody planned often draws a number that nobody planned: both are said.
  for (Difference& difference : settle(rows)) outcome_.differences.push_back(std::move(difference));
  return outcome_.differences.empty();
}

// All that our own session can say, and then the witness: the planned rows first, because the witness has to look later
// than the session, and the rest while it does.
void Execution::look(PlannedRows& rows, const Counters& counters) {
  pg::Pipeline pipeline(target_.session(), &kept_);
  pipeline.add("SET CONSTRAINTS ALL IMMEDIATE");
  // Whatever role the script took on: only the one that prepared a transaction may end it.
  pipeline.add("RESET SESSION AUTHORIZATION");
  pipeline.add("SET ROLE " + pg::quote_identifier(target_.role()));
  pipeline.add(PinnedSession::pinning(target_.session()));
  pipeline.add(ensure_synchronous);
  pipeline.add(locked_away_query, {}, [this](const auto& row) { locked_away_.emplace_back(row.at(0).value()); });
  scans_->since(pipeline, looked_at_);  // before we look into tables ourselves
  if (outcome_.proof != ProofKind::captured) rows.look(pipeline, record_->record().transaction.xid);
  pipeline.add(clock_query("clock_timestamp()"), {},
               [this](const auto& row) { window_.ended = std::stoll(std::string(row.at(0).value())); });
  counters.since(pipeline, touched_);
  effects_->look(pipeline);
  pipeline.start();
  if (may_look_from_outside()) rows.look_from_outside(target_.witness());
  pipeline.run();
}

// The witness would wait, for ever, for what our own session holds.
bool Execution::may_look_from_outside() const {
  return outcome_.proof != ProofKind::captured && locked_away_.empty();
}

fs::path Execution::captured() const {
  return job_.directory.path() / "captured";
}

// Its triggers and notes are gone afterwards, so that no look at the catalogs takes them for the script's.
void Execution::collect(Capture& capture) {
  changeset::Writer writer(captured());
  capture.collect(writer);
  writer.close();
}

std::vector<Difference> Execution::settle(PlannedRows& rows) {
  if (auto alike = namesakes(catalog_, touched_); !alike.empty()) return alike;
  const Expectation expected{.planned = *job_.planned, .counts = expected_counts_, .rehearsal = rehearsal_};
  const Work work{.catalog = catalog_,
                  .touched = touched_,
                  .looked_at = looked_at_,
                  .window = window_,
                  .directory = job_.directory.path()};
  Proof proof(target_, expected, work);
  if (outcome_.proof == ProofKind::captured) {
    std::vector<Difference> differences = proof.settle_by(changeset::Reader(captured()), record_->changes());
    read_whole_ = proof.read_whole();
    return differences;
  }
  if (!target_.offers().counts) {
    return {{.kind = DifferenceKind::unproven,
             .table = "track_counts",
             .message = "it is off, so that the server does not count what a transaction writes"}};
  }
  if (!may_look_from_outside()) {
    DifferenceList differences;
    for (const std::string& table : locked_away_) add_locked_away(differences, table);
    return differences.take();
  }
  return proof.settled(rows.unsettled()) ? std::vector<Difference>() : read_whole(proof);
}

// Settings are local to a transaction; READ COMMITTED, so that every question sees what is committed by then.
std::vector<Difference> Execution::read_whole(Proof& proof) {
  target_.witness().none("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
  const PinnedSession pinned(target_.witness());
  std::vector<Difference> differences = proof.settle(record_->changes());
  target_.witness().none("ROLLBACK");
  read_whole_ = proof.read_whole();
  return differences;
}

}  // namespace apply
