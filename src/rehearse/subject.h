// A contract bound to a real database: which tables it covers, and by which foreign keys other rows hang on them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "changeset/change.h"
#include "contract/contract.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace rehearse {

// Columns by number, which renaming does not change.
using ColumnNumbers = std::vector<int>;

// A contract table as the database has it. Partitions are bound to their root.
struct BoundTable {
  const contract::Table* declared = nullptr;
  std::uint32_t oid = 0;
  int id = 0;  // column numbers
  int population = 0;
};

// The foreign key by which rows of a table carry the population of another table's rows.
struct Link {
  std::uint32_t child = 0;  // root oids
  std::uint32_t parent = 0;
  ColumnNumbers columns;  // of the child
  ColumnNumbers target;   // of the parent
};

// A sequence that mints a population's ids.
struct BoundMint {
  const contract::Table* table = nullptr;
  const contract::Population* population = nullptr;
  std::uint32_t sequence = 0;
};

class Subject {
 public:
  // Resolves the contract's names with the connection's search path. Throws Error(contract) with file and line on a
  // table, column or sequence that does not exist. `contract` must outlive the subject.
  Subject(const contract::Contract& contract, pg::Connection& connection, const pg::Catalog& before);
  // Takes in what the script created or renamed, a contract table under another table's name among them; called once
  // after it ran, before anything is asked about rows.
  void extend(pg::Connection& connection, const pg::Catalog& after);

  const contract::Contract& contract() const { return contract_; }
  const std::vector<BoundMint>& mints() const { return mints_; }

  // All by oid of a table or of one of its partitions.
  std::uint32_t root(std::uint32_t oid) const;
  const BoundTable* contract_table(std::uint32_t oid) const;
  // By which its rows hang on a contract table, directly or through others; null for contract tables and unrelated
  // ones.
  const Link* link(std::uint32_t oid) const;
  // Links whose parent is this table.
  std::vector<const Link*> links_to(std::uint32_t oid) const;

  // Positions of columns in a relation of the change stream, whatever they were called at the time; nullopt where one
  // of them is not there. `numbers` are of the table's root.
  std::optional<std::vector<std::size_t>> positions(const changeset::Relation& relation,
                                                    const ColumnNumbers& numbers) const;

 private:
  void bind(pg::Connection& connection, const pg::Catalog& before);
  void follow_foreign_keys(const pg::Catalog& catalog);
  void learn_names(const pg::Catalog& catalog);

  const contract::Contract& contract_;
  std::map<std::uint32_t, BoundTable> tables_;  // by root oid
  std::map<std::uint32_t, Link> links_;         // by child root oid
  std::vector<BoundMint> mints_;
  std::map<std::uint32_t, std::uint32_t> roots_;                            // table -> root
  std::map<std::uint32_t, std::map<int, std::vector<std::string>>> names_;  // root -> column number -> names it had
};

}  // namespace rehearse
