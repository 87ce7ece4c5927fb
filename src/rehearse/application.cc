#include "rehearse/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rehearse {

bool by_rows(const Plan& plan) {
  return std::any_of(plan.scripts.begin(), plan.scripts.end(), [](const auto& script) { return script.command; });
}

Application application_of(const Plan& plan) {
  Application application{.as_rows = by_rows(plan), .silent_triggers = {}};
  if (!application.as_rows) return application;
  std::set<std::string> tables;
  for (const TableEffect& effect : plan.effects) tables.insert({effect.table, effect.root});
  for (const std::string& table : tables) {
    const std::string beginning = "trigger " + table + ".";
    for (const Definition& definition : plan.definitions) {
      if (!definition.object.starts_with(beginning)) continue;
      application.silent_triggers.push_back(definition.object.substr(beginning.size()) + " of " + table);
    }
  }
  return application;
}

std::string describe(const Application& application) {
  if (!application.as_rows) return "by running the script, in one transaction; triggers fire";
  if (application.silent_triggers.empty()) return "as rows";
  return fmt::format("as rows; triggers do not fire, because what they did is among the rows: {}",
                     fmt::join(application.silent_triggers, ", "));
}

}  // namespace rehearse
