#include "source/broken.h"

#include <algorithm>
#include <array>

#include "source/extract.h"
#include "source/phrases.h"
#include "source/prose.h"
#include "source/syntax.h"
#include "sql/lexer.h"

namespace source {
namespace {

constexpr std::size_t longest_statement = 1'000;  // of which is asked whether it is one
constexpr std::size_t most_suspects = 1'000;

struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_broken(TSNode node) {
  return type_of(node) == "ERROR" || ts_node_is_missing(node);
}

// The parts that could not be read, and in them what could: both in order.
class Parts {
 public:
  explicit Parts(TSNode root) : children_(root) {
    struct Visit {
      TSNode node;
      bool inside = false;
    };
    std::vector<Visit> pending{{root}};
    while (!pending.empty()) {
      const auto [node, around] = pending.back();
      pending.pop_back();
      const Stretch stretch{ts_node_start_byte(node), ts_node_end_byte(node)};
      const std::vector<TSNode> children =
          around || ts_node_has_error(node) ? children_.of(node) : std::vector<TSNode>();
      if (is_whole(node, children)) {
        if (around) readable.push_back(stretch);
        continue;
      }
      // What stands beside an error may be part of it: of a string that is never opened, words look like a program.
      const bool inside = around || is_broken(node) || std::any_of(children.begin(), children.end(), is_broken);
      if (inside && !around) broken.push_back(stretch);
      for (auto child = children.rbegin(); child != children.rend(); ++child) pending.push_back({*child, inside});
    }
  }

  std::vector<Stretch> broken;
  std::vector<Stretch> readable;

 private:
  // A comment, text that people read, or a string that is closed.
  static bool is_whole(TSNode node, const std::vector<TSNode>& children) {
    const std::string_view type = type_of(node);
    if (is_comment(type) || type == "jsx_text" || type == "text") return true;
    return is_string(type) && !ts_node_has_error(node) &&
           std::none_of(children.begin(), children.end(), [](TSNode child) {
             return type_of(child).ends_with("_end") && ts_node_start_byte(child) == ts_node_end_byte(child);
           });
  }

  Children children_;
};

// As strict as it takes where nothing says that a string is meant: programs have a truncate and a do of their own.
bool is_statement(std::string_view text) {
  static constexpr std::array<std::string_view, 3> of_rows = {"delete", "insert", "merge"};
  static constexpr std::array<std::string_view, 4> loud = {"TRUNCATE ", "DROP ", "ALTER ", "CREATE "};
  const Likeness like = likeness(text);
  if (like != Likeness::likely) return like == Likeness::certain;
  const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
  return std::any_of(of_rows.begin(), of_rows.end(), [&](std::string_view of) { return sql::is_word(word, of); }) ||
         std::any_of(loud.begin(), loud.end(), [&](std::string_view of) { return text.starts_with(of); });
}

}  // namespace

std::vector<Suspect> suspects_in_broken_parts(TSNode root, std::string_view bytes) {
  std::vector<Suspect> suspects;
  if (!ts_node_has_error(root)) return suspects;
  const Parts parts(root);
  auto readable = parts.readable.begin();
  for (std::size_t part = 0; part < parts.broken.size(); ++part) {
    const std::string_view until = bytes.substr(0, parts.broken[part].end);
    std::size_t at = next_write(until, parts.broken[part].begin);
    while (at < until.size() && suspects.size() < most_suspects) {
      while (readable != parts.readable.end() && readable->end <= at) ++readable;
      const bool whole = readable != parts.readable.end() && readable->begin <= at;
      if (!whole && is_statement(until.substr(at, longest_statement))) suspects.push_back({at, part});
      at = next_write(until, whole ? readable->end : at + 1);
    }
  }
  return suspects;
}

}  // namespace source
