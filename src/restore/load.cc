#include "restore/load.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "scratch/finish.h"
#include "scratch/restore.h"
#include "sql/script.h"

namespace restore {

const scratch::Binaries& binaries_of(const Choice& choice) {
  return base::in_context("recovery point " + choice.point.id, [&]() -> const scratch::Binaries& {
    return scratch::binaries_for(choice.point.manifest->database->major);
  });
}

void make_roles(pg::Connection& server, const std::string& script, std::vector<std::string>& notes) {
  sql::Splitter statements(script, std::string(roles_object));
  while (const auto statement = statements.next()) {
    const auto outcome = server.run_statement(statement->text, std::nullopt);
    if (outcome.connection_lost) throw base::Error(base::Code::server, outcome.message);
    if (!outcome.ok) {
      notes.push_back(fmt::format("the server refused a statement about roles: {} ({})", outcome.message,
                                  base::one_line(statement->text, 120)));
    }
  }
}

void load(const scratch::Instance& server, const Choice& choice, const repository::KeyRing* keys,
          const scratch::ArchiveHeader& header, ObjectFeed& feed, std::vector<std::string>& notes) {
  {
    auto connection = server.connect("template1");
    scratch::require_extensions(connection, server.binaries(), header.extensions);
    make_roles(connection, read_small(choice, object_of(choice, roles_object), keys), notes);
  }
  scratch::restore_database(
      server, header.database, {}, [&](const sys::Command& command) { feed.run(command); }, notes);
}

}  // namespace restore
