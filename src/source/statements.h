// A fragment's text cut into statements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/fragment.h"

namespace source {

inline constexpr const char* never_closed = "a quote or a comment is opened here and never closed";

// Finds the statements in `fragment.sql` as psql would, psql's own commands and COPY's data left out, and puts them
// into it; psql's variables become holes, in place. What does not parse, or is never closed, is a Problem. With
// `later`, what writes and has no holes is left unread.
void find_statements(Fragment& fragment, std::vector<Problem>& problems, bool later = false);

// The statement from `begin` to `end`: its words, and whether it parses, its holes filled otherwise where they have to
// be; why not goes to `error`, with the place.
Statement statement_at(Fragment& fragment, std::size_t begin, std::size_t end, Problem* error);

}  // namespace source
