// A piece of SQL found in a file, and the way back from each of its bytes to the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/language.h"

namespace source {

// As editors count: both from 1, the column in code points; a byte order mark counts for nothing.
struct Place {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// A comment of the program, whole, with what opens and closes it.
struct Comment {
  std::string text;
  Place place;
};

// Where the program puts something in that the text does not tell.
struct Hole {
  enum class Kind : unsigned char {
    parameter,   // a value: `sql` says $n here
    identifier,  // a name, or part of one: `sql` says hole_n here
    assignment,  // what follows SET: `sql` says hole_n = $n here
    row,         // what follows VALUES: `sql` says ($n) here
    query,       // columns and rows to insert: `sql` says SELECT $n here
    number,      // a number where SQL takes no parameter, as in RESTART WITH: `sql` says n here
    clause,      // any words or none, a WHERE among them: `sql` has nothing here (begin == end)
    inside       // within a SQL string, quoted name or comment: `sql` says hole_n here
  };
  Kind kind = Kind::parameter;
  std::size_t begin = 0;  // offsets into `sql`
  std::size_t end = 0;
  std::string source;  // as the program has it: "%s", ":name", "{table}", "user.id"
  Place place;
};

// Words that a statement holds outside quotes and comments: enough to see that no rule can apply to it, without
// parsing.
enum class Word : std::uint32_t {
  none = 0,
  erase = 1U << 0U,  // DELETE
  update = 1U << 1U,
  insert = 1U << 2U,
  merge = 1U << 3U,
  truncate = 1U << 4U,
  drop = 1U << 5U,
  alter = 1U << 6U,
  setval = 1U << 7U,
  restart = 1U << 8U,
  cascade = 1U << 9U,
  body = 1U << 10U,  // DO, FUNCTION, PROCEDURE: see bodies()
  execute = 1U << 11U,
  copy = 1U << 12U,
  create = 1U << 13U,
};
constexpr Word operator|(Word a, Word b) {
  return static_cast<Word>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool any(Word set, Word of) {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(of)) != 0;
}

// Of what writes: the words that matter.
constexpr Word writing_beside_alter = Word::erase | Word::update | Word::insert | Word::merge | Word::truncate |
                                      Word::drop | Word::setval | Word::restart | Word::cascade | Word::copy;
constexpr Word writing = writing_beside_alter | Word::alter;

struct Statement {
  std::size_t begin = 0;  // offsets into `sql`: first to last word, without the semicolon
  std::size_t end = 0;
  bool parses = true;   // by libpg_query; false: a Problem says so, where it is certain to be SQL
  bool unread = false;  // … and nobody knows yet: whoever judges it parses it, and has to say so
  Word words = Word::none;
};

// Bytes of `sql` that stand in the file as they are (linear), or that something else in the file means: an escape, a
// hole. Reaches to the next run.
struct Run {
  std::size_t at = 0;    // offset into `sql`
  std::size_t file = 0;  // byte offset into the file
  Place place;           // of that byte
  bool linear = true;
};

// SQL that belongs together: a .sql file, or one string expression or here-document of a program. Owns what it holds.
struct Fragment {
  std::string sql;  // adjacent and concatenated literals joined, escapes decoded, holes filled as Hole::Kind says
  Language language = Language::sql;
  std::vector<Statement> statements;  // in order; none is empty
  std::vector<Hole> holes;            // in order
  // Of the program, on the lines of the statement that holds the literal and directly before it. Comments of SQL are
  // in `sql`.
  std::vector<Comment> comments;
  std::vector<Run> runs;  // in order, the first at 0

  // What a name of PL/pgSQL, or a parameter that the program gives ("$2"), means from `begin` to `end`, while its loop
  // runs.
  struct Loop {
    std::string variable;    // lower case
    std::string query = {};  // whose rows it takes one by one; empty: it counts
    std::size_t column = 0;  // that it takes of them, where several names do
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Loop> loops = {};

  std::string_view text(const Statement& statement) const;
  // Those that begin between two offsets.
  std::span<const Hole> holes_within(std::size_t begin, std::size_t end) const;
  // Where a byte of `sql` comes from; offsets up to and including sql.size().
  Place place(std::size_t offset) const;
  std::size_t file_offset(std::size_t offset) const;
};

// What stands in the way of reading a file, or part of it.
struct Problem {
  std::string message;  // a sentence without a full stop
  Place place;
  std::string instead = {};  // what to do about it; empty: mend the syntax
};

struct Extraction {
  std::vector<Fragment> fragments;  // in the order of the file
  std::vector<Problem> problems;
  // Of a program: every one that says "pgrehearse:", also those that are no fragment's.
  std::vector<Comment> marked;

  bool empty() const { return fragments.empty() && problems.empty() && marked.empty(); }
};

}  // namespace source
