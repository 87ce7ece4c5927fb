#include "restore/restore.h"

#include <fmt/core.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/restoring.h"
#include "restore/copies.h"
#include "scratch/home.h"
#include "sys/clock.h"

namespace cli {

namespace {

constexpr const char* description =
    "Brings a recovery point back. POINT is an id (or its beginning, see `pgrehearse backups`), latest (the newest "
    "good dump) or latest:TIER.\n\n"
    "  pgrehearse restore latest --into postgresql://postgres@db/shop_back   a live server\n"
    "  pgrehearse restore latest --into /var/tmp/shop                        files\n\n"
    "A database that is missing is created, an empty one is filled, and one that holds anything is refused: with "
    "--replace the restored one takes its name, in one transaction that ends its sessions, and the old one is kept as "
    "NAME_before_ID. A database appears when it is whole and every byte was what was backed up; until then nothing "
    "that was there is touched. Roles that are missing are made, without passwords.\n\n"
    "A directory must be missing or empty. Points of Redis are restored into directories only. Exits 0 when it is "
    "done, 1 where it is refused, 3 where it could not be done.";

struct RestoreOptions {
  RestoringOptions restoring;
  std::string point;
  std::string into;
  bool replace = false;
  std::string format = "text";
};

bool names_database(const std::string& into) {
  return into.find("://") != std::string::npos || into.find('=') != std::string::npos;
}

restore::Restored bring_back(const repository::Repository& opened, const restore::Choice& choice,
                             const RestoreOptions& options) {
  if (names_database(options.into)) {
    return restore::restore_database(choice, opened.keys.get(),
                                     {.target = pg::parse_conninfo(options.into),
                                      .replace = options.replace,
                                      .isolation = options.restoring.isolation()});
  }
  if (options.replace) {
    throw base::Error(base::Code::usage, "--replace is for databases; a directory must be missing or empty",
                      "nothing was changed");
  }
  return restore::restore_files(choice, opened.keys.get(), options.into);
}

restore::Restored restore_point(const RestoreOptions& options) {
  const repository::Repository opened = open_repository(options.restoring);
  const restore::Shelves shelves(opened);
  const base::Instant now = sys::now();
  const restore::Choice choice = restore::find_choice(shelves, opened.contract.backups, options.point, now);
  restore::Restored restored = restore::restore_from_copies(
      choice, [&](const restore::Choice& copy) { return bring_back(opened, copy, options); });
  const auto tiers = restore::tiers_meant(opened.contract.backups, options.point);
  if (const auto newer = shelves.passed_over(tiers, &choice, now)) {
    restored.notes.push_back(fmt::format(
        "{} is newer and was passed over: {} (pgrehearse backups); it can be named by its id", newer->id, newer->why));
  }
  restored.notes.insert(restored.notes.end(), shelves.notes().begin(), shelves.notes().end());
  return restored;
}

int run_restore(const RestoreOptions& options) {
  scratch::reap();
  const restore::Restored restored = restore_point(options);
  if (options.format == "json") {
    print_text(restore::to_json(restored));
  } else {
    print_document(restore::to_document(restored));
  }
  return 0;
}

}  // namespace

Action declare_restore(CLI::App& app) {
  const auto options = std::make_shared<RestoreOptions>();
  app.description(description);
  app.add_option("POINT", options->point, "the recovery point: ID, latest or latest:TIER")->required()->type_name("");
  app.add_option("--into", options->into, "a database, as a libpq URI or conninfo, or a directory")
      ->required()
      ->type_name("URL|DIR");
  app.add_flag("--replace", options->replace, "take the place of a database that is there, which is kept");
  declare_restoring(app, options->restoring);
  declare_format(app, options->format, "what was done");
  return [options] { return run_restore(*options); };
}

}  // namespace cli
