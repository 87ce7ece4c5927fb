// A string that a program puts together, perhaps over several statements and on several branches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "source/pieces.h"
#include "source/program.h"

namespace source {

// A branch of the program: an `if`'s, a loop's body, a closure.
struct Guard {
  std::uint32_t fork = 0;
  int branch = 0;
  bool taken = true;  // false: where another branch of the fork is taken, or none
  friend bool operator==(const Guard&, const Guard&) = default;
};
using Guards = std::vector<Guard>;

struct Rows {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

class Assembly {
 public:
  // Where its parts are written: the rows of the statement, and the last row of the string in it.
  struct Span {
    Rows statement;
    std::uint32_t last_row = 0;
  };

  // Text that stands in the file; what something else means; what the program puts in.
  void copy(std::string_view text, std::size_t file, Place place);
  void insert(std::string_view text, std::size_t file, Place place);
  void hole(std::string source, std::size_t file, Place place);
  // What follows is the next item of a list.
  void begin_item();

  // All of `other` behind this, where every one of `guards` holds.
  void add(const Assembly& other, const Guards& guards);
  // The same, of which each byte is said to stand at one place: where the program names it.
  void add_at(const Assembly& other, std::size_t file, Place place);
  // A list becomes one string; `list` tells it from other ones in the same assembly.
  void join(const Assembly& separator, std::uint32_t list);
  // Before another value takes its place where `guards` hold: this one stays where they do not.
  void give_way(const Guards& guards);
  // True where something is lost by that.
  bool overwrites(const Guards& guards) const;
  // Kotlin's trimMargin(): what stands before the first bar of each line goes.
  void trim_margin();
  void clear() { *this = {}; }

  // With stretches of its text replaced: `at` is given what is left of a piece and says how many bytes of it come next,
  // and what stands in their place; null: nothing else.
  struct Replacement {
    std::size_t length = 1;
    const Assembly* by = nullptr;
  };
  Assembly replaced(std::function<Replacement(std::string_view)> at) const;

  bool empty() const { return pieces_.empty(); }
  bool is_list() const { return list_; }
  void make_list() { list_ = true; }
  bool is_one_hole() const;  // … and nothing else
  bool has_holes() const;
  bool has_words() const;    // anything but blanks and holes
  bool is_one_word() const;  // without blanks
  std::size_t size() const;  // in bytes
  std::size_t parts() const { return pieces_.size(); }
  std::vector<Assembly> items() const;  // of a list, or itself

  // The last one that is known.
  Use& use() { return use_; }
  const Use& use() const { return use_; }
  std::vector<Span>& spans() { return spans_; }
  const std::vector<Span>& spans() const { return spans_; }

  // What it may come to, the branches taken together first.
  Text text() const;

 private:
  struct Piece {
    Pieces text;  // of an item's beginning: the separator
    std::vector<std::string> holes;
    Guards guards;
    bool begins_item = false;
    std::uint32_t list = 0;  // that the item belongs to, once joined
  };
  class Ways;

  static bool holds_under(const Piece& piece, const Guards& guards);
  Piece& open();

  std::vector<Piece> pieces_;
  std::vector<Span> spans_;
  Use use_;
  bool list_ = false;
};

}  // namespace source
