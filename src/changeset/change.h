// What happened to one row, and to the table it stands in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace changeset {

struct Column {
  std::string name;
  std::string type;  // as format_type() spells it
  friend bool operator==(const Column&, const Column&) = default;
};

// A table's shape while the changes that point at it were made. A table altered in the middle of a script has several.
struct Relation {
  std::uint32_t oid = 0;
  std::string schema;
  std::string name;
  std::vector<Column> columns;     // in the order of the tuples
  std::vector<std::uint32_t> key;  // primary key: indexes into columns; empty: a table without a key

  std::string qualified() const { return schema + "." + name; }
  friend bool operator==(const Relation&, const Relation&) = default;
};

enum class Op : std::uint8_t { insert = 'I', update = 'U', erase = 'D', truncate = 'T' };

struct Change {
  std::uint32_t relation = 0;   // index into the changeset's relations
  std::uint32_t statement = 0;  // number of the statement that did it, from 1; 0: not known
  Op op = Op::insert;
  std::string before;  // tuple; empty for insert and truncate
  std::string after;   // tuple; empty for erase and truncate
};

}  // namespace changeset
