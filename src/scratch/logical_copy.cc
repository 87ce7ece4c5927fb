#include "scratch/logical_copy.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "base/error.h"
#include "scratch/finish.h"
#include "scratch/restore.h"
#include "scratch/roles.h"
#include "scratch/tool.h"
#include "sys/file.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

constexpr const char* service_name = "pgrehearse";

bool goes_without_saying(std::string_view keyword) {
  return keyword == "service" || keyword == "servicefile" || keyword == "replication" || keyword == "password";
}

// Everything the connection was made with, from wherever libpq took it, as a service file (manual: "The Connection
// Service File"): command lines can be read by everybody. The password, which a file could not hold exactly, goes
// another way.
std::string service_file(const pg::Connection& source) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfo(source.raw()),
                                                                               PQconninfoFree);
  std::string text = fmt::format("[{}]\n", service_name);
  for (const auto* option = options.get(); option && option->keyword; ++option) {
    if (option->val && *option->val && !goes_without_saying(option->keyword))
      text += fmt::format("{}={}\n", option->keyword, option->val);
  }
  return text;
}

sys::Command dump_command(const pg::Connection& source, const Binaries& binaries, const fs::path& temporary) {
  if (!binaries.pg_dump) {
    throw base::Error(
        base::Code::tool,
        fmt::format("there is no pg_dump of PostgreSQL {} or newer here, and the role may not replicate",
                    binaries.major),
        fmt::format("install it (Debian: apt install postgresql-client-{}), or use a role that may replicate",
                    binaries.major));
  }
  const auto file = temporary / "service";
  sys::write_file(file, service_file(source), 0600);
  sys::Command command;
  command.argv = {binaries.pg_dump->string(), "--format=custom",      "--compress=0",
                  "--no-subscriptions",       "--no-security-labels", fmt::format("--dbname=service={}", service_name)};
  command.environment = binaries.environment();
  command.environment["PGSERVICEFILE"] = file.string();
  if (const char* password = PQpass(source.raw()); password && *password) command.environment["PGPASSWORD"] = password;
  return command;
}

}  // namespace

void copy_logically(const pg::Parameters& parameters, const SourceFacts& facts, const Binaries& binaries,
                    const fs::path& draft, const fs::path& temporary, const SourceOptions& options, Image& image) {
  auto source = open_source(parameters);
  const auto dump = dump_command(source, binaries, temporary);
  image.method = "pg_dump";
  create_cluster(draft / "data", binaries, facts.superuser, "C.UTF-8");
  auto server =
      start_draft(draft / "data", binaries, {facts.superuser, facts.settings}, options.isolation, image.notes);
  {
    auto connection = server.connect("postgres");
    require_extensions(connection, binaries, facts.extensions);
    copy_roles(source, connection, image.notes);
  }
  restore_database(
      server, facts.database, {}, [&](const sys::Command& restore) { run_pipeline(dump, restore, temporary); },
      image.notes);
  disarm(server, image.notes);
  finish(server, image, options);
}

}  // namespace scratch
