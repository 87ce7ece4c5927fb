#include "sql/outline.h"

namespace sql {

void Outline::see(const Token& token, std::string_view text, std::size_t depth) {
  if (token.kind != TokenKind::word) {
    // psql counts words alone: a symbol between CREATE and FUNCTION changes nothing.
    if (form_ == Form::copy_from) form_ = Form::plain;
    return;
  }
  if (form_ == Form::routine) {
    if (depth == 0) see_block_word(text);
  } else if (depth == 0 || form_ != Form::copy) {
    form_ = form_of(form_, text);
  }
}

Outline::Form Outline::form_of(Form before, std::string_view word) {
  const auto routine_or_plain = [&] {
    return is_word(word, "function") || is_word(word, "procedure") ? Form::routine : Form::plain;
  };
  switch (before) {
    case Form::unknown:
      if (is_word(word, "create")) return Form::create;
      return is_word(word, "copy") ? Form::copy : Form::plain;
    case Form::create:
      return is_word(word, "or") ? Form::create_or : routine_or_plain();
    case Form::create_or:
      return is_word(word, "replace") ? Form::create_replace : Form::plain;
    case Form::create_replace:
      return routine_or_plain();
    case Form::copy:
      if (is_word(word, "from")) return Form::copy_from;
      return is_word(word, "to") ? Form::plain : Form::copy;
    case Form::copy_from:
      // The grammar takes STDOUT for STDIN here.
      return is_word(word, "stdin") || is_word(word, "stdout") ? Form::copy_stdin : Form::plain;
    case Form::plain:
    case Form::routine:
    case Form::copy_stdin:
      break;
  }
  return before;
}

// CASE ends with END as well, and matters only inside a block.
void Outline::see_block_word(std::string_view word) {
  if (is_word(word, "begin") || (blocks_ > 0 && is_word(word, "case"))) {
    ++blocks_;
  } else if (blocks_ > 0 && is_word(word, "end")) {
    --blocks_;
  }
}

}  // namespace sql
