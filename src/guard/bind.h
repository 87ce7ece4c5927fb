// A contract bound to a live database: its names resolved, its columns looked at, its privileges checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "pg/connection.h"

namespace guard {

// How the values of the population column are written.
enum class Kind { text, boolean, other };

struct BoundColumn {
  int number = 0;    // attnum
  std::string name;  // as the catalog has it, without quotes
  std::string type;  // "bigint", "source": as people write it
  std::string base;  // below all domains, as pg_type names it: "int8", "text"
  // The same as SQL writes it, qualified: a cast to it runs no domain's CHECK, which may call anything.
  std::string base_type;
  bool not_null = false;
  std::string quoted() const { return pg::quote_identifier(name); }
};

// A contract table as the database has it.
struct BoundTable {
  const contract::Table* declared = nullptr;
  std::uint32_t oid = 0;
  bool partitioned = false;
  bool schema_leads = true;  // the search path, so that the contract may name what is in it without the schema
  std::string schema;
  std::string name;
  BoundColumn id;
  BoundColumn population;
  Kind kind = Kind::text;  // of the population column

  std::string qualified() const { return schema + "." + name; }             // for people: public.users
  std::string quoted() const { return pg::quote_qualified(schema, name); }  // for SQL
  contract::IdRange fitting_ids() const;                                    // that the id's type can hold
  // SQL for the id as int8 whatever the column is: what a numeric holds beyond that lies at the end of the line.
  std::string id_number() const;
  // SQL for the population as the contract writes it: 't' and 'f' for booleans, the text of anything else.
  std::string population_text(std::string_view alias = {}) const;
  // A value of the population column as the contract writes it: "true" is 't'.
  std::string canonical(const std::string& value) const;
  // Such a value as the contract spells it, for people.
  std::string spelt(const std::string& value) const;
  // Where test ids are out of everybody's way, as far as the id's type has room.
  contract::IdRange test_ids() const;
  // The declared population of that name, as population_text() gives it; null: undeclared.
  const contract::Population* find(const std::string& value) const;
};

// A sequence that mints a population's ids.
struct BoundMint {
  std::size_t table = 0;  // index into Bound::tables
  const contract::Population* population = nullptr;
  std::uint32_t sequence = 0;
};

struct Bound {
  std::vector<BoundTable> tables;  // in the order of the contract
  std::vector<BoundMint> mints;
};

// Resolves the contract's names under the connection's search path. Throws Error(contract) with file and line where the
// two disagree: a table, column or sequence that does not exist, a view, an id that is no whole number. `contract` must
// outlive the result.
//
// A migration may still have to make a population column and sequences: where they `may_be_absent`, they have the
// number and the oid 0.
enum class Absent { refused, may_be_absent };
Bound bind(const contract::Contract& contract, pg::Connection& connection, Absent absent = Absent::refused);

// Throws Error(contract) where the contract names no table, and `command` has nothing to do.
void require_tables(const contract::Contract& contract, std::string_view command);

// Throws Error(server), with the GRANT statements that would help, where the connected role may not read the bound
// tables and sequences, or row-level security would hide rows from it.
void require_privileges(const Bound& bound, pg::Connection& connection);

}  // namespace guard
