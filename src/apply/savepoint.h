// Something that may fail in a transaction that goes on.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "pg/connection.h"

namespace apply {

// Does `act` under the savepoint `name`. An error of the server's that `expected` expects is returned, and everything
// that was done is taken back; others are thrown, and leave the transaction as they found it: failed.
template <typename Act, typename Expected>
std::optional<base::Error> in_savepoint(pg::Connection& connection, const std::string& name, Act act,
                                        Expected expected) {
  connection.none("SAVEPOINT " + name);
  std::optional<base::Error> failure;
  try {
    act();
  } catch (const base::Error& error) {
    if (!expected(error)) throw;
    failure = error;
    connection.none("ROLLBACK TO SAVEPOINT " + name);
  }
  connection.none("RELEASE SAVEPOINT " + name);
  return failure;
}

}  // namespace apply
