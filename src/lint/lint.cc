#include "lint/lint.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>

#include "source/files.h"

namespace lint {
namespace {

// Calls `work` with every number below `count`, on as many threads as there are cores. What one throws ends all.
template <typename Work>
void in_parallel(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr thrown;
  const auto loop = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      const std::scoped_lock held(lock);
      thrown = std::current_exception();
    }
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(cores, count); ++i) threads.emplace_back(loop);
    loop();
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

bool Report::clean() const {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::note; });
}

Report run(const std::vector<std::filesystem::path>& paths, const std::optional<std::string>& standard_input,
           const contract::Contract* contract, const source::Ignored& excluded) {
  source::Listing listing = source::list_files(paths, excluded);
  const std::vector<std::string>& files = listing.files;
  std::vector<source::FileResult> results(files.size());
  source::extract_files(files,
                        [&](std::size_t index, source::FileResult&& result) { results[index] = std::move(result); });
  std::erase_if(results, [](const source::FileResult& result) { return result.extraction.empty(); });
  std::move(listing.problems.begin(), listing.problems.end(), std::back_inserter(results));
  if (standard_input) results.push_back({"-", source::extract(*standard_input, source::Language::sql)});

  Tables tables(contract);
  std::vector<std::vector<Lesson>> lessons(results.size());
  in_parallel(results.size(), [&](std::size_t i) { lessons[i] = lessons_in(results[i].extraction, tables); });
  for (auto& of_file : lessons) {
    for (Lesson& lesson : of_file) tables.learn(std::move(lesson));
  }
  std::vector<std::vector<Finding>> found(results.size());
  in_parallel(results.size(), [&](std::size_t i) { found[i] = check(results[i].path, results[i].extraction, tables); });

  Report report;
  if (contract) report.contract = contract->file.string();
  report.skipped = std::move(listing.skipped);
  report.files = files.size() + (standard_input ? 1 : 0);
  for (auto& of_file : found) std::move(of_file.begin(), of_file.end(), std::back_inserter(report.findings));
  return report;
}

}  // namespace lint
