// What may have been meant by a name that no table or sequence has.
#pragma once

#include <optional>
#include <string>

#include "pg/connection.h"

namespace pg {

// What stands under a name that was taken for a table or a sequence: "a view", "an index"; nullopt: nothing.
std::optional<std::string> kind_under(Connection& connection, const std::string& name);

// A table whose name is much like one that resolve_table() does not find.
struct Alike {
  std::string written;        // as SQL has to write it: app."Users"
  bool is_elsewhere = false;  // it bears the very name, in a schema outside of the search path

  std::string advice() const;  // to whoever writes it in a contract
};
std::optional<Alike> table_alike(Connection& connection, const std::string& name);

}  // namespace pg
