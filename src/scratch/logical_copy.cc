#include "scratch/logical_copy.h"

#include <fmt/format.h>

#include "base/error.h"
#include "scratch/dump_grants.h"
#include "scratch/dump_tool.h"
#include "scratch/finish.h"
#include "scratch/restore.h"
#include "scratch/roles.h"
#include "scratch/tool.h"
#include "sys/file.h"

namespace scratch {
namespace fs = std::filesystem;

namespace {

void run_dump(pg::Connection& source, const sys::Command& dump, const sys::Command& restore,
              const fs::path& temporary) {
  try {
    run_pipeline(dump, restore, temporary);
  } catch (base::Error& error) {
    const std::string grants = error.code() == base::Code::tool ? grants_for_dump(source) : "";
    if (!grants.empty()) {
      error.with_hint(
          fmt::format("nothing was changed; this role may not replicate, so that pg_dump reads every table as it. As "
                      "their owner run: {}",
                      grants));
    }
    throw;
  }
}

}  // namespace

void copy_logically(const pg::Parameters& parameters, const SourceFacts& facts, const Binaries& binaries,
                    const fs::path& draft, const fs::path& temporary, const SourceOptions& options, Image& image) {
  auto source = open_source(parameters);
  const auto dump = dump_command(source, binaries, temporary,
                                 {"--compress=0", "--no-tablespaces", "--no-subscriptions", "--no-security-labels"});
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
      server, facts.database, {}, [&](const sys::Command& restore) { run_dump(source, dump, restore, temporary); },
      image.notes);
  disarm(server, image.notes);
  finish(server, image, options);
}

}  // namespace scratch
