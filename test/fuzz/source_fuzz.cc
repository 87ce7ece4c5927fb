// libFuzzer's entry to the extractor: the first byte picks the language. Built with -DPGREHEARSE_FUZZ=ON by clang, and
// run by test/soak/source_fuzz.sh; what it found interesting lies in test/fuzz/source and is replayed by unit.source.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto language = static_cast<source::Language>(data[0] % 14);
  const std::string_view code(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const source::Fragment& fragment : source::extract(code, language).fragments) {
    for (const source::Statement& statement : fragment.statements) {
      if (fragment.file_offset(statement.begin) > code.size()) std::abort();
      source::bodies(fragment, statement);
    }
  }
  return 0;
}
