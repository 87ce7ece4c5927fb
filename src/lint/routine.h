// The names that the text of a function, procedure or DO block brings into its SQL.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace lint {

struct RoutineNames {
  std::set<std::string, std::less<>> variables;  // parameters, DECLAREd ones and loop variables, lower case
  std::set<std::string, std::less<>> computed;   // those of them that were read from rows: SELECT max(id) INTO m

  void add(const RoutineNames& around) {
    variables.insert(around.variables.begin(), around.variables.end());
    computed.insert(around.computed.begin(), around.computed.end());
  }
};

// Learnt word by word from the whole statement, body included; a superset where the text is unusual.
RoutineNames names_of(std::string_view statement);

}  // namespace lint
