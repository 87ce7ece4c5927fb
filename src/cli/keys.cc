#include "repository/keys.h"

#include "cli/command.h"
#include "cli/output.h"

namespace cli {

namespace {

constexpr const char* description =
    "Keys for encrypted repositories ([encryption] in the contract).\n\n"
    "  pgrehearse keys new >> backup.keys && chmod 600 backup.keys\n\n"
    "The first key of a key file writes, all of them read: put a new one on top to rotate, and take an old one out "
    "when no recovery point is sealed with it any more. Keep a copy where the backups are not: without its key a "
    "backup is lost.";

}  // namespace

Action declare_keys(CLI::App& app) {
  app.description(description);
  app.add_subcommand("new", "print a new key, as a key file has it");
  app.require_subcommand(1);
  return [] {
    print_text(repository::new_key_line() + "\n");
    return 0;
  };
}

}  // namespace cli
