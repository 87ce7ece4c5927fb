#include "scratch/dump_tool.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "base/error.h"
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

}  // namespace

void reach(const pg::Connection& connection, const fs::path& temporary, sys::Command& command) {
  const auto file = temporary / "service";
  sys::write_file(file, service_file(connection), 0600);
  command.argv.push_back(fmt::format("--dbname=service={}", service_name));
  command.environment["PGSERVICEFILE"] = file.string();
  if (const char* password = PQpass(connection.raw()); password && *password)
    command.environment["PGPASSWORD"] = password;
}

sys::Command dump_command(const pg::Connection& source, const Binaries& binaries, const fs::path& temporary,
                          const std::vector<std::string>& arguments) {
  if (!binaries.pg_dump) {
    throw base::Error(base::Code::tool,
                      fmt::format("there is no pg_dump of PostgreSQL {} or newer here", binaries.major),
                      fmt::format("install it (Debian: apt install postgresql-client-{})", binaries.major));
  }
  sys::Command command;
  command.argv = {binaries.pg_dump->string(), "--format=custom"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = binaries.environment();
  command.environment["TZ"] = "UTC";
  reach(source, temporary, command);
  return command;
}

}  // namespace scratch
