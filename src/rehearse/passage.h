// What runs on a scene between two moments, decoded into effects and judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pg/catalog.h"
#include "rehearse/judge.h"
#include "rehearse/ledger.h"
#include "rehearse/nested.h"
#include "rehearse/plan.h"
#include "rehearse/populations.h"
#include "rehearse/recording.h"
#include "rehearse/scene.h"
#include "rehearse/script_run.h"
#include "rehearse/statement_facts.h"

namespace rehearse {

struct PassageInput {
  Scene& scene;
  const std::vector<Script>& scripts;  // what the statements that ran are of
  const pg::Catalog& before;           // catalog and sequences as they stand when the passage begins
  std::filesystem::path directory;     // for its files; those of an earlier passage are overwritten
  bool follows = false;                // another passage of this scene was decoded, and nobody did anything since
};

// How what happened is to be read.
struct Decoding {
  // Knows the rows of tables that have to be compared whole; what it does not know is left out of the effects.
  EarlierRows earlier;
  RowVisitor visit;  // sees every change of the stream in order
  // Sequences that nobody set are known to have moved by drawing from them, and are not held against the rows.
  bool only_draws = false;
  // What pg::catalog_state() said of the catalog before; where it still says so, that catalog is taken for the one
  // after, with the sequences of now. It is brought up to date. Null: the catalog is read.
  std::string* state = nullptr;
};

// First run(), or runner() by hand; then decode(), once. Nothing else may write to the database meanwhile.
class Passage {
 public:
  explicit Passage(PassageInput input);
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  ScriptRunner& runner() { return runner_; }
  const ScriptRunner& runner() const { return runner_; }
  Marks& marks() { return marks_; }
  // Throws Error(storage) where the scripts took the server down, as a full disk does.
  void run();

  // Reads what happened, sums it up and judges rows, tables and sequences.
  void decode(const Decoding& how);
  // Adds what the scripts' end says: failures, transactions left open, the budget. After decode().
  void conclude();

  // After decode().
  const pg::Catalog& after() const { return after_; }
  pg::Catalog take_after() { return std::move(after_); }
  const capture::KeyLookup& keys() const { return keys_; }
  const Recording& recording() const { return recording_; }
  Judge& judge() { return judge_; }
  const Populations& populations() const { return populations_; }
  const std::vector<TableEffect>& effects() const { return effects_; }
  const std::vector<StatementEffect>& statements() const { return statements_; }
  const std::vector<SequenceMove>& sequences() const { return sequences_; }
  const std::optional<Failure>& failure() const { return failure_; }  // with what it left
  const std::vector<CatalogChange>& catalog_changes() const { return catalog_changes_; }
  const Ledger& ledger() const { return *ledger_; }
  Counts totals() const;

 private:
  pg::Catalog read_after(std::string* state) const;
  std::string what_is_left() const;

  PassageInput input_;
  NestedStatements nested_;
  ScriptRunner runner_;
  Marks marks_;
  Populations populations_;
  Recording recording_;
  StatementFacts facts_;
  Judge judge_;
  pg::Catalog after_;
  capture::KeyLookup keys_;
  std::optional<Ledger> ledger_;
  std::vector<TableEffect> effects_;
  std::vector<StatementEffect> statements_;
  std::vector<SequenceMove> sequences_;
  std::vector<CatalogChange> catalog_changes_;
  std::optional<Failure> failure_;
};

}  // namespace rehearse
