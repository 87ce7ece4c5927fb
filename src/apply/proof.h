// Whether our open transaction did to production exactly what the plan says: the proof that needs nothing of the
// server.
//
// A table is settled where the server's counters equal the planned counts, every row planned to be deleted is gone, and
// every other planned row has its image after. The planned rows were locked and had their images before, so each of
// them took at least one of the counted writes, and none is left for a row outside of the plan. Inserted rows count as
// ours where the witness does not see them. Every other table is read whole (gather.h) and compared.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "apply/comparison.h"
#include "apply/difference.h"
#include "apply/table_rows.h"
#include "apply/target.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace apply {

using TableCounts = std::map<std::string, rehearse::Counts>;  // by "schema.table"

// Those of one table; zero where it is not listed.
rehearse::Counts counts_of(const TableCounts& counts, const std::string& table);

// Rows of a net changeset by table.
TableCounts count_rows(const changeset::Reader& net);

struct Expectation {
  const changeset::Reader& planned;
  TableCounts counts;   // what the server has to have counted: the planned rows, or what a writer did for them
  RunWindow rehearsal;  // what the plan's own run made anew
};

struct Work {
  const pg::Catalog& catalog;       // of production
  TableCounts touched;              // what the server did count
  RunWindow window;                 // what this transaction may have made anew
  std::filesystem::path directory;  // for temporary files
};

class Proof {
 public:
  // Both sessions of the target are pinned.
  Proof(Target& target, const Expectation& expected, const Work& work);

  // Returns what production did otherwise: nothing, or the transaction must not be committed. Where a table had to be
  // read whole, what production really did is written to `actual`, a net changeset; else it is the plan's to the byte.
  // `suspects` are read whole in any case.
  std::vector<Difference> settle(const std::filesystem::path& actual, const std::set<std::string>& suspects = {});

  // The same where the rows that were touched are known from elsewhere, whole images in order: `touched` (captured).
  // Tables that it does not mention must not have been counted.
  std::vector<Difference> settle_by(const changeset::Reader& touched, const std::filesystem::path& actual);

  // Tables that were read whole.
  const std::set<std::string>& read_whole() const { return suspects_; }

 private:
  void suspect_by_counts();
  void suspect_by_images();
  bool as_planned(std::uint32_t index, const std::vector<changeset::Change>& changes);
  enum class Eye : bool { session, witness };
  TableRows& rows_of(Eye eye, std::uint32_t index);
  bool as_written(std::uint32_t index, const std::vector<std::string_view>& rows);
  bool absent(Eye eye, std::uint32_t index, const std::vector<std::string_view>& rows);
  changeset::Relation relation_of(const std::string& table) const;
  std::vector<Difference> compare_suspects(const changeset::Reader& raw, const std::filesystem::path& actual);

  Target& target_;
  const Expectation& expected_;
  const Work& work_;
  TableCounts planned_;
  std::set<std::string> suspects_;
  std::map<std::pair<Eye, std::uint32_t>, std::unique_ptr<TableRows>> rows_;  // by the planned relation's index
};

// The net effect of `raw` as a changeset file.
void write_net(const changeset::Reader& raw, const std::filesystem::path& directory, changeset::Writer& out);

}  // namespace apply
