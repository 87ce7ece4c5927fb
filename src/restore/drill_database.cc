#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "guard/audit.h"
#include "guard/session.h"
#include "restore/archive.h"
#include "restore/drill.h"
#include "restore/examination.h"
#include "restore/load.h"
#include "scratch/server.h"
#include "scratch/workplace.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

// An archive names no time zone: ours are written in UTC. Clocks of two machines differ.
constexpr std::chrono::minutes clocks_differ{5};

Proven prove_archive(const scratch::ArchiveHeader& header, const repository::Manifest& manifest) {
  if (header.database != manifest.database->database) {
    return {false, fmt::format("it is of database {}, and the manifest speaks of {}",
                               base::one_line(header.database, 80), base::one_line(manifest.database->database, 80))};
  }
  if (header.major != manifest.database->major) {
    return {false, fmt::format("it is of PostgreSQL {}, and the manifest speaks of {}", header.major,
                               manifest.database->major)};
  }
  if (!header.made) return {false, "it does not say when it was made"};
  const std::string made = base::to_rfc3339(*header.made);
  if (*header.made < manifest.taken - clocks_differ || *header.made > manifest.finished + clocks_differ) {
    return {false, fmt::format("it was made at {}, and the manifest says that it was taken at {}", made,
                               base::to_rfc3339(manifest.taken))};
  }
  return {true, fmt::format("of {}, made at {}", base::one_line(header.database, 80), made)};
}

// pg_restore tells the row that it stumbled over; what a table holds is not for evidence.
std::string without_details(const std::string& message) {
  std::string kept;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    const std::string line = message.substr(at, end - at);
    const bool detail = line.find("DETAIL:") != std::string::npos || line.find("CONTEXT:") != std::string::npos;
    if (!detail) kept += (kept.empty() ? "" : "; ") + line;
    at = end + 1;
  }
  return base::one_line(kept, 500);
}

std::set<std::pair<std::string, std::string>> rules_of(const guard::Audit& audit) {
  std::set<std::pair<std::string, std::string>> rules;
  for (const guard::Finding& finding : audit.findings) {
    if (finding.severity != guard::Severity::note) rules.emplace(finding.rule, finding.table);
  }
  return rules;
}

Proven prove_audit(const contract::Contract& contract, const pg::Parameters& parameters,
                   const std::optional<repository::AuditState>& then) {
  auto session = guard::open_session(
      {.url = pg::to_conninfo(parameters), .purpose = "pgrehearse drill", .statement_timeout = std::chrono::hours(1)});
  const auto now = rules_of(guard::audit(contract, session));
  std::vector<std::string> fresh;
  for (const auto& finding : now) {
    const bool known = then && std::find(then->findings.begin(), then->findings.end(), finding) != then->findings.end();
    if (!known) fresh.push_back(fmt::format("{} ({})", finding.first, finding.second));
  }
  if (!fresh.empty()) {
    return {false, fmt::format("{} that the audit did not have when the backup was taken: {}",
                               base::count_of(static_cast<std::int64_t>(fresh.size()), "finding"), some_of(fresh))};
  }
  if (now.empty()) return {true, "clean"};
  return {true, fmt::format("{}, as when the backup was taken",
                            base::count_of(static_cast<std::int64_t>(now.size()), "finding"))};
}

class DatabaseDrill {
 public:
  DatabaseDrill(const Choice& choice, const DrillOptions& options, repository::Evidence& evidence)
      : choice_(choice), options_(options), evidence_(evidence), examination_(evidence) {}

  void run() {
    const sys::Stopwatch stopwatch;
    const auto& binaries = binaries_of(choice_);
    const auto server = scratch::Instance::create(binaries, {.settings = {}, .isolation = options_.isolation});
    if (!restore_into(server)) return;
    try {
      examination_.prove("server", [&] { return answers(server); });
      evidence_.rto = stopwatch.elapsed();
      prove_contents(server);
    } catch (const Error& error) {
      if (error.code() == Code::server) require_running(server, error);
      throw;
    }
    examination_.note(repository::rto_check, prove_rto(*evidence_.rto, options_.contract.backups.drill.rto));
  }

 private:
  const repository::Manifest& manifest() const { return *choice_.point.manifest; }

