// Sums changes by table and population, and keeps a few ids.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "changeset/change.h"
#include "rehearse/plan.h"
#include "rehearse/populations.h"
#include "rehearse/subject.h"

namespace rehearse {

// The id of a row as reports show it: the contract's id column, else the primary key ("7", "3, de"), else nothing.
class RowNames {
 public:
  explicit RowNames(const Subject& subject) : subject_(subject) {}
  std::string of(const changeset::Relation& relation, std::string_view tuple);

 private:
  const Subject& subject_;
  std::map<const changeset::Relation*, std::vector<std::size_t>> columns_;
};

// One table's sum.
class TableTally {
 public:
  void add(const changeset::Change& change, Populations::Id before, Populations::Id after);
  // Counts rows that went without a change of their own (TRUNCATE, DROP).
  void add_deleted(Populations::Id population, std::int64_t rows);
  bool wants_sample(changeset::Op op);
  void add_sample(changeset::Op op, std::string id);

  bool empty() const { return counts_.total() == 0 && !truncated; }
  TableEffect effect(const Populations& populations) const;

  bool truncated = false;
  Via via = Via::statement;

 private:
  Counts& of(Populations::Id population);

  Counts counts_;
  std::vector<std::pair<Populations::Id, Counts>> by_population_;  // few; in the order met
  Samples samples_;
};

}  // namespace rehearse
