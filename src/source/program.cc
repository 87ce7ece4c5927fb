#include "source/program.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/text.h"
#include "source/extract.h"
#include "source/reader.h"
#include "source/syntax.h"

namespace source {
namespace {

// A tree takes about a microsecond for each byte; what takes longer than these is built to.
constexpr std::uint64_t shortest_limit_microseconds = 1'000'000;
constexpr std::uint64_t longest_limit_microseconds = 10'000'000;
constexpr std::uint64_t microseconds_per_byte = 5;

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
struct DeleteTree {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

}  // namespace

bool is_marked(std::string_view text) {
  constexpr std::string_view mark = "pgrehearse:";
  return base::contains_ignoring_case(text, mark);
}

std::vector<Text> texts(std::string_view bytes, Language language, std::vector<Problem>& problems,
                        std::vector<Suspect>& suspects, std::vector<Comment>& marked) {
  const std::unique_ptr<TSParser, DeleteParser> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), grammar(language));
  ts_parser_set_timeout_micros(parser.get(), std::clamp(bytes.size() * microseconds_per_byte,
                                                        shortest_limit_microseconds, longest_limit_microseconds));
  const std::unique_ptr<TSTree, DeleteTree> tree(
      ts_parser_parse_string(parser.get(), nullptr, bytes.data(), static_cast<std::uint32_t>(bytes.size())));
  if (!tree) {
    problems.push_back(
        {"this file holds words of SQL and takes too long to parse, so that nothing in it was checked", {}, leave_out});
    return {};
  }
  const TSNode root = ts_tree_root_node(tree.get());
  suspects = suspects_in_broken_parts(root, bytes);
  return texts_of(bytes, language, root, marked);
}

}  // namespace source
