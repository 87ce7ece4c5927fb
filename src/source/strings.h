// String literals, templates and here-documents of programs, decoded.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "source/assembly.h"
#include "source/language.h"
#include "source/lines.h"
#include "source/phrases.h"
#include "source/syntax.h"

namespace source {

class Strings {
 public:
  // Puts what stands in a hole into the assembly, where it is known what that is; else returns false. Given the hole's
  // node, or a null node and a name where the grammar has no node for it.
  using Fill = std::function<bool(TSNode hole, std::string_view name, Assembly& into)>;
  // What is known of a value that the program puts in, given as it is written.
  using Known = std::function<std::string(std::string_view source)>;

  Strings(std::string_view bytes, Language language, const Lines& lines, Children& children, Known known)
      : bytes_(bytes), language_(language), lines_(lines), children_(children), known_(std::move(known)) {}

  // `node` is_string().
  void read(TSNode node, Assembly& into, const Fill& fill);
  // Anything else, as it stands in the program: a hole, or its text.
  void read_hole(TSNode node, Assembly& into);
  void read_word(TSNode node, Assembly& into);
  // The strings of C in a node that the grammar does not look into; what stands between them is a hole.
  Assembly macro(TSNode node) const;

 private:
  void copy(std::size_t begin, std::size_t end, Assembly& into);
  void copy_as_is(std::size_t begin, std::size_t end, Assembly& into);
  void escape(std::size_t begin, std::size_t end, Assembly& into);
  void add_doubled(std::size_t at, std::size_t end, Assembly& into);
  void add_parts(TSNode node, bool ends, bool raw, Assembly& into, const Fill& fill);
  bool fill_known(std::size_t begin, std::size_t end, Assembly& into);
  void copy_shell(std::size_t at, std::size_t end, Assembly& into);

  std::string_view bytes_;
  Language language_;
  const Lines& lines_;
  Children& children_;
  Known known_;
  bool doubled_ = false;  // "" means " in the string that is read
  bool printed_ = false;  // it is printf's of a shell, and \n in it a new line
};

}  // namespace source
