// A plan in one file: report, scripts and net changeset, sealed by a hash. docs/formats/plan.md specifies the bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rehearse/plan.h"
#include "rehearse/script_run.h"

namespace rehearse {

// Writes `path` whole or not at all, mode 0600; `net` is the changeset file of the net changes. Throws Error(storage).
void write_plan(const std::filesystem::path& path, const Plan& plan, const std::vector<Script>& scripts,
                const std::filesystem::path& net);

// An opened plan. The file is checked against its hash before a byte of it is believed.
class PlanFile {
 public:
  // Throws Error(input): not a plan, cut short, altered, of another version.
  explicit PlanFile(std::filesystem::path path);
  const Plan& plan() const { return plan_; }
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
  std::vector<Section> sections_;
  Plan plan_;
};

}  // namespace rehearse
