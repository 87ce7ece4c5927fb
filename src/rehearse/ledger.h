// From the recording to effects: by statement as it happened, and net, with populations.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/compare.h"
#include "rehearse/nested.h"
#include "rehearse/plan.h"
#include "rehearse/populations.h"
#include "rehearse/recording.h"
#include "rehearse/statement_facts.h"
#include "rehearse/subject.h"
#include "rehearse/tally.h"

namespace rehearse {

// A row change with all that is known about it.
struct RowFacts {
  const changeset::Relation& relation;
  const changeset::Change& change;
  Populations::Id before = Populations::none;  // population of the image, none where there is none
  Populations::Id after = Populations::none;
  Via via = Via::statement;
  std::string_view root;  // "schema.table" of the partitioned table, or of the table itself
};
using RowVisitor = std::function<void(const RowFacts&)>;

struct LedgerInput {
  const Subject& subject;
  Populations& populations;
  const pg::Catalog& before;
  const pg::Catalog& after;
  const Recording& recording;
  StatementFacts& facts;
  const NestedStatements& nested;
  std::filesystem::path directory;  // for the files that it makes
};

// The passes over the recording, in their order.
class Ledger {
 public:
  // Statements that are reported one by one; what later ones did is in the net effects alone. A script may hold a
  // million.
  static constexpr std::size_t statements_limit = 10'000;

  explicit Ledger(LedgerInput input);

  // Compares the tables that need it; `earlier` is asked only for them, and one that it does not know is left out.
  void compare(const EarlierRows& earlier, pg::Connection& after);
  // The tables that were left out so: nothing is known of what changed in them.
  const std::vector<pg::Table>& uncompared() const { return uncompared_; }
  // Asks the scratch for the populations of rows that nobody touched.
  void resolve(pg::Connection& after);
  // Sums by statement. `visit` sees every change of the stream in order.
  void sum_statements(const RowVisitor& visit);
  // Writes the net changeset to directory/net and sums it. `visit` sees every net change.
  void sum_net(const RowVisitor& visit);

  std::vector<TableEffect> effects() const;
  // The first `ran` statements, those without effects too, up to the limit.
  std::vector<StatementEffect> statements(std::size_t ran) const;
  bool statements_left_out() const { return left_out_; }
  std::filesystem::path net_path() const { return input_.directory / "net"; }

 private:
  using Standing = std::map<Populations::Id, std::int64_t>;
  struct Totals {
    std::string root;
    std::uint32_t rank = 0;
    std::uint32_t statement = 0;  // the one that it is of, or was of last
    TableTally tally;
  };
  using Key = std::pair<std::uint32_t, std::string>;  // statement, table

  bool compared(const changeset::Relation& relation) const { return compared_.contains(relation.oid); }
  RowFacts facts_of(const changeset::Relation& relation, const changeset::Change& change);
  Via via(const changeset::Relation& relation, std::uint32_t statement, changeset::Op op);
  bool named(const changeset::Relation& relation, const sql::Facts& facts) const;
  bool by_cascade(const changeset::Relation& relation, std::uint32_t statement, changeset::Op op) const;
  void count_standing();
  void move_standing(const RowFacts& row);
  void empty_standing(const changeset::Relation& relation, std::uint32_t statement, bool truncated);
  void apply_drops(std::uint32_t until);
  void add(Totals& totals, const RowFacts& row);
  Totals& statement_totals(const changeset::Relation& relation, std::uint32_t statement, changeset::Op op);
  Totals& net_totals(const changeset::Relation& relation);
  void fold(const changeset::Reader& reader, bool of_comparison, changeset::Writer& net, const RowVisitor& visit);
  void mark_truncated();
  std::string root_name(const changeset::Relation& relation) const;
  std::uint32_t rank(const changeset::Relation& relation) const;

  LedgerInput input_;
  RowNames names_;
  changeset::Reader stream_;
  std::unique_ptr<changeset::Reader> comparison_;             // none: nothing had to be compared
  std::vector<std::unique_ptr<changeset::Relation>> shapes_;  // of the comparison; other objects point at them
  std::set<std::uint32_t> compared_;                          // tables whose net rows come from the comparison
  std::vector<pg::Table> uncompared_;
  std::map<std::uint32_t, Standing> standing_;  // rows of compared tables at this point, by population
  std::vector<const Note*> drops_;              // not applied yet, in order
  std::map<Key, Totals> by_statement_;  // beyond the limit: one entry for each table, under statement UINT32_MAX
  bool left_out_ = false;
  std::set<std::pair<std::uint32_t, std::uint32_t>> changed_roots_;  // (statement, root oid)
  std::map<std::string, Totals> net_;
};

}  // namespace rehearse
