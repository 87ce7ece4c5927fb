// Probes after the scripts: where do they land, and would the scripts delete what they made?
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/watch.h"
#include "contract/contract.h"
#include "rehearse/plan.h"
#include "rehearse/script_run.h"
#include "rehearse/subject.h"
#include "scratch/instance.h"

namespace rehearse {

// A row of a contract table, by table (its root) and id.
using RowId = std::pair<std::uint32_t, std::int64_t>;

// A row that a probe made.
struct LandedRow {
  Landing shown;
  std::optional<RowId> row;                          // none: its id is no whole number
  const contract::Population* population = nullptr;  // none: undeclared
  bool is_protected() const { return !population || !population->disposable; }
};

struct ProbeRun {
  std::string name;
  std::string error;  // empty: it worked
  std::vector<LandedRow> landed;
  ProbeResult result() const;
};

class ProbeTrial {
 public:
  ProbeTrial(const scratch::Instance& instance, capture::Watch& watch, const Session& session, const Subject& subject,
             const capture::KeyLookup& keys)
      : instance_(instance), watch_(watch), session_(session), subject_(subject), keys_(keys) {}

  std::vector<ProbeRun> run(const std::vector<contract::Probe>& probes);
  // Runs the scripts, and returns which rows of contract tables they delete; nullopt: they fail this time.
  std::optional<std::set<RowId>> deleted_by(const std::vector<Script>& scripts);

 private:
  template <typename Visit>
  void each_row(changeset::Op op, Visit visit);

  const scratch::Instance& instance_;
  capture::Watch& watch_;
  const Session& session_;
  const Subject& subject_;
  const capture::KeyLookup& keys_;
};

}  // namespace rehearse
