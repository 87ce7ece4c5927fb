// What a changeset is going to do to which tables, before any of it is done.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apply/uniques.h"
#include "apply/writer.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace apply {

// Columns of `table` that the changes know nothing of, generated ones aside: they were added since.
std::vector<const pg::Column*> added_columns(const pg::Table& table, const changeset::Relation& relation);

// What rows that come to `table` meet that has been altered since the changes were made, a sentence each: types are
// others, columns were added. `types`: its column_types().
std::vector<std::string> alterations(const pg::Table& table, const changeset::Relation& relation,
                                     const std::vector<std::string>& types);

struct SurveyedTable {
  const pg::Table* table = nullptr;
  rehearse::Counts counts;
  std::set<std::string> updated;  // columns that updates change
  bool any_written_anew = false;
};

class Survey {
 public:
  // Reads all of `net`. `anew`: in tables of whose oids it is true, an update that changes a column of one of
  // `uniques`, or an identity, is done as deletion and insertion, because such values may be handed round among rows;
  // not in a table that has columns the changes know nothing of, whose contents would be lost. Throws Error(refused)
  // where a table does not exist, or holds no rows of its own. `catalog` must outlive it.
  using Anew = std::function<bool(std::uint32_t)>;
  Survey(const changeset::Reader& net, const pg::Catalog& catalog, const std::vector<Unique>& uniques, const Anew& anew,
         Way way = Way::forth);

  const std::map<std::string, SurveyedTable>& tables() const { return tables_; }  // by "schema.table"
  const SurveyedTable& at(const changeset::Relation& relation) const { return tables_.at(relation.qualified()); }
  const SurveyedTable* by_oid(std::uint32_t oid) const;
  // Whether an update is done as deletion and insertion.
  bool written_anew(const changeset::Relation& relation, const changeset::Change& change) const;

 private:
  struct Handed {
    bool always = false;
    std::set<std::string> columns;
  };

  SurveyedTable& enter(const changeset::Relation& relation, const pg::Catalog& catalog,
                       const std::vector<Unique>& uniques, const Anew& anew);

  std::map<std::string, SurveyedTable> tables_;
  std::map<std::string, Handed> handed_;  // what tells an update that is done anew
};

}  // namespace apply
