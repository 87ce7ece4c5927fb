#include "demo/contract_acts.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "contract/contract.h"
#include "demo/history.h"
#include "forecast/document.h"
#include "forecast/forecast.h"
#include "guard/audit.h"
#include "guard/cleaning.h"
#include "guard/migration.h"
#include "guard/session.h"
#include "guard/test_population.h"
#include "sql/script.h"
#include "sys/file.h"

namespace demo {

namespace {

std::string written(const Stage& stage, const char* name, std::string_view text) {
  sys::write_file(stage.directory / name, text, 0600);
  return (stage.directory / name).string();
}

guard::Audit audited(const Stage& stage, const contract::Contract& contract) {
  pg::Connection connection = guard::open_session({.url = stage.conninfo, .purpose = "pgrehearse audit"});
  guard::Audit audit = guard::audit(contract, connection);
  audit.database = whose;
  return audit;
}

// The headings of its steps; the whole would fill three screens.
std::string table_of_contents(std::string_view migration) {
  std::string contents;
  while (!migration.empty()) {
    const std::size_t end = std::min(migration.find('\n'), migration.size() - 1);
    const std::string_view line = migration.substr(0, end);
    if (line.size() > 3 && line.starts_with("-- ") && line[3] >= '0' && line[3] <= '9' && line.find(". ") < 7)
      contents.append(line).append("\n");
    migration.remove_prefix(end + 1);
  }
  return contents;
}

// As psql would: one statement after the other, ending at the first that fails.
void run(const Stage& stage, const std::string& script) {
  pg::Connection connection = pg::Connection::open(pg::parse_conninfo(stage.conninfo));
  sql::Splitter splitter(script, "contract.sql");
  while (const auto statement = splitter.next()) {
    const auto outcome = connection.run_statement(statement->text, statement->copy_data);
    if (!outcome.ok)
      throw base::Error(base::Code::server, fmt::format("contract.sql:{}: {}", statement->line, outcome.message));
  }
}

// The first choice that it offers about the sequence: no id of the gap is ever given.
std::string write_the_gap_off(std::string migration) {
  constexpr std::string_view offered = "--   ALTER SEQUENCE ";
  const std::size_t at = migration.find(offered);
  if (at != std::string::npos) migration.erase(at, offered.find('A'));
  return migration;
}

// What `testdata clean` counts, and what it deletes once somebody has looked at the rows among real people's ids.
void clean_test_data(const Stage& stage, const contract::Contract& contract) {
  pg::Connection connection = guard::open_session({.url = stage.conninfo, .purpose = "pgrehearse testdata clean"});
  const guard::Bound bound = guard::bind(contract, connection);
  const auto populations = guard::test_populations(contract, bound, connection, "", "");
  const guard::Cleaning counted = guard::count_test_data(connection, bound, populations);
  std::string said;
  for (const guard::Outside& outside : counted.outside) said += fmt::format("-- {}\n", guard::sentence(outside));
  stage.narrator.show("$ pgrehearse testdata clean", said);
  stage.narrator.say(
      "An upsert may have made such a row of a real person, and then it gets back what it was. Somebody looked: they "
      "are QA's, both, and may go.");
  const std::int64_t rows = counted.outside_rows();
  const guard::Cleaning cleaning =
      guard::clean_test_data(connection, bound, populations, rows, [](const guard::Cleaning&) {});
  stage.narrator.show(
      fmt::format("$ pgrehearse testdata clean --execute --outside-space {}", rows),
      fmt::format("-- deleted {}: those of test, and what hangs on them\n", base::count_of(cleaning.deleted(), "row")));
}

}  // namespace

bool forecast_on_day_one(const Stage& stage, std::string& image) {
  stage.narrator.act("What a forecast would have said that day");
  stage.narrator.say(
      "The clean-up takes QA's rows every night, and looks healthy. The nights to come can be rehearsed: twelve "
      "sign-ups, then the clean-up, again and again on a copy.");
  const std::string contract = written(stage, "nights.toml", std::string(kContract) + std::string(kNightProbe));
  const std::string script = written(stage, "cleanup.sql", kRangeDelete);
  stage.narrator.show("$ pgrehearse forecast cleanup.sql --each 'sign-up=12' --nights 30", kRangeDelete);
  forecast::Forecast result =
      forecast::forecast({.rehearsal = {.source = stage.conninfo, .contract = contract, .scripts = {script}},
                          .each = {"sign-up=12"},
                          .nights = 30});
  image = result.image;
  result.source = whose;
  result.contract_file = "pgrehearse.toml";
  for (rehearse::ScriptFile& file : result.scripts) file.name = "cleanup.sql";
  for (forecast::Night& night : result.nights) {
    for (forecast::Finding& finding : night.findings) {
      if (finding.file == script) finding.file = "cleanup.sql";
    }
  }
  stage.narrator.opening_of(forecast::to_document(result));
  stage.narrator.say("At the time nobody asked.");
  return result.breaks() && result.nights.size() == 1;
}

bool bring_under_the_contract(const Stage& stage) {
  const contract::Contract contract = contract::load(stage.directory / "pgrehearse.toml");
  stage.narrator.act("The database itself: does it keep its contract?");
  stage.narrator.say("A script that is right is not enough. What the three habits left behind is still there tonight.");
  stage.narrator.show("$ pgrehearse audit", "");
  const guard::Audit before = audited(stage, contract);
  stage.narrator.findings(before);

  stage.narrator.act("Bringing it under the contract");
  stage.narrator.say(
      "The migration is written by what is missing, and run by a person who has read it. No step of it keeps the "
      "application waiting, and none deletes a row or moves a sequence: that is for people to decide.");
  pg::Connection connection = guard::open_session({.url = stage.conninfo, .purpose = "pgrehearse contract sql"});
  const guard::Bound bound = guard::bind(contract, connection, guard::Absent::may_be_absent);
  const std::string migration =
      guard::write_migration(guard::read_needs(contract, bound, connection), {"pgrehearse.toml", whose});
  stage.narrator.show("$ pgrehearse contract sql --out contract.sql    (its steps; each says why)",
                      table_of_contents(migration));
  stage.narrator.say(
      "Two steps say DECIDE. One is about rows of test among the ids of real people, where no test data is made.");
  clean_test_data(stage, contract);
  stage.narrator.say(
      "The other is about the sequence: nobody can swear that no id of its gap was ever given to anybody. It is "
      "written off, and nothing moves.");
  run(stage, write_the_gap_off(migration));
  stage.narrator.show("$ psql -X -v ON_ERROR_STOP=1 -f contract.sql", "");
  stage.narrator.show("$ pgrehearse audit", "");
  const guard::Audit after = audited(stage, contract);
  stage.narrator.findings(after);
  return !before.clean() && after.clean();
}

}  // namespace demo
