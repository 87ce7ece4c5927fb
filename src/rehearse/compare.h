// Tables that changed in ways no change stream carries, compared whole: every row before against every row after.
//
// TRUNCATE, DROP, CREATE TABLE AS, rewrites, renames, columns added or dropped: the rows before come from a second
// clone of the image, the rows after from the scratch. Only such tables pay for it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "changeset/change.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/recording.h"

namespace rehearse {

// A table by name, as it was and as it is: the same name may mean two tables. Either may be null.
struct TablePair {
  std::string name;
  const pg::Table* before = nullptr;
  const pg::Table* after = nullptr;
  std::uint32_t statement = 0;  // the last one that did it; 0: not known
};

// The tables that have to be compared whole, and all tables, whatever they were called on the way, whose part of the
// stream is thereby left out of the net effects: tables that were made and dropped again among them.
struct Comparison {
  std::vector<TablePair> pairs;
  std::set<std::uint32_t> oids;
};
Comparison tables_to_compare(const pg::Catalog& before, const pg::Catalog& after, const Recording& recording);

// PostgreSQL 18 streams no changes of tables with virtual generated columns: they are always compared.
bool has_virtual_columns(const pg::Table& table);

// The columns of both in one shape: matched by number where it is the same table, else by name. A column that one side
// lacks is NULL there. The key is the earlier table's, else the later's.
changeset::Relation common_shape(const TablePair& pair);

// Where rows can be read: a table of this name (quoted, qualified) with the columns of one side of the pair.
struct RowSource {
  pg::Connection& connection;
  std::string table;
};
// Where the rows of a table are as they were before; nullopt: nobody kept them.
using EarlierRows = std::function<std::optional<RowSource>(const pg::Table& table)>;

// Calls `emit` with every row of one side in the common shape.
void each_row(const RowSource& source, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit);

}  // namespace rehearse
