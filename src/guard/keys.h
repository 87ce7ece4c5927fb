// Every foreign key of a database, and which tables the rows that it joins lie in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pg/connection.h"

namespace guard {

using Oid = std::uint32_t;

struct Relation {
  std::string schema, name;
  bool partitioned = false;
  Oid root = 0;                // topmost partitioned ancestor, or its own oid
  std::vector<Oid> ancestors;  // itself and every partitioned table above it
  std::string qualified() const { return schema + "." + name; }
  std::string quoted() const { return pg::quote_qualified(schema, name); }
  // For FROM: rows of inheriting tables are not its own, rows of partitions are.
  std::string rows() const { return (partitioned ? "" : "only ") + quoted(); }
};

// What a deletion of the parent's row does to the child's.
enum class OnDelete : char { block = 'a', restrict = 'r', cascade = 'c', set_null = 'n', set_default = 'd' };

struct Key {
  std::string name;
  Oid child = 0, parent = 0;
  OnDelete on_delete = OnDelete::block;
  std::vector<std::pair<std::string, std::string>> columns;  // the child's and the parent's, quoted
  // "c.user_id = p.id", under these aliases.
  std::string join(std::string_view child_alias = "c", std::string_view parent_alias = "p") const;
  bool deletes() const { return on_delete != OnDelete::set_null && on_delete != OnDelete::set_default; }
  bool blocks() const { return on_delete == OnDelete::block || on_delete == OnDelete::restrict; }
};

class Keys {
 public:
  explicit Keys(pg::Connection& connection);

  const Relation& relation(Oid oid) const { return relations_.at(oid); }
  Oid root(Oid oid) const { return relations_.at(oid).root; }
  // Keys that rows of `table`, a leaf or a whole table, have or are meant by.
  std::vector<const Key*> of(Oid table) const;
  std::vector<const Key*> to(Oid table) const;
  // Those by which rows of `table` or of any part of it are meant.
  std::vector<const Key*> into(Oid table) const;
  const std::vector<Key>& all() const { return keys_; }
  const std::map<Oid, Relation>& relations() const { return relations_; }

 private:
  bool holds(Oid whole, Oid leaf) const;

  std::map<Oid, Relation> relations_;  // tables and partitioned tables of every schema but the system's
  std::vector<Key> keys_;              // in the order of their making; not the copies that partitions have
};

}  // namespace guard
