// A plan is done to production, exactly as it was rehearsed, or nothing is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/difference.h"
#include "apply/preflight.h"
#include "apply/target.h"
#include "rehearse/plan.h"

namespace apply {

enum class ProofKind { decoded, locked_rows, captured };
std::string_view name(ProofKind kind);  // "decoded", "locked-rows", "captured"

struct Options {
  std::filesystem::path plan;
  pg::Parameters target;
  bool execute = false;
  std::optional<ProofKind> proof;  // unset: decoded where the server offers it, else locked-rows
  Limits limits;
  PlanPolicy policy;
  std::filesystem::path state;  // where records are kept; empty: RecordStore's own place
};

// What became of it. A value.
struct Outcome {
  bool applied = false;
  bool executed = false;   // it was asked for; else this is what an apply would find
  bool could_not = false;  // not refused: something (locks, the server) stood in the way
  std::string id;          // of the record; empty: nothing was run
  ProofKind proof = ProofKind::locked_rows;
  std::string proof_note;  // why not the stronger one, half a sentence; or empty
  std::string target;      // for people
  rehearse::Counts rows;   // planned
  std::vector<Reason> reasons;
  std::vector<Difference> differences;
  std::vector<std::string> notes;            // a sentence each
  std::string message;                       // what happened, a sentence
  std::string remedy;                        // what to do about it, where that is not said by reasons and differences
  std::string left = "nothing was changed";  // what an apply that was not committed left behind, a sentence
  bool show_rows = false;                    // reports show column values, too

  bool refused() const { return !reasons.empty() || !differences.empty(); }
};

// Throws base::Error for what could not be done at all: an unreadable plan, an unreachable server, no room for the
// record. In every case but Outcome::applied production is as it was, save for numbers that were drawn from sequences.
// An error leaves in `outcome` what was known until then, the id of the apply among it.
void apply(const Options& options, Outcome& outcome);

}  // namespace apply
