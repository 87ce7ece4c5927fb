// What a database is made of, read from its catalogs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace pg {

struct Column {
  int number = 0;  // attnum: survives renames
  std::string name;
  std::string type;
  bool not_null = false;
  bool generated = false;
  bool is_virtual = false;  // generated when it is read (PostgreSQL 18)
  bool identity = false;
};

struct Table {
  std::uint32_t oid = 0;
  std::string schema;
  std::string name;
  char kind = 'r';               // 'r' table, 'p' partitioned
  char persistence = 'p';        // 'p' permanent, 'u' unlogged
  std::uint32_t root = 0;        // topmost partitioned ancestor, or own oid
  std::vector<Column> columns;   // live columns, by number
  std::vector<int> primary_key;  // column numbers, in key order
  std::int64_t estimated_rows = -1;
  std::string qualified() const { return schema + "." + name; }
  const Column* column(std::string_view name) const;
};

struct ForeignKey {
  std::uint32_t oid = 0;
  std::string name;
  std::uint32_t table = 0;   // referencing
  std::uint32_t target = 0;  // referenced
  std::vector<int> columns;  // of the referencing table
  std::vector<int> target_columns;
  char on_delete = 'a';  // 'a' no action, 'r' restrict, 'c' cascade, 'n' set null, 'd' set default
  char on_update = 'a';
};

struct Sequence {
  std::uint32_t oid = 0;
  std::string schema;
  std::string name;
  std::int64_t last_value = 0;
  bool is_called = false;
  std::int64_t increment = 1;
  std::int64_t cache = 1;         // numbers that a session takes at once
  std::uint32_t owner_table = 0;  // table whose default or identity draws from it; 0: none
  std::string qualified() const { return schema + "." + name; }
  // The number that the next draw gives; the last one of all where there is none after it.
  std::int64_t next() const {
    std::int64_t number = last_value;
    return is_called && !__builtin_add_overflow(last_value, increment, &number) ? number : last_value;
  }
};

struct Catalog {
  // Of user schemas: not pg_*, information_schema, pgrehearse; no temporary ones.
  std::map<std::uint32_t, Table> tables;
  std::vector<ForeignKey> foreign_keys;
  std::map<std::uint32_t, Sequence> sequences;
  // One entry for every object whose definition a script can change: tables with their columns, indexes, constraints,
  // triggers, functions, views, types, policies, schemas, roles, grants, …. The key is what it is and its name without
  // quotes: "table public.users", "column public.users.name", "index public.by_name", "constraint
  // public.users.users_pkey", "function public.f(integer)", "role app", "membership GROUP.MEMBER"; the value differs
  // when the definition does. Not in it: what an extension owns, temporary objects, schema pgrehearse,
  // publications and event triggers named pgrehearse*, persistence and replica identity.
  std::map<std::string, std::string> definitions;

  const Table* find(std::string_view schema, std::string_view name) const;
};

// Reads them as the connected role sees them (superuser on a scratch sees all), in one read-only snapshot. Types in
// columns and definitions are qualified whatever the search path. Not inside a transaction. Roles' settings and the
// options of foreign servers and user mappings, which may hold secrets, are digests that can be compared within one
// process only.
Catalog read_catalog(Connection& connection);

// Equal text: tables, columns, keys, types and sequences (not their values) are what they were. A millisecond, where
// read_catalog() takes thirty. Other definitions may differ.
std::string catalog_state(Connection& connection);

// Sequences alone: they move outside of transactions, and are read often. One that may not be read counts as never
// drawn from.
std::map<std::uint32_t, Sequence> read_sequences(Connection& connection);

// The table that `name` ("users", "app.users", quoted parts allowed) means under the connection's search path; 0: none.
// Throws Error(contract) where the text cannot be a name, as far as the server's version tells.
std::uint32_t resolve_table(Connection& connection, const std::string& name);
std::uint32_t resolve_sequence(Connection& connection, const std::string& name);

}  // namespace pg
