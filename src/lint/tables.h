// Which tables the rules are about, and what is known of each: from the contract, and from CREATE TABLE statements read
// along the way.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/contract.h"
#include "lint/node.h"
#include "sql/names.h"

namespace lint {

// What CREATE TABLE and ALTER TABLE … ADD PRIMARY KEY say of a table.
struct Definition {
  bool complete = false;             // a CREATE TABLE was seen whose columns are all written out
  std::vector<std::string> columns;  // in their order
  std::vector<std::string> key;      // of the primary key; empty and complete: there is none
  std::set<std::string> key_names;   // constraints on exactly the key's columns
};

// A constraint that may be about a table's key.
struct KeyConstraint {
  bool primary = false;  // else it is UNIQUE
  std::string name;      // empty: none is given
  std::vector<std::string> columns;
};

// What one CREATE TABLE, or an ALTER TABLE that adds constraints, tells of its table.
struct Lesson {
  std::string table;  // without schema
  bool creates = false;
  Definition definition;  // of the created one, its key left out
  std::vector<KeyConstraint> constraints;
};

// A table that the rules protect. Lives as long as the Tables it came from.
struct Target {
  std::string name;                        // as the contract or the statement writes it
  std::vector<std::string> ids;            // columns that hold the id: the contract's one, or those that may be it
  std::string population;                  // its column; empty without a contract
  const contract::Table* table = nullptr;  // null without a contract
  const Definition* definition = nullptr;

  bool is_id(std::string_view column) const;
  bool is_population(std::string_view column) const { return !population.empty() && column == population; }
  // True where the value is that of a population declared disposable.
  bool is_disposable(std::string_view value) const;
  // True for a constraint that, by its name or by its definition, is about the id alone.
  bool is_id_constraint(std::string_view name) const;
};

// What a name means where a catalog knows it, and not its spelling alone.
struct Meaning {
  const contract::Table* table = nullptr;  // whose rows it names; null: none of the contract's
  std::string id, population;              // as it calls these columns; empty: it does not show them
};

struct Names {
  // Of a schema (empty: none is written) and a name; nullopt: nothing is known of it.
  std::function<std::optional<Meaning>(std::string_view schema, std::string_view name)> find;
  std::vector<std::string> all;  // of which it knows something
};

// Not for several threads while it learns.
class Tables {
 public:
  // `contract` may be null and must outlive this.
  explicit Tables(const contract::Contract* contract, Names names = {});

  bool has_contract() const { return contract_ != nullptr; }
  const contract::Contract* contract() const { return contract_; }

  // A table of the contract, by its name as the server understands it.
  struct Declared {
    const contract::Table* table = nullptr;
    sql::TableName name;
  };
  const std::vector<Declared>& declared() const { return declared_; }

  // What CREATE TABLE and ALTER TABLE … ADD PRIMARY KEY in `tree` tell; from any thread, while nobody learns.
  void read_lessons(const PgQuery__ParseResult& tree, std::vector<Lesson>& lessons) const;
  void learn(Lesson&& lesson);
  // False where a statement's text, as a fast look tells, cannot teach anything.
  bool may_teach(std::string_view statement) const;

  // The table as the rules see it; nullopt: they are not about it. With a contract: its tables, by their own schema, or
  // by none, or by "public" where the contract names none. Without: every table but those known to have no primary key.
  std::optional<Target> find(std::string_view schema, std::string_view name) const;
  std::optional<Target> find(const PgQuery__RangeVar* table) const;
  // False where `text` names none of them, as a fast look tells. Without a contract it may always.
  bool may_be_named_in(std::string_view text) const;

  // The contract table that draws ids from this sequence: by `minted_by`, or as PostgreSQL names a column's own.
  const contract::Table* minted_from(std::string_view schema, std::string_view sequence) const;

 private:
  void read_table(const PgQuery__CreateStmt& create, std::vector<Lesson>& lessons) const;

  std::optional<Target> find_declared(std::string_view schema, std::string_view name, Target target) const;

  const contract::Contract* contract_;
  std::vector<Declared> declared_;
  Names names_;
  std::map<std::string, Definition, std::less<>> definitions_;  // by name without schema
};

}  // namespace lint
