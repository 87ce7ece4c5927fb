#include "source/assembly.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace source {
namespace {

constexpr std::size_t most_ways = 8;
constexpr std::size_t most_single_branches = 16;
constexpr std::size_t most_guards = 64;
constexpr int no_branch = -1;
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(blanks) == std::string_view::npos;
}

}  // namespace

Assembly::Piece& Assembly::open() {
  if (pieces_.empty() || pieces_.back().begins_item || !pieces_.back().guards.empty()) pieces_.emplace_back();
  return pieces_.back();
}

void Assembly::copy(std::string_view text, std::size_t file, Place place) {
  open().text.copy(text, file, place);
}

void Assembly::insert(std::string_view text, std::size_t file, Place place) {
  open().text.insert(text, file, place);
}

void Assembly::hole(std::string source, std::size_t file, Place place) {
  Piece& piece = open();
  piece.text.insert(std::string_view(&hole_mark, 1), file, place);
  piece.holes.push_back(std::move(source));
}

void Assembly::begin_item() {
  list_ = true;
  pieces_.emplace_back().begins_item = true;
}

void Assembly::add(const Assembly& other, const Guards& guards) {
  for (const Piece& from : other.pieces_) {
    const bool plain = guards.empty() && from.guards.empty() && !from.begins_item;
    Piece& to = plain ? open() : pieces_.emplace_back();
    const Fragment& text = from.text.fragment();
    to.text.copy(text, 0, text.sql.size());
    to.holes.insert(to.holes.end(), from.holes.begin(), from.holes.end());
    to.begins_item = from.begins_item;
    to.list = from.list;
    if (plain) continue;
    to.guards = guards;
    to.guards.insert(to.guards.end(), from.guards.begin(), from.guards.end());
  }
  spans_.insert(spans_.end(), other.spans_.begin(), other.spans_.end());
  if (!other.use_.arguments.empty() || !other.use_.counters.empty() || other.use_.runs) use_ = other.use_;
}

void Assembly::add_at(const Assembly& other, std::size_t file, Place place) {
  Assembly moved = other;
  for (Piece& piece : moved.pieces_) {
    const std::string text = std::move(piece.text.fragment().sql);
    piece.text = {};
    piece.text.insert(text, file, place);
  }
  add(moved, {});
}

void Assembly::join(const Assembly& separator, std::uint32_t list) {
  Pieces text;
  for (const Piece& piece : separator.pieces_) text.copy(piece.text.fragment(), 0, piece.text.size());
  for (Piece& piece : pieces_) {
    if (!piece.begins_item || piece.list != 0) continue;
    piece.list = list;
    piece.text = text;
  }
  list_ = false;
}

// True where the piece is there only if all of `guards` hold.
bool Assembly::holds_under(const Piece& piece, const Guards& guards) {
  return piece.guards.size() >= guards.size() && std::equal(guards.begin(), guards.end(), piece.guards.begin());
}

bool Assembly::overwrites(const Guards& guards) const {
  return std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return holds_under(piece, guards); });
}

void Assembly::give_way(const Guards& guards) {
  if (guards.empty()) return clear();
  std::erase_if(pieces_, [&](const Piece& piece) { return holds_under(piece, guards); });
  Guard otherwise = guards.back();
  otherwise.taken = false;
  for (Piece& piece : pieces_) {
    const bool known = std::find(piece.guards.begin(), piece.guards.end(), otherwise) != piece.guards.end();
    if (!known && piece.guards.size() < most_guards) piece.guards.push_back(otherwise);
  }
}

void Assembly::trim_margin() {
  for (Piece& piece : pieces_) {
    const Fragment whole = piece.text.take();
    piece.text = {};
    const std::string_view text = whole.sql;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
      const std::size_t bar = text.find_first_not_of(" \t", at);
      piece.text.copy(whole, bar < end && text[bar] == '|' ? bar + 1 : at, end);
      at = end;
    }
  }
}

Assembly Assembly::replaced(std::function<Replacement(std::string_view)> at) const {
  Assembly result;
  result.spans_ = spans_;
  result.use_ = use_;
  for (const Piece& from : pieces_) {
    const Fragment& whole = from.text.fragment();
    const std::string_view text = whole.sql;
    Assembly filled;
    std::size_t copied = 0;
    std::size_t hole = 0;
    const auto copy = [&](std::size_t end) {
      Piece& piece = filled.open();
      piece.text.copy(whole, copied, end);
      for (; copied < end; ++copied) {
        if (text[copied] == hole_mark && hole < from.holes.size()) piece.holes.push_back(from.holes[hole++]);
      }
    };
    for (std::size_t i = 0; i < text.size();) {
      const Replacement found = at(text.substr(i));
      const std::size_t next = std::min(i + found.length, text.size());
      if (found.by) {
        copy(i);
        filled.add(*found.by, {});
        copied = next;
      }
      i = next;
    }
    copy(text.size());
    result.add(filled, from.guards);
  }
  return result;
}

