// Whether our open transaction did to production exactly what the plan says: the proof that needs nothing of the
// server.
//
// A table is settled where the server's counters equal the planned counts, and each planned row was changed by us from
// its image before to its image after (planned_rows.h). Then as many versions were removed or replaced as were counted
// at most, and as many made, and none is left for a row outside of the plan. Every other table is read whole (gather.h)
// and compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apply/comparison.h"
#include "apply/difference.h"
#include "apply/target.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace apply {

using TableCounts = std::map<std::string, rehearse::Counts>;  // by "schema.table"

// Those of one table; zero where it is not listed.
rehearse::Counts counts_of(const TableCounts& counts, const std::string& table);

// Nothing can be proven of tables that were touched and are not the only ones of their name: c."a.b" and "c.a".b.
std::vector<Difference> namesakes(const pg::Catalog& catalog, const TableCounts& touched);

// Rows of a net changeset by table.
TableCounts count_rows(const changeset::Reader& net);

struct Expectation {
  const changeset::Reader& planned;
  TableCounts counts;   // what the server has to have counted: the planned rows, or what a writer did for them
  RunWindow rehearsal;  // what the plan's own run made anew
};

struct Work {
  const pg::Catalog& catalog;         // of production
  TableCounts touched;                // what the server did count
  std::set<std::uint32_t> looked_at;  // tables that it has read
  RunWindow window;                   // what this transaction may have made anew
  std::filesystem::path directory;    // for temporary files
};

class Proof {
 public:
  // Both sessions of the target are pinned, where more than settled() is asked.
  Proof(Target& target, const Expectation& expected, const Work& work);

  // Whether every table is settled; `unsettled` are those that PlannedRows says nothing of.
  bool settled(const std::set<std::string>& unsettled);

  // Where not: returns what production did otherwise: nothing, or the transaction must not be committed. Tables that
  // are not settled are read whole, and what production really did is written to `actual`, a net changeset; else it is
  // the plan's to the byte.
  std::vector<Difference> settle(const std::filesystem::path& actual);

  // The same where the rows that were touched are known from elsewhere, whole images in order: `touched` (captured).
  // Tables that it does not mention must not have been counted.
  std::vector<Difference> settle_by(const changeset::Reader& touched, const std::filesystem::path& actual);

  // Tables that were read whole.
  const std::set<std::string>& read_whole() const { return suspects_; }

 private:
  void suspect_by_counts();
  changeset::Relation relation_of(const std::string& table) const;
  std::vector<Difference> compare_suspects(const changeset::Reader& raw, const std::filesystem::path& actual);

  Target& target_;
  const Expectation& expected_;
  const Work& work_;
  TableCounts planned_;
  std::set<std::string> suspects_;
};

// The net effect of `raw` as a changeset file.
void write_net(const changeset::Reader& raw, const std::filesystem::path& directory, changeset::Writer& out);

}  // namespace apply
