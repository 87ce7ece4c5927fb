// Comments that allow a rule once: "pgrehearse: allow RULE because REASON".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rule.h"

namespace lint {

// A suppression as written. Several rules are separated by commas, each becomes one of these.
struct Suppression {
  std::string rule;    // as written, maybe misspelt, maybe empty
  std::string reason;  // empty: none was given
  std::size_t at = 0;  // byte offset of the rule's name in the text it was read from
};

// Every suppression in a comment's text.
std::vector<Suppression> suppressions_in(std::string_view comment);

// A comment of SQL: its bytes in the text, with what opens and closes it.
struct SqlComment {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Every comment of `sql`, outside quotes.
std::vector<SqlComment> comments_in(std::string_view sql);

}  // namespace lint
