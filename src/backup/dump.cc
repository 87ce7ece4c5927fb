#include "backup/dump.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "backup/row_counter.h"
#include "base/error.h"
#include "base/text.h"
#include "repository/object_writer.h"
#include "repository/point_id.h"
#include "scratch/binaries.h"
#include "scratch/dump_tool.h"
#include "scratch/facts.h"
#include "scratch/roles.h"
#include "scratch/tool.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace backup {

namespace {

using base::Code;
using base::Error;

constexpr std::size_t chunk = std::size_t{1} << 20U;
constexpr std::size_t sip = std::size_t{1} << 16U;

// A transaction that reads one snapshot for as long as a dump takes, and hides no row from us.
pg::Connection open_snapshot(const std::string& url) {
  pg::Parameters parameters = pg::parse_conninfo(url);
  parameters.insert_or_assign("application_name", "pgrehearse backup");
  pg::Connection connection = scratch::open_source(parameters);
  connection.script(
      "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set row_security = off;"
      "begin isolation level repeatable read, read only");
  return connection;
}

// pg_dump's output and the counting connection, whichever has something to say.
class Pump {
 public:
  Pump(int dump, RowCounter& counter, const std::function<void()>& beat)
      : dump_(dump), counter_(counter), beat_(beat) {}

  // Until pg_dump closes its output and every row is counted. The estimate is for the progress alone.
  void run(repository::ObjectWriter& object, std::uint64_t estimate) {
    std::vector<char> buffer(chunk);
    std::uint64_t done = 0;
    sys::Progress progress("dumping the database");
    while (dump_ >= 0 || !counter_.done()) {
      wait();
      beat_();
      if (ready(1)) counter_.advance();
      if (!ready(0)) continue;
      const ssize_t got = ::read(dump_, buffer.data(), buffer.size());
      if (got < 0 && errno != EINTR && errno != EAGAIN) throw Error(Code::tool, "cannot read what pg_dump writes");
      if (got == 0) dump_ = -1;
      if (got <= 0) continue;
      nap_ = static_cast<std::size_t>(got) < sip;
      object.write({buffer.data(), static_cast<std::size_t>(got)});
      done += static_cast<std::uint64_t>(got);
      progress.update(done, estimate, "bytes");
    }
  }

 private:
  // pg_dump writes 4 KiB at a time. Who wakes up for each of them costs as much as compressing does: after a sip the
  // pipe gets a millisecond to fill.
  void wait() {
    fds_ = {pollfd{nap_ ? -1 : dump_, POLLIN, 0}, pollfd{counter_.done() ? -1 : counter_.fd(), POLLIN, 0},
            pollfd{sys::interrupt_fd(), POLLIN, 0}};
    constexpr int beat_ms = 1000;
    constexpr int nap_ms = 1;
    if (::poll(fds_.data(), fds_.size(), std::exchange(nap_, false) ? nap_ms : beat_ms) < 0 && errno != EINTR)
      throw Error(Code::internal, "cannot wait");
    sys::check_interrupted();
  }
  bool ready(std::size_t place) const { return fds_[place].fd >= 0 && fds_[place].revents != 0; }

  int dump_;
  RowCounter& counter_;
  const std::function<void()>& beat_;
  std::array<pollfd, 3> fds_{};
  bool nap_ = false;
};

repository::StoredObject write_roles(pg::Connection& source, repository::Targets& targets, const std::string& id,
                                     const repository::KeyRing* keys) {
  repository::ObjectWriter object(targets, id, std::string(repository::roles_object), keys);
  object.write(scratch::roles_script(source));
  return object.finish();
}

// Tables without their indexes: about what a dump of them takes.
std::uint64_t estimate_bytes(pg::Connection& source) {
  const auto bytes = source.one_value(
      "select coalesce(sum(pg_catalog.pg_table_size(oid)), 0)::bigint from pg_catalog.pg_class where relkind = 'r'");
  return std::stoull(bytes.value_or("0"));
}

repository::DatabaseFacts describe(pg::Connection& source, const scratch::SourceFacts& facts) {
  repository::DatabaseFacts database;
  database.database = facts.database;
  database.major = facts.major;
  database.system_identifier = facts.system_identifier;
  const std::string version = source.one_value("show server_version").value_or("");
  database.version = version.substr(0, version.find(' '));
  database.encoding = source.one_value("show server_encoding").value_or("");
  return database;
}

}  // namespace

void dump_database(const std::string& url, repository::Targets& targets, const repository::KeyRing* keys,
                   const std::function<void()>& beat, repository::Manifest& manifest,
                   const std::function<void()>& admit) {
  pg::Connection source = open_snapshot(url);
  // Before the snapshot is taken: what is committed from now on is not promised.
  manifest.taken = sys::now();
  const std::string snapshot = source.one_value("select pg_catalog.pg_export_snapshot()").value_or("");
  manifest.source = pg::describe(source.parameters());
  const scratch::SourceFacts facts = scratch::read_facts(source);
  manifest.database = describe(source, facts);
  admit();
  manifest.objects.push_back(write_roles(source, targets, manifest.id, keys));
  const std::uint64_t estimate = estimate_bytes(source);

  const sys::TemporaryDirectory temporary;
  const sys::Command command =
      scratch::dump_command(source, scratch::binaries_for(facts.major), temporary.path(),
                            {"--compress=0", "--snapshot=" + snapshot, "--lock-wait-timeout=60s", "--no-password"});
  RowCounter counter(source);
  repository::ObjectWriter object(targets, manifest.id, std::string(repository::dump_object), keys);
  sys::Pipe pipe = sys::make_wide_pipe();
  scratch::Tool dump(command, {.in = -1, .out = pipe.write_end.get()}, temporary.path());
  pipe.write_end.reset();
  Pump(pipe.read_end.get(), counter, beat).run(object, estimate);
  if (const sys::Exit exit = dump.wait(); !exit.ok()) throw dump.failure(exit, Code::tool);
  manifest.objects.push_back(object.finish());
  manifest.database->tables = counter.take();
  source.none("commit");
}

}  // namespace backup
