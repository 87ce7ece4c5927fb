#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/document.h"
#include "scratch/binaries.h"
#include "scratch/home.h"
#include "sys/account.h"
#include "sys/file.h"
#include "sys/sandbox.h"

namespace cli {

namespace {

using report::Tone;

// One line of the examination.
struct Check {
  std::string what;
  bool good = false;
  std::string found;   // or what is missing
  std::string needed;  // for what
};

Check server_check(const scratch::Binaries& binaries) {
  std::string tools = binaries.pg_dump ? "with pg_dump and pg_restore" : "without pg_dump: base backups only";
  return {fmt::format("PostgreSQL {}", binaries.major), true,
          fmt::format("{} in {}, {}", binaries.version, binaries.directory.string(), tools),
          fmt::format("sources of major version {}", binaries.major)};
}

std::vector<Check> examine() {
  std::vector<Check> checks;
  const auto& binaries = scratch::all_binaries();
  for (const scratch::Binaries& each : binaries) checks.push_back(server_check(each));
  if (binaries.empty()) {
    checks.push_back(
        {"PostgreSQL", false, "none found; install postgresql-15 or set PGREHEARSE_PG_BIN", "every rehearsal"});
  }
  const sys::Account account = sys::server_account();
  const sys::SandboxStatus& sandbox = sys::sandbox_status(account);
  checks.push_back({"sandbox", sandbox.available, sandbox.available ? "bubblewrap works" : sandbox.reason,
                    "keeping scripts away from the world"});
  checks.push_back({"account", true, "servers run as " + account.name, "PostgreSQL refuses to run as root"});
  const std::filesystem::path home = scratch::home();
  checks.push_back({"images", true, fmt::format("{}, {} free", home.string(), base::human_bytes(sys::free_bytes(home))),
                    "copies of the sources' data"});
  return checks;
}

}  // namespace

Action declare_doctor(CLI::App&) {
  return [] {
    const std::vector<Check> checks = examine();
    report::Document document{.title = "doctor", .blocks = {}};
    report::Table table{
        .columns = {{""}, {"part"}, {.title = "found", .wraps = true}, {.title = "needed for", .wraps = true}},
        .rows = {}};
    bool well = true;
    for (const Check& check : checks) {
      well &= check.good;
      table.rows.push_back({{{{check.good ? "ok" : "missing", check.good ? Tone::good : Tone::bad}},
                             {{check.what, Tone::strong}},
                             {{check.found}},
                             {{check.needed, Tone::muted}}},
                            0});
    }
    document.blocks.emplace_back(std::move(table));
    print_document(document);
    return well ? 0 : base::exit_status(base::Code::tool);
  };
}

}  // namespace cli