  // False where there is nothing that more could be asked of.
  bool restore_into(const scratch::Instance& server) {
    const sys::TemporaryDirectory temporary({}, sys::server_account());
    ObjectFeed feed(choice_, object_of(choice_, dump_object), options_.keys, temporary.path());
    std::vector<std::string> notes;
    std::optional<Proven> archive;
    try {
      const auto header = read_header(choice_, options_.keys, options_.isolation);
      archive = prove_archive(header, manifest());
      database_ = header.database;
      load(server, choice_, options_.keys, header, feed, notes);
    } catch (const Error& error) {
      if (error.code() == Code::interrupted || error.code() == Code::contract || error.code() == Code::internal) throw;
      blame(error, archive, server);
      return false;
    }
    examination_.note(
        repository::objects_check,
        {true, fmt::format("{}, every byte as the manifest has it",
                           base::count_of(static_cast<std::int64_t>(manifest().objects.size()), "object"))});
    examination_.note("archive", *archive);
    notes.insert(notes.begin(), "pg_restore went through");
    examination_.note("restore", {true, fmt::format("{}", fmt::join(notes, "; "))});
    return true;
  }

  // A restore went wrong: because of the bytes, because of what is in them, or for nothing that the point is guilty of.
  void blame(const Error& error, const std::optional<Proven>& archive, const scratch::Instance& server) {
    if (const auto damage = damage_of(choice_)) {
      examination_.note(repository::objects_check, {false, *damage});
      return;
    }
    require_running(server, error);
    examination_.note(repository::objects_check, {true, "every byte as the manifest has it"});
    if (archive) examination_.note("archive", *archive);
    if (error.code() != Code::server && error.code() != Code::input) throw error;
    examination_.note(archive ? "restore" : "archive", {false, without_details(error.message())});
  }

  // A server that ended (a full disk, too little memory) says nothing about the point. One that is about to end may
  // answer still: what its client said tells.
  static void require_running(const scratch::Instance& server, const Error& error) {
    auto reason = scratch::reason_of_end(server, "template1");
    const bool lost = error.message().find("server closed the connection unexpectedly") != std::string::npos;
    if (!reason && lost) reason = error.message();
    if (!reason) return;
    throw Error(Code::storage, "the scratch server ended during the drill: " + *reason,
                "nothing is said about the recovery point; where a disk is full, make room or set PGREHEARSE_HOME");
  }

  Proven answers(const scratch::Instance& server) const {
    auto connection = server.connect(database_);
    return {true, *connection.one_value("select pg_catalog.split_part(pg_catalog.version(), ' on ', 1)")};
  }

  void prove_contents(const scratch::Instance& server) {
    sys::Progress progress("proving " + choice_.point.id);
    auto connection = server.connect(database_);
    connection.none("set search_path = pg_catalog");
    connection.none("set row_security = off");
    const auto counting = [&](const char* what) {
      return [&progress, what](std::size_t done, std::size_t total) { progress.update(done, total, what); };
    };
    examination_.prove("rows", [&] { return prove_rows(connection, manifest().database->tables, counting("tables")); });
    prove_order(connection, counting("indexes"));
    examination_.prove("foreign-keys", [&] { return prove_foreign_keys(connection, counting("foreign keys")); });
    progress.update(0, 0, "");
    if (!options_.contract.tables.empty()) {
      examination_.prove(repository::audit_check, [&] {
        return prove_audit(options_.contract, server.parameters(database_), manifest().database->audit);
      });
    }
    int number = 0;
    for (const std::string& check : options_.contract.backups.drill.checks) {
      examination_.prove(fmt::format("{} {}", repository::own_check, ++number), [&] {
        auto own = server.connect(database_);
        return prove_answer(own, check);
      });
    }
  }

  void prove_order(pg::Connection& connection, const Step& step) {
    const auto amcheck = find_amcheck(connection);
    if (const auto* found = std::get_if<Amcheck>(&amcheck)) {
      examination_.prove("indexes", [&] { return prove_indexes(connection, *found, step); });
    } else {
      examination_.note(repository::amcheck_check, {false, std::get<std::string>(amcheck)});
    }
  }

  const Choice& choice_;
  const DrillOptions& options_;
  repository::Evidence& evidence_;
  Examination examination_;
  std::string database_;
};

}  // namespace

void drill_database(const Choice& choice, const DrillOptions& options, repository::Evidence& evidence) {
  DatabaseDrill(choice, options, evidence).run();
}

}  // namespace restore
