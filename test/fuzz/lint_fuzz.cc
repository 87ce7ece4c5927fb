// libFuzzer's entry to the rules: the first byte picks the language of the file that they are applied to, with a
// contract and without. A file that takes longer than any file may is a failure like a crash. Built with
// -DPGREHEARSE_FUZZ=ON by clang, and run by test/soak/lint_fuzz.sh; what is worth keeping lies in test/fuzz/lint and is
// replayed by fuzz.lint.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

#include "contract/contract.h"
#include "lint/check.h"
#include "lint/sample_contract.h"
#include "source/extract.h"

namespace {

// Two judgements of one file: each takes a few seconds at most, and where the compiler counts along, some times more.
constexpr std::clock_t longest = 60 * CLOCKS_PER_SEC;

void judge(const source::Extraction& extraction, const contract::Contract* contract) {
  lint::Tables tables(contract);
  for (lint::Lesson& lesson : lint::lessons_in(extraction, tables)) tables.learn(std::move(lesson));
  for (const lint::Finding& finding : lint::check("file", extraction, tables)) {
    if (finding.line < 1 || finding.column < 1 || finding.what.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const contract::Contract contract = contract::parse(lint::sample_contract, "pgrehearse.toml");
  if (size == 0) return 0;
  const std::clock_t begin = std::clock();
  const auto language = static_cast<source::Language>(data[0] % 14);
  const source::Extraction extraction = source::extract({reinterpret_cast<const char*>(data) + 1, size - 1}, language);
  judge(extraction, &contract);
  judge(extraction, nullptr);
  if (std::clock() - begin > longest) std::abort();
  return 0;
}
