// A script cut into statements, as psql would send them (manual: "psql", and "Lexical Structure").
//
// Knows quotes of every kind, dollar quotes, nested comments, parentheses, SQL-standard function bodies (BEGIN ATOMIC …
// END), and the data lines after COPY … FROM STDIN. Works lazily on the caller's text: a script of 50 MB costs its
// bytes. psql variables (:name) are left as they stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sql {

struct Statement {
  std::string_view text;  // first to last word: no semicolon, no white space or comments around it
  int line = 0;           // of its first word, from 1
  // The lines after COPY … FROM STDIN, each with its newline, without "\."; the end of the script ends them too.
  std::optional<std::string_view> copy_data;
};

class Splitter {
 public:
  // `script` must outlive the splitter and every statement; `file` names it in errors. A leading UTF-8 byte order mark
  // is skipped.
  Splitter(std::string_view script, std::string file);

  // The next statement, or nullopt at the end; empty ones are passed over, and the last one needs no semicolon. So are
  // psql's meta-commands about what it shows (\echo, \pset, \timing, …) and \set ON_ERROR_STOP on. Throws Error(usage)
  // with "FILE:LINE: …" on any other one (the hint says to use --exec 'psql -f FILE'), a quote or comment that is never
  // closed, more SQL on the line of a COPY … FROM STDIN, a NUL byte, and text that is not UTF-8.
  std::optional<Statement> next();

 private:
  Statement cut(std::size_t begin);
  std::string_view copy_data();
  void advance(std::size_t to);
  int line_of(std::size_t at) const;
  [[noreturn]] void fail(std::size_t at, const std::string& what, const std::string& hint) const;
  [[noreturn]] void refuse_meta_command(std::size_t at) const;

  std::string_view script_;
  std::string file_;
  std::size_t at_ = 0;  // everything before it is cut, checked and counted
  int line_ = 1;        // of at_
};

// The first words of a statement on one line, without comments, at most `limit` code points and "…", for reports.
std::string first_words(std::string_view statement, std::size_t limit);

}  // namespace sql
