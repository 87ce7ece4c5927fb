// pgrehearse.toml: what a team promises about its tables. A value; parsing it touches no database.
//
// The file's shape is specified in docs/formats/contract.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/backups.h"

namespace contract {

// A closed range of ids; an open end is the limit of int64.
struct IdRange {
  static constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

  std::int64_t low = lowest;
  std::int64_t high = highest;
  bool contains(std::int64_t id) const { return low <= id && id <= high; }
  std::string text() const;  // "1..4503599627370495", "..-1", "7"
};

// "A..B", "A..", "..B", "A" (a single id). Throws Error(contract).
IdRange parse_id_range(std::string_view text);

// The ids a population may hold: any of the ranges; no ranges at all means every id.
struct IdSpace {
  std::vector<IdRange> ranges;
  bool contains(std::int64_t id) const;
  std::optional<IdRange> overlap(const IdSpace& other) const;  // the first range both hold, if any
  std::string text() const;                                    // "1..9, 20.."
};

// Where a population's ids come from: a sequence, its value negated where `negated` ("-web_user_id_seq").
struct Mint {
  std::string sequence;  // as written: "seq" or "schema.seq"
  bool negated = false;
};

struct Population {
  std::string name;  // the value of the population column
  IdSpace ids;
  bool disposable = false;  // test data: may be deleted
  std::optional<Mint> minted_by;
  std::vector<std::string> overlaps;  // populations whose id space may overlap this one (declared so)
  int line = 0;                       // in the contract file, from 1
};

struct Table {
  std::string name;                     // as written: "users" or "schema.users"
  std::string id;                       // the id column
  std::string population;               // the population column
  std::vector<Population> populations;  // in the order of the file
  int line = 0;
  int id_line = 0;
  int population_line = 0;

  const Population* find(std::string_view population) const;
  const Population* holder(std::int64_t id) const;  // the first whose declared id space holds this id
};

struct Probe {
  std::string name;
  std::string sql;  // exactly one of the two is set
  std::string command;
  int line = 0;
};

struct Budget {
  std::optional<std::int64_t> rows;  // more rows changed than this break the contract
};

struct Contract {
  std::filesystem::path file;         // empty: no contract
  std::string hash;                   // SHA-256 of the file's bytes, hex; empty: no contract
  std::string database_url;           // `env:NAME` already resolved; empty where not given
  std::string database_url_variable;  // NAME where it was `env:NAME` and that variable is not set
  std::vector<Table> tables;
  std::vector<Probe> probes;
  Budget budget;
  Backups backups;
  std::vector<std::string> lint_excludes;  // files that lint leaves out, as a .gitignore beside the contract names them
};

// Reads and checks a contract. Throws Error(contract) with "FILE:LINE: …": syntax errors, unknown keys (with the
// nearest known one), wrong types, id spaces of one table that overlap without being declared so, duplicate
// populations, a mint outside its own space's sign, a probe with both or neither of sql and command.
Contract load(const std::filesystem::path& file);
Contract parse(std::string_view text, const std::filesystem::path& file);

// pgrehearse.toml in `directory` or the nearest directory above it, as far as the root or a .git; nullopt: none.
std::optional<std::filesystem::path> find_contract(const std::filesystem::path& directory);

}  // namespace contract