bool Assembly::is_one_hole() const {
  return pieces_.size() == 1 && pieces_[0].text.size() == 1 && pieces_[0].holes.size() == 1;
}

bool Assembly::has_holes() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return !piece.holes.empty(); });
}

bool Assembly::has_words() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
    const std::string& text = piece.text.fragment().sql;
    return !piece.begins_item && std::any_of(text.begin(), text.end(), [](char c) {
      return c != hole_mark && blanks.find(c) == std::string_view::npos;
    });
  });
}

bool Assembly::is_one_word() const {
  return pieces_.size() == 1 && pieces_[0].text.fragment().sql.find_first_of(blanks) == std::string::npos;
}

std::size_t Assembly::size() const {
  std::size_t size = 0;
  for (const Piece& piece : pieces_) size += piece.text.size();
  return size;
}

std::vector<Assembly> Assembly::items() const {
  if (!list_) return {*this};
  std::vector<Assembly> items;
  for (const Piece& piece : pieces_) {
    if (piece.begins_item && piece.list == 0) {
      items.emplace_back().spans_ = spans_;
    } else if (!items.empty()) {
      items.back().pieces_.push_back(piece);
    }
  }
  return items;
}

// The branches that the pieces ask for, and the text under a choice of them.
class Assembly::Ways {
 public:
  explicit Ways(const std::vector<Piece>& pieces) : pieces_(pieces) {
    for (const Piece& piece : pieces) {
      for (const Guard& guard : piece.guards) {
        if (guard.taken || !is_taken(piece, guard.fork))
          see(guard, !piece.begins_item && !is_blank(piece.text.fragment().sql));
      }
    }
    for (auto& [number, fork] : forks_) {
      if (fork.other) fork.options.push_back(no_branch);
    }
  }

  Text text() {
    Text text;
    std::size_t ways = 1;
    for (const auto& [number, fork] : forks_) ways = std::max(ways, fork.options.size());
    for (std::size_t way = 0; way < std::min(ways, most_ways); ++way) {
      for (auto& [number, fork] : forks_) fork.chosen = fork.options[std::min(way, fork.options.size() - 1)];
      text.ways.push_back(render());
    }
    if (forks_.empty()) return text;
    for (auto& [number, fork] : forks_) fork.chosen = no_branch;
    for (auto& [number, fork] : forks_) {
      for (const int option : fork.options) {
        if (option == no_branch || text.parts.size() == most_single_branches) continue;
        fork.chosen = option;
        text.parts.push_back(render());
      }
      fork.chosen = no_branch;
    }
    text.parts.push_back(render());
    return text;
  }

 private:
  struct Fork {
    std::vector<int> options;  // in the order of the text, no_branch last
    std::set<int> wordy;       // options that say something
    bool other = false;        // pieces that stand where a branch is not taken
    int chosen = no_branch;
  };

  // True where the piece stands on a branch of the fork, and so on no other.
  static bool is_taken(const Piece& piece, std::uint32_t fork) {
    return std::any_of(piece.guards.begin(), piece.guards.end(),
                       [&](const Guard& guard) { return guard.taken && guard.fork == fork; });
  }

  void see(const Guard& guard, bool wordy) {
    Fork& fork = forks_[guard.fork];
    if (!guard.taken) {
      fork.other = true;
    } else if (std::find(fork.options.begin(), fork.options.end(), guard.branch) == fork.options.end()) {
      fork.options.push_back(guard.branch);
    }
    if (wordy) fork.wordy.insert(guard.taken ? guard.branch : no_branch);
  }

  // The fork that keeps `piece` out, or null.
  const Fork* kept_out_by(const Piece& piece) const {
    for (const Guard& guard : piece.guards) {
      const Fork& fork = forks_.at(guard.fork);
      if ((fork.chosen == guard.branch) != guard.taken) return &fork;
    }
    return nullptr;
  }

  Literal render() const {
    Pieces text;
    Literal literal;
    std::set<std::uint32_t> begun;
    for (const Piece& piece : pieces_) {
      const Fragment& from = piece.text.fragment();
      if (const Fork* fork = kept_out_by(piece)) {
        // Nothing stands in its place: the program may put it there, or not.
        if (!piece.begins_item && !fork->wordy.contains(fork->chosen)) {
          text.insert(std::string_view(&gap_mark, 1), from.file_offset(0), from.place(0));
        }
        continue;
      }
      if (piece.begins_item && begun.insert(piece.list).second) continue;
      text.copy(from, 0, from.sql.size());
      literal.holes.insert(literal.holes.end(), piece.holes.begin(), piece.holes.end());
    }
    literal.text = text.take();
    return literal;
  }

  const std::vector<Piece>& pieces_;
  std::map<std::uint32_t, Fork> forks_;
};

Text Assembly::text() const {
  return Ways(pieces_).text();
}

}  // namespace source
