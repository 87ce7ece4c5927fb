// What goes when disposable rows go: they themselves, and every row that hangs on them by foreign keys.
//
// Read within one snapshot, level by level along the keys, and kept as row places (16 bytes each): cycles, rows that
// hang on two parents, and partitions are all followed to their ends. Nothing is written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "guard/bind.h"
#include "guard/keys.h"
#include "guard/test_population.h"
#include "pg/connection.h"

namespace guard {

// Where a row lies: its table (a leaf, where there are partitions), and block << 16 | item within it.
struct Place {
  Oid table = 0;
  std::uint64_t item = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

enum class Fate {
  own,      // its own population is disposable
  cascade,  // hangs on such a row, whose deletion takes it
  first,    // hangs on such a row by a key that would refuse: is deleted before it
  loses,    // stays, and its reference becomes NULL or its default
};

// Rows of one table and population that meet the same fate.
struct Going {
  std::string table;  // schema.table, the partitioned one
  std::string population;
  Fate fate = Fate::own;
  std::int64_t rows = 0;
};

// Rows that no clean-up may touch, and would.
struct Hindrance {
  std::string table;
  std::string population;
  std::int64_t rows = 0;
  std::string message;
  std::vector<std::string> ids;  // a few; of contract tables
};

// "1 row of public.users (oauth: 7) would be deleted by constraint …".
std::string sentence(const Hindrance& hindrance);

// Disposable rows where no test data is made: a protected population may have such ids, or their own may not. Made by
// hand, or a real person whose population an upsert rewrote: only people can tell which.
struct Outside {
  std::string table;
  std::string population;
  std::string holder;  // the protected population whose id space it is; empty: none has it
  std::string space;   // the ids of that one, or those of their own that they are not among
  std::int64_t rows = 0;
  std::vector<std::string> ids;  // a few
  std::string give_back;         // the statement that makes the first of them what it may have been
};

// "1 row of test in public.users lies in the id space of telegram (1..4503599627370495): 7".
std::string sentence(const Outside& outside);

class Dependents {
 public:
  // In a transaction of isolation level REPEATABLE READ, whose snapshot it reads.
  Dependents(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& seeds);

  const Keys& keys() const { return keys_; }
  std::vector<Going> going() const;
  const std::vector<Hindrance>& hindrances() const { return hindrances_; }
  const std::vector<Outside>& outside() const { return outside_; }

  // By leaf: rows that go, and references that are lost.
  std::map<Oid, std::int64_t> deletions() const;
  const std::map<Oid, std::int64_t>& losses() const { return losses_; }
  // Tables with rows that go, those that refer to others first.
  std::vector<Oid> order() const;
  // Rows that have to be deleted one by one, of a table that order() names: leaf and places, as an array of tid.
  std::vector<std::pair<Oid, std::string>> rows_to_delete(Oid table) const;
  // All that go: leaf and places.
  std::vector<std::pair<Oid, std::string>> rows_that_go() const;
  // Is it, or hangs it on, a table of the contract?
  bool concerns(Oid table) const;

 private:
  struct Row {
    std::size_t population = 0;  // index into names_
    Fate fate = Fate::own;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const { return place.item * 0x9E3779B97F4A7C15U ^ place.table; }
  };
  using Places = std::map<Oid, std::vector<std::uint64_t>>;

  std::vector<pg::Row> ask(Oid table, const std::string& sql, const std::vector<pg::OptionalText>& values);
  void seed(const TestPopulation& population);
  void look_where_it_is(const TestPopulation& population, std::int64_t id);
  void follow(const Key& key, Oid parent, const std::vector<std::uint64_t>& items, Places& next);
  void meet(const Key& key, const Place& child, std::size_t population, Places& next);
  void look_for_other_parents();
  void look_above(Oid table, const std::vector<std::uint64_t>& items);
  void hinder(Oid table, const std::string& population, const std::string& message, const std::string& id);
  std::size_t intern(const std::string& name);
  const BoundTable* contract_table(Oid table) const;
  static bool disposable(const BoundTable& table, const pg::OptionalText& population);

  pg::Connection& connection_;
  const Bound& bound_;
  const Keys keys_;
  std::vector<std::string> names_;  // of populations
  std::unordered_map<Place, Row, Hash> rows_;
  std::map<Oid, std::int64_t> losses_;
  std::vector<Hindrance> hindrances_;
  std::vector<Outside> outside_;
  std::unordered_map<Place, std::vector<Place>, Hash> below_;  // parents outside, and the rows that hang on them
};

}  // namespace guard
