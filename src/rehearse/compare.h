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

// Reads a table's rows: calls `visit` with the values of `columns` as text; a null column stands for NULL.
using ValueVisitor = std::function<void(const std::vector<std::optional<std::string_view>>& values)>;
using RowSource = std::function<void(const std::vector<const pg::Column*>& columns, const ValueVisitor& visit)>;
// The rows as they stand in a database. The source is valid as long as both arguments.
RowSource rows_in(pg::Connection& connection, const pg::Table& table);
// The rows of a table as they were before; an empty source: nobody kept them.
using EarlierRows = std::function<RowSource(const pg::Table& table)>;

// Calls `emit` with every row of one side in the common shape.
void each_row(const RowSource& source, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit);
// The same with the rows as they stand in a database.
void each_row(pg::Connection& connection, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit);

}  // namespace rehearse
