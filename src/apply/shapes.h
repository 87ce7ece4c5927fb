// Which columns hold values that every run makes anew: numbers drawn from a sequence, and random UUIDs.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "apply/run_window.h"
#include "changeset/change.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

class Shapes {
 public:
  enum class Way { drawn, uuid };
  struct Column {
    Way way = Way::drawn;
    bool by_default = false;          // what the column has where a statement does not say
    bool refers = false;              // a foreign key: what stands here stands in another row
    bool alone_in_key = false;        // no two rows of the table have the same
    bool versioned = false;           // of UUIDs: the default is one of the functions that say so in the value
    std::set<std::string> sequences;  // of drawn ones; empty: any (an integer key without a default)
    std::string key;                  // one name for an integer key and all that refers to it; else empty
    // Whether a row that was written with a new value here may be the one that the value was made for.
    bool bears() const { return !refers; }
  };

  // Asks production which columns draw from which sequence (defaults, identities; an integer key without a default may
  // be drawn from any), which default to a UUID that a function makes, and follows foreign keys to such columns.
  Shapes(pg::Connection& connection, const pg::Catalog& catalog);

  // Whether a number that stands under that name, of a column or of a key in JSON, may be meant to be of that sequence:
  // columns that draw from it or refer to such ones are called so, or their table, or it ends like a reference.
  bool may_mean(const std::string& name, const std::string& sequence) const;

  // Whether a column draws from it by default.
  bool feeds_a_column(const std::string& sequence) const { return names_.contains(sequence); }

  // Null where the column holds nothing of the kind.
  const Column* column(const std::string& table, const std::string& name) const;

 private:
  using ColumnName = std::pair<std::string, std::string>;  // "schema.table", column

  void read_defaults(pg::Connection& connection, const pg::Catalog& catalog);
  void add_plain_keys(const pg::Catalog& catalog);
  void follow_partitions(const pg::Catalog& catalog);
  bool follow_foreign_keys(const pg::Catalog& catalog);

  void note_names(const pg::Catalog& catalog);

  std::map<ColumnName, Column> columns_;
  std::map<std::string, std::set<std::string>> names_;  // by sequence
};

}  // namespace apply
