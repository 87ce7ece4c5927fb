#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "redis/live_census.h"
#include "redis/rdb.h"
#include "redis/scratch_server.h"
#include "repository/object_reader.h"
#include "restore/drill.h"
#include "restore/examination.h"
#include "scratch/workplace.h"
#include "sys/clock.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

// Keys that expire while a drill goes on, or expired since the backup, count as gone everywhere.
constexpr std::chrono::hours longest_drill{1};

std::string keys_in(const redis::Census& census) {
  return base::count_of(static_cast<std::int64_t>(census.total()), "key");
}

// What the file holds otherwise than the manifest says, a sentence for each database.
void compare(const repository::RedisDatabase& expected, const redis::DatabaseCensus& found,
             std::vector<std::string>& told) {
  const auto tell = [&](const std::string& what) {
    told.push_back(fmt::format("database {}: {}", expected.index, what));
  };
  for (std::size_t kind = 0; kind < redis::kind_names.size(); ++kind) {
    const auto listed = expected.keys.find(std::string(redis::kind_names[kind]));
    const std::uint64_t wanted = listed == expected.keys.end() ? 0 : listed->second;
    if (wanted != found.keys[kind])
      return tell(fmt::format("{} {} keys instead of {}", found.keys[kind], redis::kind_names[kind], wanted));
  }
  if (expected.expiring != found.expiring)
    return tell(fmt::format("{} keys that expire instead of {}", found.expiring, expected.expiring));
  if (expected.names != found.names.hex()) return tell("as many keys of every type, but not the same names");
  if (expected.expiries != found.expiries.hex()) tell("the same keys, but they expire at other times");
}

Proven prove_keys(const repository::RedisFacts& expected, const redis::Census& found) {
  std::map<std::uint64_t, repository::RedisDatabase> wanted;
  for (const auto& database : expected.databases) wanted[static_cast<std::uint64_t>(database.index)] = database;
  for (const auto& [number, database] : found.databases)
    wanted.try_emplace(number, repository::RedisDatabase{.index = static_cast<int>(number),
                                                         .keys = {},
                                                         .expiring = 0,
                                                         .names = redis::Digest{}.hex(),
                                                         .expiries = redis::Digest{}.hex()});
  std::vector<std::string> told;
  for (const auto& [number, database] : wanted) {
    const auto at = found.databases.find(number);
    compare(database, at == found.databases.end() ? redis::DatabaseCensus{} : at->second, told);
  }
  if (!told.empty()) return {false, some_of(told)};
  return {true, keys_in(found) + ", as in the manifest"};
}

// By the clock of the server that was backed up, which may be wrong: an old snapshot under a new name is told, and
// never taken for one that does not come back.
Proven prove_made(const std::map<std::string, std::string>& fields, const repository::Manifest& manifest) {
  constexpr std::chrono::minutes clocks_differ{5};
  const auto said = fields.find("ctime");
  if (said == fields.end()) return {true, "it does not say when it was made"};
  const base::Instant made{std::chrono::seconds(std::strtoll(said->second.c_str(), nullptr, 10))};
  const std::string when = fmt::format("made at {}", base::to_rfc3339(made));
  if (made >= manifest.taken - clocks_differ && made <= manifest.finished + clocks_differ) return {true, when};
  return {false, fmt::format("{} by the clock of its server, and the manifest says that it was taken at {}", when,
                             base::to_rfc3339(manifest.taken))};
}

class RedisDrill {
 public:
  RedisDrill(const Choice& choice, const DrillOptions& options, repository::Evidence& evidence)
      : choice_(choice),
        options_(options),
        evidence_(evidence),
        examination_(evidence),
        horizon_(sys::now() + longest_drill) {}

  void run() {
    const sys::Stopwatch stopwatch;
    const auto workplace = scratch::Workplace::create(scratch::instances_folder);
    redis::ScratchServer server(workplace.path(), {.sandbox = options_.isolation == scratch::Isolation::required});
    if (!restore_into(server)) return;
    evidence_.rto = stopwatch.elapsed();
    examination_.prove("loaded", [&] { return prove_loaded(server); });
    examination_.note(repository::rto_check, prove_rto(*evidence_.rto, options_.contract.backups.drill.rto));
  }

 private:
  bool restore_into(redis::ScratchServer& server) {
    redis::RdbReader whole;
    redis::RdbReader living(horizon_);
    std::optional<Error> senseless;
    try {
      write_file(server.rdb(), [&](std::string_view part) {
        if (senseless) return;
        try {
          whole.feed(part);
          living.feed(part);
        } catch (const Error& error) {
          senseless = error;
        }
      });
    } catch (const Error& error) {
      if (error.code() != Code::storage) throw;
      const auto damage = damage_of(choice_);
      if (!damage) throw;
      examination_.note(repository::objects_check, {false, *damage});
      return false;
    }
    examination_.note(repository::objects_check, {true, "every byte as the manifest has it"});
    try {
      if (senseless) throw Error(*senseless);
      const redis::RdbSummary summary = whole.finish();
      examination_.note("keys", prove_keys(*choice_.point.manifest->redis, summary.census));
      examination_.note(repository::made_check, prove_made(summary.fields, *choice_.point.manifest));
      expected_ = living.finish().census;
      server.start();
      examination_.note("server", {true, "redis-server has loaded it"});
      return true;
    } catch (const Error& error) {
      if (error.code() != Code::storage) throw;
      const bool read = expected_.has_value();
      examination_.note(read ? "server" : "keys", {false, base::one_line(error.message(), 500)});
      return false;
    }
  }

  template <typename Also>
  void write_file(const std::filesystem::path& path, const Also& also) const {
    const auto& object = object_of(choice_, rdb_object);
    const sys::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) throw sys::storage_error("write", path, errno);
    sys::Progress progress("restoring " + choice_.point.id);
    std::uint64_t done = 0;
    repository::read_content(
        *choice_.from.store, choice_.point.id, object, options_.keys,
        [&](std::string_view part) {
          sys::write_all(file.get(), part, path.string());
          also(part);
        },
        [&](std::uint64_t bytes) { progress.update(done += bytes, object.bytes, "bytes"); });
  }

  Proven prove_loaded(const redis::ScratchServer& server) const {
    auto client = server.connect();
    const auto told = redis::differences(*expected_, redis::take_census(client, horizon_));
    if (!told.empty()) return {false, some_of(told)};
    return {true, fmt::format("{} in the server, by type, name and expiry", keys_in(*expected_))};
  }

  const Choice& choice_;
  const DrillOptions& options_;
  repository::Evidence& evidence_;
  Examination examination_;
  base::Instant horizon_;
  std::optional<redis::Census> expected_;  // of a server that loaded the file
};

}  // namespace

void drill_redis(const Choice& choice, const DrillOptions& options, repository::Evidence& evidence) {
  RedisDrill(choice, options, evidence).run();
}

}  // namespace restore
