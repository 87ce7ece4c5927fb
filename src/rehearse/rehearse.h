// The rehearsal: source → image → scratch → run → decode → judge.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "rehearse/plan.h"
#include "rehearse/script_run.h"
#include "scratch/instance.h"
#include "scratch/workplace.h"

namespace rehearse {

struct Options {
  std::string source;                             // SOURCE; empty: the contract's database, then the PG* environment
  std::optional<std::filesystem::path> contract;  // unset: none
  std::vector<std::string> scripts;               // files, in order
  std::vector<std::string> commands;              // --exec, after them
  std::string role;                               // empty: the source's
  std::optional<base::Seconds> max_age;           // of an image that is no longer the source's state
  scratch::Isolation isolation = scratch::Isolation::required;
};

// What came out of it, with the net changeset in a file that lives as long as this object.
struct Rehearsal {
  Plan plan;
  std::vector<Script> scripts;
  scratch::Workplace directory;
  std::filesystem::path net;
};

// Runs the whole of it. The source is only read. Throws base::Error for what could not be done; a script that fails is
// not an error but a finding.
Rehearsal rehearse(const Options& options);

}  // namespace rehearse
