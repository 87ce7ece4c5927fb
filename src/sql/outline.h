// What a statement's own words say of where it ends, learnt word by word as psql does.
#pragma once

#include <cstddef>
#include <string_view>

#include "sql/lexer.h"

namespace sql {

class Outline {
 public:
  // True once further words cannot change anything, as with most statements from their first word on.
  bool settled() const { return form_ == Form::plain || form_ == Form::copy_stdin; }
  // Takes the statement's tokens in order until settled; `depth` is that of the parentheses around `token`.
  void see(const Token& token, std::string_view text, std::size_t depth);

  // Inside BEGIN … END of a CREATE FUNCTION or PROCEDURE, where a semicolon ends nothing.
  bool in_body() const { return blocks_ > 0; }
  bool copies_from_stdin() const { return form_ == Form::copy_stdin; }

 private:
  enum class Form : unsigned char {
    unknown,
    plain,
    create,          // CREATE
    create_or,       // CREATE OR
    create_replace,  // CREATE OR REPLACE
    routine,         // CREATE [OR REPLACE] FUNCTION or PROCEDURE
    copy,
    copy_from,  // COPY … FROM, and the next token decides
    copy_stdin
  };

  static Form form_of(Form before, std::string_view word);
  void see_block_word(std::string_view word);

  Form form_ = Form::unknown;
  std::size_t blocks_ = 0;
};

}  // namespace sql
