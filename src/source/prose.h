// Telling SQL from prose by its first words.
#pragma once

#include <string_view>

namespace source {

enum class Likeness : unsigned char {
  none,     // starts like no statement, or like a sentence
  likely,   // SQL where it parses
  certain,  // SQL even where it does not: DELETE FROM name WHERE, INSERT INTO name (, UPDATE name SET name =
};

// Of a text in which holes are single control characters.
Likeness likeness(std::string_view text);

}  // namespace source
