// Holes that are filled where they stand: what fills one takes as many bytes as what the source says there.
#pragma once

#include <optional>
#include <string>

#include "source/fragment.h"
#include "sql/parse_tree.h"

namespace source {

// psql's :name, :'name' or :"name" from `begin` to `end`, as a value or a quoted name.
Hole fill_variable(Fragment& fragment, std::size_t begin, std::size_t end);

// Parses what stands from `begin` to `end`, whose nesting_bound() is `bound`. Where that fails, its holes are filled
// otherwise, one after the other: by a number, nothing, a name, a text; of SQL also @name@, which scripts of extensions
// have. Where nothing helps, all of them are as they were, and the first error is returned.
std::optional<sql::SyntaxError> parse_refilling(Fragment& fragment, std::size_t begin, std::size_t end,
                                                std::size_t bound);

// The parser's complaint about the text from `begin` on, with the source's words where it stumbled over a hole.
std::string complaint(const Fragment& fragment, std::size_t begin, const sql::SyntaxError& error);

}  // namespace source
