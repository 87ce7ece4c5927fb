#include "guard/audit.h"

#include <algorithm>

#include "guard/bind.h"
#include "guard/census.h"
#include "guard/code.h"
#include "guard/count.h"
#include "guard/mints.h"
#include "guard/session.h"
#include "guard/shape.h"
#include "guard/unclaimed.h"

namespace guard {

namespace {

void put_gravest_first(Findings& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
}

}  // namespace

std::size_t Audit::count(Severity severity) const {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                [&](const Finding& finding) { return finding.severity == severity; }));
}

Audit audit(const contract::Contract& contract, pg::Connection& connection, const std::function<void()>& beat) {
  const auto ask = [&](std::string_view what, const auto& question) {
    if (beat) beat();
    return asking(what, connection, question);
  };
  require_tables(contract, "audit");
  Audit result{.contract_file = contract.file.string(), .database = pg::describe(connection.parameters())};
  Bound bound = ask("the catalog", [&] { return bind(contract, connection); });
  require_privileges(bound, connection);
  // From here on every name is qualified: nothing that a user put into the path may be called instead.
  connection.none("set search_path = ''");
  std::vector<Census> censuses;
  for (const BoundTable& table : bound.tables) {
    const std::string name = table.qualified();
    result.tables.push_back(name);
    result.lines[name] = table.declared->line;
    ask(name, [&] {
      censuses.push_back(take_census(table, connection));
      judge_rows(table, censuses.back(), result.findings);
      judge_shape(table, connection, result.findings);
    });
  }
  ask("the sequences", [&] {
    for (const MintFacts& facts : read_mints(bound, censuses, connection, result.notes)) {
      result.lines[facts.name] = facts.population ? facts.population->line : facts.table->declared->line;
      judge_mint(facts, result.findings);
    }
    note_unclaimed(bound, connection, result.notes);
  });
  result.cascades = ask("what hangs on the contract's tables", [&] { return read_cascades(bound, connection); });
  for (const Cascade& cascade : result.cascades) result.findings.push_back(finding_of(cascade));
  ask("functions and statements", [&] { judge_code(contract, bound, connection, result.findings, result.notes); });
  put_gravest_first(result.findings);
  return result;
}

}  // namespace guard
