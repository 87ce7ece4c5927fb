#include "source/files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "sys/file.h"

namespace source {
namespace {

namespace fs = std::filesystem;

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

FileResult unreadable(const fs::path& path, const std::string& why) {
  FileResult result{path.string(), {}};
  result.extraction.problems.push_back({why, {}});
  return result;
}

void list_directory(const fs::path& directory, std::vector<std::string>& files, std::vector<FileResult>& problems) {
  std::error_code failed;
  std::vector<fs::directory_entry> entries;
  for (auto entry = fs::directory_iterator(directory, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed)) {
    entries.push_back(*entry);
  }
  if (failed) problems.push_back(unreadable(directory, "this directory cannot be read: " + failed.message()));
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    std::error_code ignored;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
      if (!is_foreign(entry.path().filename().string())) list_directory(entry.path(), files, problems);
    } else if (entry.is_regular_file(ignored) && language_of(entry.path().string(), head_of(entry.path()))) {
      files.push_back(entry.path().lexically_normal().string());
    }
  }
}

}  // namespace

std::vector<std::string> list_files(const std::vector<std::filesystem::path>& paths,
                                    std::vector<FileResult>& problems) {
  std::vector<std::string> files;
  for (const fs::path& path : paths) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      list_directory(path, files, problems);
    } else {
      files.push_back(path.string());
    }
  }
  return files;
}

void extract_files(const std::vector<std::string>& files,
                   const std::function<void(std::size_t index, FileResult&&)>& use) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        const std::string bytes = sys::read_file(files[i]);
        use(i, {files[i], extract(bytes, language_of(files[i], bytes.substr(0, 128)).value_or(Language::sql))});
      } catch (const base::Error& error) {
        use(i, unreadable(files[i], error.message()));
      }
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 1; i < std::min(cores, files.size()); ++i) threads.emplace_back(work);
  work();
}

}  // namespace source
