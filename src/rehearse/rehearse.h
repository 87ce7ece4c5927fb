// The rehearsal: source → image → scratch → run → decode → judge.
#pragma once

#include <filesystem>
#include <vector>

#include "rehearse/ground.h"
#include "rehearse/plan.h"
#include "rehearse/script_run.h"
#include "scratch/workplace.h"

namespace rehearse {

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
