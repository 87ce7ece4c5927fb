// A plan in one file: report, scripts and net changeset, sealed by a hash. docs/formats/plan.md specifies the bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rehearse/plan.h"
#include "rehearse/script_run.h"
#include "sys/fd.h"

namespace rehearse {

// Writes `path` whole or not at all, mode 0600; `net` is the changeset file of the net changes. Throws Error(storage).
void write_plan(const std::filesystem::path& path, const Plan& plan, const std::vector<Script>& scripts,
                const std::filesystem::path& net);

// An opened plan. The file is checked against its hash before a byte of it is believed, and stays open: whatever takes
// its name meanwhile is never read. Whoever must not be deceived by somebody who writes into the file gives it a copy.
class PlanFile {
 public:
  // Throws Error(input): not a plan, cut short, altered, of another version. `copy`: where to copy the file to first,
  // mode 0600, to check and read the copy in its place; empty: nowhere. Throws Error(storage) where it does not fit.
  explicit PlanFile(std::filesystem::path path, const std::filesystem::path& copy = {});
  const Plan& plan() const { return plan_; }
  // SHA-256 of all its bytes, hex.
  const std::string& sha256() const { return sha256_; }
  // The scripts' bytes as they were rehearsed, in order; a command's text for --exec, secrets masked.
  std::vector<std::string> scripts() const;
  // Copies the net changeset out to `to`.
  void extract_changeset(const std::filesystem::path& to) const;

 private:
  struct Section {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::string read(const Section& section) const;

  std::filesystem::path path_;
  sys::Fd fd_;
  std::string sha256_;
  std::vector<Section> sections_;
  Plan plan_;
};

}  // namespace rehearse
