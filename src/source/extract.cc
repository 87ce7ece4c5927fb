#include "source/extract.h"

#include "base/text.h"
#include "source/pieces.h"
#include "source/statements.h"

namespace source {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

Extraction extract(std::string_view bytes, Language language) {
  Extraction result;
  if (language != Language::sql) return result;
  if (bytes.find('\0') != std::string_view::npos) {
    result.problems.push_back({"this is no text: it holds a NUL byte", {}});
    return result;
  }
  if (!base::is_utf8(bytes)) {
    result.problems.push_back({"this is not UTF-8", {}});
    return result;
  }
  const std::size_t mark = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  Pieces pieces;
  pieces.copy(bytes.substr(mark), mark, {});
  find_statements(pieces.fragment(), result.problems);
  result.fragments.push_back(pieces.take());
  return result;
}

}  // namespace source
