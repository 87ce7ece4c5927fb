// Existing rows that an upsert rewrote: the change stream shows them as plain updates.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/ledger.h"
#include "rehearse/nested.h"
#include "rehearse/plan.h"
#include "rehearse/tally.h"

namespace rehearse {

class Upserts {
 public:
  Upserts(const Subject& subject, const Populations& populations, StatementFacts& facts, const NestedStatements& nested)
      : populations_(populations), facts_(facts), nested_(nested), names_(subject) {}

  // True where the row was there before and an upsert changed it; it is counted then.
  bool add(const RowFacts& row);
  // By statement; at most one entry for each of its tables.
  std::map<int, std::vector<UpsertEffect>> effects() const;

 private:
  struct Group {
    std::int64_t rows = 0;
    std::set<std::string> columns;
    std::map<Populations::Id, std::int64_t> populations;
    std::vector<std::string> ids;
  };

  bool is_upsert(const RowFacts& row);

  const Populations& populations_;
  StatementFacts& facts_;
  const NestedStatements& nested_;
  RowNames names_;
  std::map<std::pair<int, std::string>, Group> groups_;
};

// Names of the columns in which two images of a row differ.
std::vector<std::string> changed_columns(const changeset::Relation& relation, std::string_view before,
                                         std::string_view after);

}  // namespace rehearse
