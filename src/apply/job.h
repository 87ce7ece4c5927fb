// A plan opened to be done.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apply/preflight.h"
#include "apply/work_place.h"
#include "changeset/file.h"
#include "rehearse/plan_file.h"

namespace apply {

// The script's statements or, for a plan of a program, the rows themselves. Its parts live as long as the apply.
struct Job {
  WorkPlace directory;
  rehearse::PlanFile file;  // our own copy: nobody can put another plan in its place
  std::vector<std::string> scripts;
  OneTransaction transaction;
  std::unique_ptr<changeset::Reader> planned;

  Job(const std::filesystem::path& path, WorkPlace place)
      : directory(std::move(place)), file(path, plan_copy()), scripts(file.scripts()) {
    file.extract_changeset(directory.path() / "planned");
    planned = std::make_unique<changeset::Reader>(directory.path() / "planned");
  }
  std::filesystem::path plan_copy() const { return directory.path() / "plan"; }
  const rehearse::Plan& plan() const { return file.plan(); }
};

}  // namespace apply
