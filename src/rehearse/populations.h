// To which population a changed row belongs.
//
// A row of a contract table says so itself. A row that hangs on one by foreign keys carries the population of that row
// as it was before the script or, where the script made it, as it was made; rows that the script did not touch are
// looked up in the scratch. Feed every change to observe(), then resolve() what is still open, then ask.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "changeset/change.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/subject.h"

namespace rehearse {

struct PopulationName {
  const contract::Table* table = nullptr;
  const contract::Population* declared = nullptr;  // null: a value that the contract does not know
  std::string name;
  bool nobody = false;  // of rows that hang on no row at all: they are nobody's loss
  bool is_protected() const { return !nobody && (!declared || !declared->disposable); }
};

class Populations {
 public:
  using Id = std::int32_t;
  static constexpr Id none = -1;  // the table has no populations

  explicit Populations(const Subject& subject) : subject_(subject) {}

  // Takes note of the rows that others may hang on: 40 bytes for each that has dependents. In the order of the changes.
  void observe(const changeset::Relation& relation, std::string_view before, std::string_view after);
  // The same for a row as it stood before the script; it counts for more than any change of it.
  void observe_original(const changeset::Relation& relation, std::string_view tuple);
  // Between observe() and the questions, for every image again: notes the row that `tuple` hangs on where nobody told
  // us of it.
  void expect(const changeset::Relation& relation, std::string_view tuple);
  // Looks up what expect() noted, on the scratch after the script.
  void resolve(pg::Connection& scratch, const pg::Catalog& after);

  Id of(const changeset::Relation& relation, std::string_view tuple);
  const PopulationName& name(Id id) const { return names_[static_cast<std::size_t>(id)]; }

 private:
  using Digest = base::RowHasher::Digest;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const { return digest[0]; }
  };
  // What is known of a row: its population, or the row that it hangs on in turn.
  struct Entry {
    Digest row{};
    Digest parent{};
    Id population = none;  // none: ask `parent`
  };
  // Where to find what in one version of a relation; computed once.
  struct Shape {
    const BoundTable* contract = nullptr;
    std::size_t population = 0;
    const Link* link = nullptr;
    std::vector<std::size_t> link_columns;
    struct Target {
      const Link* link = nullptr;
      std::vector<std::size_t> columns;
    };
    std::vector<Target> targets;  // what dependents refer to in its rows
  };
  struct Open {
    const Link* link = nullptr;
    std::vector<std::string> values;
  };

  const Shape& shape(const changeset::Relation& relation);
  Id intern(const contract::Table* table, const std::string& name);
  Id nobody(const contract::Table* table);
  Id of_value(const BoundTable& table, std::string_view tuple, std::size_t column);
  // Empty where one of the values is NULL: the row hangs on nothing.
  std::vector<std::string> values(std::string_view tuple, const std::vector<std::size_t>& columns) const;
  Digest digest(const Link& link, const std::vector<std::string>& values) const;
  Entry describe(const Shape& shape, std::string_view tuple);
  void observe_into(std::vector<Entry>& entries, const changeset::Relation& relation, std::string_view tuple);
  const Entry* find(const Digest& row) const;
  Id follow(const Digest& row, const contract::Table* table);
  void sort_observed();
  void look_up(pg::Connection& scratch, const pg::Catalog& after, const Link& link, const std::vector<Open>& open);
  void note_open(const Link& link, const std::vector<std::string>& values);
  const contract::Table* contract_behind(const Link& link) const;

  const Subject& subject_;
  base::RowHasher hash_;
  std::vector<PopulationName> names_;
  std::map<std::pair<const contract::Table*, std::optional<std::string>>, Id> ids_;
  std::unordered_map<const changeset::Relation*, Shape> shapes_;
  std::vector<Entry> originals_;
  std::vector<Entry> observed_;  // takes in the originals and is sorted by row once sort_observed() ran
  bool sorted_ = true;
  std::unordered_map<Digest, Entry, DigestHash> looked_up_;
  std::unordered_map<Digest, Open, DigestHash> open_;
};

}  // namespace rehearse
