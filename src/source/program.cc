#include "source/program.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "source/escape.h"
#include "source/lines.h"
#include "source/pieces.h"

extern "C" {
const TSLanguage* tree_sitter_bash();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_kotlin();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
const TSLanguage* tree_sitter_tsx();
const TSLanguage* tree_sitter_typescript();
}

namespace source {
namespace {

constexpr std::uint64_t longest_parse_microseconds = 10'000'000;

const TSLanguage* grammar(Language language) {
  switch (language) {
    case Language::python:
      return tree_sitter_python();
    case Language::javascript:
      return tree_sitter_javascript();
    case Language::typescript:
      return tree_sitter_typescript();
    case Language::tsx:
      return tree_sitter_tsx();
    case Language::go:
      return tree_sitter_go();
    case Language::ruby:
      return tree_sitter_ruby();
    case Language::java:
      return tree_sitter_java();
    case Language::kotlin:
      return tree_sitter_kotlin();
    case Language::php:
      return tree_sitter_php();
    case Language::csharp:
      return tree_sitter_c_sharp();
    case Language::rust:
      return tree_sitter_rust();
    case Language::cpp:
      return tree_sitter_cpp();
    case Language::shell:
      return tree_sitter_bash();
    case Language::sql:
      break;
  }
  return nullptr;
}

template <std::size_t N>
using Types = std::array<std::string_view, N>;

template <std::size_t N>
bool among(const Types<N>& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string_view type_of(TSNode node) {
  return ts_node_type(node);
}

bool is_string(std::string_view type) {
  static constexpr Types<14> types = {"string",
                                      "string_literal",
                                      "raw_string_literal",
                                      "interpreted_string_literal",
                                      "template_string",
                                      "encapsed_string",
                                      "heredoc",
                                      "nowdoc",
                                      "heredoc_body",
                                      "multiline_string_literal",
                                      "verbatim_string_literal",
                                      "interpolated_string_expression",
                                      "raw_string",
                                      "ansi_c_string"};
  return among(types, type);
}

// Strings that stand side by side.
bool is_row(std::string_view type) {
  return type == "concatenated_string" || type == "chained_string" || type == "concatenation";
}
bool is_infix(std::string_view type) {
  return type == "binary_operator" || type == "binary_expression" || type == "binary";
}
bool is_parenthesized(std::string_view type) {
  return type == "parenthesized_expression" || type == "parenthesized_statements";
}
bool is_call(std::string_view type) {
  return type == "call" || type == "call_expression" || type == "method_invocation" || type == "invocation_expression";
}
bool is_member(std::string_view type) {
  static constexpr Types<6> types = {"attribute",        "member_expression",        "navigation_expression",
                                     "field_expression", "member_access_expression", "selector_expression"};
  return among(types, type);
}
bool is_comment(std::string_view type) {
  return type == "comment" || type == "line_comment" || type == "block_comment" || type == "multiline_comment";
}
bool is_content(std::string_view type) {
  static constexpr Types<11> types = {"string_content",
                                      "string_fragment",
                                      "interpreted_string_literal_content",
                                      "raw_string_literal_content",
                                      "raw_string_content",
                                      "multiline_string_fragment",
                                      "string_literal_content",
                                      "heredoc_content",
                                      "nowdoc_string",
                                      "nowdoc_body",
                                      "heredoc_body"};
  return among(types, type);
}
bool is_escape(std::string_view type) {
  return type == "escape_sequence" || type == "escape_interpolation" || type == "character_escape_seq";
}
bool is_delimiter(TSNode node, std::string_view type) {
  return !ts_node_is_named(node) || type.ends_with("_start") || type.ends_with("_end") ||
         type == "interpolation_brace" || type == "raw_string_delimiter" || type == "heredoc_identifier";
}

// What statements stand in.
bool is_block(std::string_view type) {
  static constexpr Types<9> types = {"module",           "program",    "source_file",      "translation_unit",
                                     "compilation_unit", "statements", "declaration_list", "compound_statement",
                                     "statement_block"};
  return among(types, type) || type.find("block") != std::string_view::npos ||
         type.find("body") != std::string_view::npos;
}

struct Rows {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

struct Visit {
  TSNode node;
  Rows statement;
};

struct Note {
  Rows rows;
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, Language language, TSNode root)
      : bytes_(bytes), language_(language), lines_(bytes), cursor_(ts_tree_cursor_new(root)) {
    pending_.push_back({root, rows(root)});
  }
  ~Reader() { ts_tree_cursor_delete(&cursor_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::vector<Literal> read() {
    while (!pending_.empty()) {
      const Visit visit = pending_.back();
      pending_.pop_back();
      see(visit);
    }
    for (std::size_t i = 0; i < literals_.size(); ++i) attach_notes(literals_[i], spans_[i]);
    return std::move(literals_);
  }

 private:
  struct Span {
    Rows statement;
    std::uint32_t last_row = 0;
  };

  static Rows rows(TSNode node) { return {ts_node_start_point(node).row, ts_node_end_point(node).row}; }
  static std::size_t begin_of(TSNode node) { return ts_node_start_byte(node); }
  static std::size_t end_of(TSNode node) { return ts_node_end_byte(node); }
  std::string_view source(TSNode node) const { return bytes_.substr(begin_of(node), end_of(node) - begin_of(node)); }

  std::vector<TSNode> children(TSNode node) {
    std::vector<TSNode> found;
    ts_tree_cursor_reset(&cursor_, node);
    if (!ts_tree_cursor_goto_first_child(&cursor_)) return found;
    do found.push_back(ts_tree_cursor_current_node(&cursor_));
    while (ts_tree_cursor_goto_next_sibling(&cursor_));
    return found;
  }

  void push(const std::vector<TSNode>& nodes, const Visit& from) {
    const bool block = is_block(type_of(from.node));
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
      pending_.push_back({*node, block ? rows(*node) : from.statement});
  }

  void see(const Visit& visit) {
    const std::string_view type = type_of(visit.node);
    if (is_comment(type)) {
      notes_.push_back({rows(visit.node), begin_of(visit.node), end_of(visit.node)});
    } else if (is_string(type) || is_row(type) || is_infix(type)) {
      see_expression(visit);
    } else {
      push(children(visit.node), visit);
    }
  }

  // The string that methods like trimIndent() or format() are called on; else the node itself.
  TSNode receiver(TSNode node) {
    TSNode inner = node;
    while (is_call(type_of(inner)) || is_member(type_of(inner)) || is_parenthesized(type_of(inner))) {
      const std::uint32_t at = is_parenthesized(type_of(inner)) ? 1 : 0;
      const TSNode next = ts_node_child(inner, at);
      if (ts_node_is_null(next)) return node;
      inner = next;
    }
    const std::string_view type = type_of(inner);
    return is_string(type) || is_row(type) || is_infix(type) ? inner : node;
  }

  bool joins(std::string_view op) const {
    if (op == "+" || op == "<<") return true;
    return language_ == Language::php && op == ".";
  }

  // A string expression: its operands from left to right. What holds no string is looked into operand by operand.
  void see_expression(const Visit& visit) {
    std::vector<TSNode> parts{visit.node};
    std::vector<TSNode> operands;
    std::vector<TSNode> beside;
    bool has_string = false;
    while (!parts.empty()) {
      const TSNode node = receiver(parts.back());
      if (!ts_node_eq(node, parts.back())) beside.push_back(parts.back());
      parts.pop_back();
      const std::string_view type = type_of(node);
      if (is_infix(type) && ts_node_child_count(node) == 3) {
        const std::string_view op = source(ts_node_child(node, 1));
        if (joins(op)) {
          parts.push_back(ts_node_child(node, 2));
          parts.push_back(ts_node_child(node, 0));
          continue;
        }
        if (op == "%") {  // a format and its values
          parts.push_back(ts_node_child(node, 0));
          beside.push_back(ts_node_child(node, 2));
          continue;
        }
      }
      if (is_row(type)) {
        const std::vector<TSNode> row = children(node);
        parts.insert(parts.end(), row.rbegin(), row.rend());
        continue;
      }
      has_string = has_string || is_string(type);
      operands.push_back(node);
    }
    if (has_string) {
      add(operands, visit);
    }
    for (auto node = operands.rbegin(); node != operands.rend(); ++node) {
      if (is_string(type_of(*node))) {
        push_holes(*node, visit);
      } else if (is_infix(type_of(*node))) {
        push(children(*node), {*node, visit.statement});
      } else if (!ts_node_eq(*node, visit.node)) {
        pending_.push_back({*node, visit.statement});
      }
    }
    for (const TSNode& node : beside) push_arguments(node, visit);
  }

  // Strings stand inside holes, too.
  void push_holes(TSNode node, const Visit& visit) {
    for (const TSNode& child : children(node)) {
      const std::string_view type = type_of(child);
      if (is_content(type)) {
        push_holes(child, visit);
      } else if (!is_delimiter(child, type) && !is_escape(type)) {
        push(children(child), {child, visit.statement});
      }
    }
  }

  void push_arguments(TSNode node, const Visit& visit) {
    if (!is_call(type_of(node))) {
      if (!is_member(type_of(node)) && !is_parenthesized(type_of(node))) pending_.push_back({node, visit.statement});
      return;
    }
    const std::vector<TSNode> parts = children(node);
    if (parts.size() > 1) pending_.push_back({parts.back(), visit.statement});
  }

  void add(const std::vector<TSNode>& operands, const Visit& visit) {
    Pieces pieces;
    Literal literal;
    for (const TSNode& node : operands) {
      const std::string_view type = type_of(node);
      if (is_string(type)) {
        add_string(node, pieces, literal);
      } else if (ts_node_is_named(node) && !is_comment(type)) {
        add_hole(node, pieces, literal);
      }
    }
    literal.text = pieces.take();
    literal.text.language = language_;
    literals_.push_back(std::move(literal));
    spans_.push_back({visit.statement, ts_node_end_point(operands.back()).row});
  }

  void add_hole(TSNode node, Pieces& pieces, Literal& literal) {
    std::size_t begin = begin_of(node);
    // bash's grammar counts the blanks before ${x} to it.
    const std::size_t text = std::min(bytes_.find_first_not_of(" \t", begin), end_of(node));
    copy(begin, text, pieces);
    begin = text;
    pieces.insert(std::string_view(&hole_mark, 1), begin, lines_.place(begin));
    literal.holes.emplace_back(bytes_.substr(begin, end_of(node) - begin));
  }

  void copy(std::size_t begin, std::size_t end, Pieces& pieces) {
    if (begin < end) pieces.copy(bytes_.substr(begin, end - begin), begin, lines_.place(begin));
  }

  void escape(std::size_t begin, std::size_t end, Pieces& pieces) {
    pieces.insert(unescape(bytes_.substr(begin, end - begin)), begin, lines_.place(begin));
  }

  void add_string(TSNode node, Pieces& pieces, Literal& literal) {
    const std::string_view type = type_of(node);
    const std::string_view text = source(node);
    const std::size_t begin = begin_of(node);
    if (type == "verbatim_string_literal") {
      const std::size_t quote = text.find('"');
      if (quote != std::string_view::npos && text.size() > quote + 1)
        add_doubled(begin + quote + 1, begin + text.size() - 1, pieces);
    } else if (type == "raw_string") {
      copy(begin + 1, std::max(begin + 1, begin + text.size() - 1), pieces);
    } else {
      const bool raw = language_ == Language::python && is_raw_prefix(text);
      add_parts(node, type == "heredoc_body", raw, pieces, literal);
    }
  }

  static bool is_raw_prefix(std::string_view text) {
    const std::string_view prefix = text.substr(0, text.find_first_of("\"'"));
    return prefix.find_first_of("rR") != std::string_view::npos;
  }

  // "" means " in C#'s verbatim strings.
  void add_doubled(std::size_t at, std::size_t end, Pieces& pieces) {
    while (at < end) {
      const std::size_t quote = std::min(bytes_.find("\"\"", at), end);
      copy(at, std::min(quote + 1, end), pieces);
      at = quote + 2;
    }
  }

  // Contents, escapes and holes in turn, and what lies between them without a node of its own; with `ends`, before the
  // first and after the last as well.
  void add_parts(TSNode node, bool ends, bool raw, Pieces& pieces, Literal& literal) {
    const std::vector<TSNode> parts = children(node);
    std::size_t at = ends || parts.empty() ? begin_of(node) : begin_of(parts.front());
    for (const TSNode& part : parts) {
      const std::string_view type = type_of(part);
      copy(at, begin_of(part), pieces);
      at = end_of(part);
      if (is_content(type)) {
        add_parts(part, true, raw, pieces, literal);
      } else if (is_escape(type)) {
        raw ? copy(begin_of(part), at, pieces) : escape(begin_of(part), at, pieces);
      } else if (!is_delimiter(part, type) && begin_of(part) < at) {
        add_hole(part, pieces, literal);
      }
    }
    if (!ends) return;
    if (language_ == Language::shell) return copy_shell(at, end_of(node), pieces);
    copy(at, end_of(node), pieces);
  }

  // bash's grammar leaves escapes inside the contents.
  void copy_shell(std::size_t at, std::size_t end, Pieces& pieces) {
    while (at < end) {
      const std::size_t slash = std::min(bytes_.find('\\', at), end);
      copy(at, slash, pieces);
      at = slash;
      if (at + 1 < end && std::string_view("\"$`\\\n").find(bytes_[at + 1]) != std::string_view::npos) {
        if (bytes_[at + 1] != '\n') copy(at + 1, at + 2, pieces);
        at += 2;
      } else if (at < end) {
        copy(at, at + 1, pieces);
        ++at;
      }
    }
  }

  // Those on the statement's lines as far as the literal and a little beyond, and in the lines right above it.
  void attach_notes(Literal& literal, const Span& span) {
    const auto first = std::lower_bound(notes_.begin(), notes_.end(), span.statement.first,
                                        [](const Note& note, std::uint32_t row) { return note.rows.first < row; });
    auto above = first;
    std::uint32_t row = span.statement.first;
    while (above != notes_.begin() && std::prev(above)->rows.last + 1 == row) row = (--above)->rows.first;
    const std::uint32_t last = std::min(span.statement.last, span.last_row + 2);
    for (auto note = above; note != notes_.end() && note->rows.first <= last; ++note) {
      literal.text.comments.push_back(
          {std::string(bytes_.substr(note->begin, note->end - note->begin)), lines_.place(note->begin)});
    }
  }

  std::string_view bytes_;
  Language language_;
  Lines lines_;
  TSTreeCursor cursor_;
  std::vector<Visit> pending_;
  std::vector<Note> notes_;
  std::vector<Literal> literals_;
  std::vector<Span> spans_;
};

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
struct DeleteTree {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

}  // namespace

std::vector<Literal> literals(std::string_view bytes, Language language, std::vector<Problem>& problems) {
  const std::unique_ptr<TSParser, DeleteParser> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), grammar(language));
  ts_parser_set_timeout_micros(parser.get(), longest_parse_microseconds);
  const std::unique_ptr<TSTree, DeleteTree> tree(
      ts_parser_parse_string(parser.get(), nullptr, bytes.data(), static_cast<std::uint32_t>(bytes.size())));
  if (!tree) {
    problems.push_back(
        {"this file holds words of SQL and takes too long to parse, so that nothing in it was checked", {}});
    return {};
  }
  return Reader(bytes, language, ts_tree_root_node(tree.get())).read();
}

}  // namespace source
