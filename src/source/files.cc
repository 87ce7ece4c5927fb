#include "source/files.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <set>

#include "base/error.h"
#include "source/ignore.h"
#include "source/wire.h"
#include "sys/contained.h"
#include "sys/file.h"

namespace source {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds longest_read{30};
// tree-sitter 0.20 corrupts its memory where more than 65,535 things are open, each of which takes a byte or more.
constexpr std::size_t surely_harmless = 60'000;

// What version control, package managers and builds put into a tree.
bool is_foreign(const std::string& name) {
  static constexpr std::array<std::string_view, 12> names = {".git",        "node_modules", ".hg",   ".svn",
                                                             "vendor",      "target",       ".venv", "venv",
                                                             "__pycache__", "build",        "dist",  ".tox"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first line of a program without an ending, which may name its interpreter; empty for others.
std::string head_of(const fs::path& path) {
  if (path.has_extension()) return {};
  std::string head(128, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

Extraction problem(const std::string& why, const std::string& instead) {
  Extraction extraction;
  extraction.problems.push_back({why, {}, instead});
  return extraction;
}

FileResult unreadable(const fs::path& path, const std::string& why) {
  return {path.string(), problem(why, "make it readable, or leave it out")};
}

// In a child: reads one file.
sys::ContainedResult work_on(const std::string& file) {
  try {
    const std::string bytes = sys::read_file(file);
    const Language language = language_of(file, std::string_view(bytes).substr(0, 128)).value_or(Language::sql);
    const Extraction extraction = extract(bytes, language);
    if (extraction.empty()) return {};
    return {pack(extraction), bytes.size() > surely_harmless};
  } catch (const base::Error& error) {
    return {pack(problem(error.message(), "make it readable, or leave it out")), false};
  }
}

std::string why(const sys::Exit& exit) {
  if (exit.signal == SIGPROF)
    return "this file holds words of SQL and takes too long to read, so that nothing in it was checked";
  return "this file holds words of SQL and is more than the parser of its language can bear (it nests too deeply, or "
         "memory ran out), so that nothing in it was checked";
}

class Lister {
 public:
  explicit Lister(const Ignored& excluded) : excluded_(excluded) {}

  void list(const fs::path& path) {
    if (is_excluded(path)) return;
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      list_directory(path, Ignored::at(path));
    } else if (fs::exists(path, unknown) && !language_of(path.string(), head_of(path))) {
      found_.skipped.push_back(path.string());
    } else {
      found_.files.push_back(path.string());
    }
  }
  Listing take() { return std::move(found_); }

 private:
  // By itself, or with a directory above it.
  bool is_excluded(const fs::path& path) const {
    std::error_code unknown;
    const fs::path whole = fs::absolute(path, unknown).lexically_normal();
    if (excluded_.names(whole, fs::is_directory(path, unknown))) return true;
    for (fs::path above = whole.parent_path(); above != above.parent_path(); above = above.parent_path()) {
      if (excluded_.names(above, true)) return true;
    }
    return false;
  }

  void list_directory(const fs::path& directory, const Ignored& ignored) {
    std::error_code failed;
    std::vector<fs::directory_entry> entries;
    for (auto entry = fs::directory_iterator(directory, failed); !failed && entry != fs::directory_iterator();
         entry.increment(failed)) {
      entries.push_back(*entry);
    }
    if (failed) {
      found_.problems.push_back(unreadable(directory, "this directory cannot be read: " + failed.message()));
    }
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
      std::error_code unknown;
      const fs::path& path = entry.path();
      const bool is_directory = entry.is_directory(unknown) && !entry.is_symlink(unknown);
      if (ignored.names(path, is_directory) || excluded_.names(path, is_directory)) continue;
      if (is_directory) {
        if (!is_foreign(path.filename().string())) list_directory(path, ignored.below(path));
      } else if (entry.is_regular_file(unknown) && language_of(path.string(), head_of(path))) {
        found_.files.push_back(path.lexically_normal().string());
      }
    }
  }

  const Ignored& excluded_;
  Listing found_;
};

// A file that was named twice, in whatever way, is one.
void keep_first(std::vector<std::string>& files) {
  std::set<fs::path> seen;
  std::erase_if(files, [&](const std::string& file) {
    std::error_code unknown;
    return !seen.insert(fs::absolute(file, unknown).lexically_normal()).second;
  });
}

}  // namespace

Listing list_files(const std::vector<std::filesystem::path>& paths, const Ignored& excluded) {
  Lister lister(excluded);
  for (const fs::path& path : paths) lister.list(path);
  Listing found = lister.take();
  if (paths.size() > 1) keep_first(found.files);
  return found;
}

void extract_files(const std::vector<std::string>& files,
                   const std::function<void(std::size_t index, FileResult&&)>& use) {
  const auto give = [&](std::size_t index, Extraction&& extraction) {
    use(index, {files[index], std::move(extraction)});
  };
  sys::do_contained(
      files.size(), longest_read,
      {.work = [&](std::size_t index) { return work_on(files[index]); },
       .done =
           [&](std::size_t index, std::string&& bytes) {
             auto extraction = unpack(bytes);
             give(index, extraction ? std::move(*extraction) : problem("reading this file failed half-way", leave_out));
           },
       .died = [&](std::size_t index, const sys::Exit& exit) { give(index, problem(why(exit), leave_out)); }});
}

}  // namespace source
