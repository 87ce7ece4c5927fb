#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "contract/contract.h"
#include "guard/bind.h"
#include "guard/propose.h"
#include "guard/session.h"
#include "guard/survey.h"
#include "sys/file.h"

namespace cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* description =
    "Looks at a live database and proposes a pgrehearse.toml: the tables that others hang on, the column that says "
    "where a row comes from, its values with an id space each, the sequences that mint them, and probes. Every guess "
    "has its reason beside it: read it, correct it, commit it. Only reads, and never overwrites a file.\n\n"
    "  pgrehearse init --on postgresql://app@db.example.com/shop";

struct InitOptions {
  std::string database;
  std::string out = "pgrehearse.toml";
};

[[noreturn]] void refuse_existing(const std::string& file) {
  throw base::Error(base::Code::refused, fmt::format("{} exists already, and is left as it is", file),
                    "write elsewhere with --out FILE, or to standard output with --out -");
}

[[noreturn]] void found_nothing(const guard::Survey& survey, const std::string& database) {
  const std::string unread =
      survey.unreadable.empty()
          ? ""
          : fmt::format(" ({} could not be read)",
                        base::count_of(static_cast<std::int64_t>(survey.unreadable.size()), "table"));
  throw base::Error(
      base::Code::refused,
      fmt::format("no table of {} looks as if its rows had populations: {} looked at{}", database,
                  base::count_of(static_cast<std::int64_t>(survey.tables), "table was", "tables were"), unread),
      "nothing was written. A contract wants a table with a whole number for its key and a column that says where a "
      "row comes "
      "from (source, kind, is_test, …) with a few values; where test data has no such mark yet, add one, and write "
      "pgrehearse.toml by hand: docs/formats/contract.md");
}

int run_init(const InitOptions& options) {
  const bool to_output = options.out == "-";
  // Looked at once before a database is read for nothing.
  std::error_code ignored;
  if (!to_output && fs::exists(fs::symlink_status(options.out, ignored))) refuse_existing(options.out);
  pg::Connection connection = guard::open_session({.url = options.database, .purpose = "pgrehearse init"});
  const std::string database = pg::describe(connection.parameters());
  const guard::Survey survey = guard::asking(database, connection, [&] { return guard::survey(connection); });
  if (survey.candidates.empty()) found_nothing(survey, database);
  const std::string text = guard::propose_contract(survey, database);
  const contract::Contract proposed = contract::parse(text, options.out);
  if (to_output) {
    print_text(text);
    return 0;
  }
  if (!sys::write_new_file(options.out, text, 0644)) refuse_existing(options.out);
  print_text(
      fmt::format("{} written: {}, every guess with its reason. Read it, correct it, then run `pgrehearse audit`.\n",
                  options.out, base::count_of(static_cast<std::int64_t>(proposed.tables.size()), "table")));
  return 0;
}

}  // namespace

Action declare_init(CLI::App& app) {
  const auto options = std::make_shared<InitOptions>();
  app.description(description);
  app.add_option("--on", options->database, "the database: a libpq URI or conninfo; else the PG* environment")
      ->type_name("URL");
  app.add_option("--out", options->out, "where to write it; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  return [options] { return run_init(*options); };
}

}  // namespace cli
