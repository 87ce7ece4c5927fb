// A plan opened to be done.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apply/preflight.h"
#include "changeset/file.h"
#include "rehearse/plan_file.h"
#include "sys/file.h"

namespace apply {

// The script's statements or, for a plan of a program, the rows themselves. Its parts live as long as the apply.
struct Job {
  rehearse::PlanFile file;
  std::vector<std::string> scripts;
  OneTransaction transaction;
  sys::TemporaryDirectory directory;
  std::unique_ptr<changeset::Reader> planned;

  explicit Job(const std::filesystem::path& path) : file(path), scripts(file.scripts()) {
    file.extract_changeset(directory.path() / "planned");
    planned = std::make_unique<changeset::Reader>(directory.path() / "planned");
  }
  const rehearse::Plan& plan() const { return file.plan(); }
};

}  // namespace apply
