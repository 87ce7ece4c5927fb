// Which rows of an undo others stand in the way of, asked before anything is written: parents that are gone, rows that
// later ones hang on, values that must not be there twice.
//
// Parents that the server finds equal though they are spelt otherwise (numbers and blank-padded texts apart) are not
// seen here, nor what hangs on columns that the changes do not have; the checks after writing see it. Memory: 16 bytes
// for each row that has, or had, a value others may refer to, or that leaves one which must be there once.
#pragma once

#include <functional>
#include <string>

#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

// A change that cannot be made, though all others can.
struct Dependent {
  const changeset::Relation& relation;
  changeset::Position position;
  std::string id;           // of the row, for people
  std::string kind;         // as in the JSON
  std::string message;      // the same for all rows in the way of which the same is
  std::string holder = {};  // the id of the row that has what this one needs, where there is one
};

// Calls `conflict` for each of the changes in `inverse`, whose rows are in production as their images before say, that
// others stand in the way of. One may come several times. `replaced` (or null): rows that do not come back because
// others have their keys; what hung on them does not belong to those others.
void find_dependents(pg::Connection& connection, const changeset::Reader& inverse, const pg::Catalog& catalog,
                     const std::function<void(const Dependent&)>& conflict,
                     const changeset::Reader* replaced = nullptr);

}  // namespace apply
