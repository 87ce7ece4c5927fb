// Files and directories that people name, searched for SQL.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "source/extract.h"
#include "source/ignore.h"

namespace source {

struct FileResult {
  std::string path;  // as reached from what was named: "src/app.py"
  Extraction extraction;
};

struct Listing {
  std::vector<std::string> files;
  std::vector<FileResult> problems;  // directories that cannot be read
  std::vector<std::string> skipped;  // named, and of no language that we read
};

// Every file of a language we read at or below `paths`, but what `excluded` names. Below a directory, what version
// control, package managers and builds put there is passed over (.git, node_modules, …), and what a .gitignore names;
// symbolic links to directories are not followed. What is named twice comes once. Never throws on a file.
Listing list_files(const std::vector<std::filesystem::path>& paths, const Ignored& excluded);

// Reads and extracts all `files` in as many child processes as there are cores, since parsers of foreign text may
// crash: a file that ends its child, or takes 30 seconds, comes with a Problem. Calls `use` for each file that has
// fragments or problems, in no particular order; `index` is that in `files`. Throws as sys::do_contained() does, which
// see.
void extract_files(const std::vector<std::string>& files,
                   const std::function<void(std::size_t index, FileResult&&)>& use);

}  // namespace source
