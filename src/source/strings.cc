#include "source/strings.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "source/escape.h"

namespace source {
namespace {

std::size_t begin_of(TSNode node) {
  return ts_node_start_byte(node);
}
std::size_t end_of(TSNode node) {
  return ts_node_end_byte(node);
}

// An argument of the shell's printf, which reads escapes itself.
bool is_printed(TSNode node, std::string_view bytes) {
  if (bytes.substr(begin_of(node), end_of(node) - begin_of(node)).find('\\') == std::string_view::npos) return false;
  const TSNode command = ts_node_parent(node);
  if (ts_node_is_null(command) || type_of(command) != "command" || ts_node_child_count(command) == 0) return false;
  const TSNode name = ts_node_child(command, 0);
  return bytes.substr(begin_of(name), end_of(name) - begin_of(name)) == "printf";
}

bool is_raw_prefix(std::string_view text) {
  const std::string_view prefix = text.substr(0, text.find_first_of("\"'"));
  return prefix.find_first_of("rR") != std::string_view::npos;
}

}  // namespace

void Strings::copy(std::size_t begin, std::size_t end, Assembly& into) {
  doubled_ ? add_doubled(begin, end, into) : copy_as_is(begin, end, into);
}

void Strings::copy_as_is(std::size_t begin, std::size_t end, Assembly& into) {
  if (begin < end) into.copy(bytes_.substr(begin, end - begin), begin, lines_.place(begin));
}

void Strings::escape(std::size_t begin, std::size_t end, Assembly& into) {
  into.insert(unescape(bytes_.substr(begin, end - begin)), begin, lines_.place(begin));
}

void Strings::read_hole(TSNode node, Assembly& into) {
  const std::size_t begin = begin_of(node);
  // bash's grammar counts the blanks before ${x} to it.
  const std::size_t text = std::min(bytes_.find_first_not_of(" \t", begin), end_of(node));
  copy(begin, text, into);
  into.hole(known_(bytes_.substr(text, end_of(node) - text)), text, lines_.place(text));
}

void Strings::read_word(TSNode node, Assembly& into) {
  copy(begin_of(node), end_of(node), into);
}

void Strings::read(TSNode node, Assembly& into, const Fill& fill) {
  const std::string_view type = type_of(node);
  const std::size_t begin = begin_of(node);
  const std::string_view text = bytes_.substr(begin, end_of(node) - begin);
  if (type == "verbatim_string_literal") {
    const std::size_t quote = text.find('"');
    if (quote != std::string_view::npos && text.size() > quote + 1)
      add_doubled(begin + quote + 1, begin + text.size() - 1, into);
  } else if (type == "raw_string") {
    printed_ = is_printed(node, bytes_);
    const std::size_t end = std::max(begin + 1, begin + text.size() - 1);
    printed_ ? copy_shell(begin + 1, end, into) : copy(begin + 1, end, into);
    printed_ = false;
  } else {
    const bool raw = language_ == Language::python && is_raw_prefix(text);
    const std::size_t quote = text.find('"');
    doubled_ = type == "interpolated_string_expression" && text.substr(0, quote).find('@') != std::string_view::npos;
    printed_ = language_ == Language::shell && is_printed(node, bytes_);
    add_parts(node, type == "heredoc_body", raw, into, fill);
    printed_ = doubled_ = false;
  }
}

// $name of which something is known that its words do not say.
bool Strings::fill_known(std::size_t begin, std::size_t end, Assembly& into) {
  const std::string_view source = bytes_.substr(begin, end - begin);
  std::string known = known_(source);
  if (known == source) return false;
  into.hole(std::move(known), begin, lines_.place(begin));
  return true;
}

// "" means " in C#'s verbatim strings.
void Strings::add_doubled(std::size_t at, std::size_t end, Assembly& into) {
  while (at < end) {
    const std::size_t quote = std::min(bytes_.find("\"\"", at), end);
    copy_as_is(at, std::min(quote + 1, end), into);
    at = quote + 2;
  }
}

// Contents, escapes and holes in turn, and what lies between them without a node of its own; with `ends`, before the
// first and after the last as well.
void Strings::add_parts(TSNode node, bool ends, bool raw, Assembly& into, const Fill& fill) {
  const std::vector<TSNode> parts = children_.of(node);
  std::size_t at = ends || parts.empty() ? begin_of(node) : begin_of(parts.front());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const TSNode part = parts[i];
    const std::string_view type = type_of(part);
    if (begin_of(part) < at) continue;  // taken with the part before
    copy(at, begin_of(part), into);
    at = end_of(part);
    // Kotlin's grammar has no node for $name: a content of "$", and one that begins with the name.
    if (language_ == Language::kotlin && at - begin_of(part) == 1 && bytes_[begin_of(part)] == '$') {
      std::size_t name = at;
      while (name < end_of(node) &&
             (std::isalnum(static_cast<unsigned char>(bytes_[name])) != 0 || bytes_[name] == '_'))
        ++name;
      if (name > at && (fill({}, bytes_.substr(at, name - at), into) || fill_known(at - 1, name, into))) {
        copy(name, i + 1 < parts.size() ? end_of(parts[i + 1]) : name, into);
        at = i + 1 < parts.size() ? std::max(name, end_of(parts[i + 1])) : name;
        continue;
      }
    }
    if (is_content(type)) {
      add_parts(part, true, raw, into, fill);
    } else if (is_escape(type)) {
      raw ? copy(begin_of(part), at, into) : escape(begin_of(part), at, into);
    } else if (!is_delimiter(part, type) && begin_of(part) < at && !fill(part, {}, into)) {
      read_hole(part, into);
    }
  }
  if (!ends) return;
  if (language_ == Language::shell) return copy_shell(at, end_of(node), into);
  copy(at, end_of(node), into);
}

Assembly Strings::macro(TSNode node) const {
  Assembly into;
  std::size_t at = begin_of(node);
  const std::size_t end = end_of(node);
  while (at < end) {
    const std::size_t quote = std::min(bytes_.find('"', at), end);
    const std::size_t word = bytes_.find_first_not_of(" \t\r\n\\()", at);
    if (word < quote) into.hole(std::string(bytes_.substr(word, quote - word)), word, lines_.place(word));
    for (at = quote + 1; at < end && bytes_[at] != '"';) {
      const std::size_t stop = std::min(bytes_.find_first_of("\"\\", at), end);
      if (at < stop) into.copy(bytes_.substr(at, stop - at), at, lines_.place(at));
      at = stop;
      if (at + 1 >= end || bytes_[at] != '\\') continue;
      into.insert(unescape(bytes_.substr(at, 2)), at, lines_.place(at));
      at += 2;
    }
    ++at;
  }
  return into;
}

// bash's grammar leaves escapes inside the contents.
void Strings::copy_shell(std::size_t at, std::size_t end, Assembly& into) {
  while (at < end) {
    const std::size_t slash = std::min(bytes_.find('\\', at), end);
    copy(at, slash, into);
    at = slash;
    if (printed_ && at + 1 < end && std::string_view("nt").find(bytes_[at + 1]) != std::string_view::npos) {
      escape(at, at + 2, into);
      at += 2;
    } else if (at + 1 < end && std::string_view("\"$`\\\n").find(bytes_[at + 1]) != std::string_view::npos) {
      if (bytes_[at + 1] != '\n') copy(at + 1, at + 2, into);
      at += 2;
    } else if (at < end) {
      copy(at, at + 1, into);
      ++at;
    }
  }
}

}  // namespace source
