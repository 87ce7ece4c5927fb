// Telling SQL from prose by its first words.
#pragma once

#include <string_view>

namespace source {

enum class Likeness : unsigned char {
  none,     // starts like no statement, or like a sentence
  likely,   // SQL where it parses
  certain,  // SQL even where it does not: DELETE FROM name WHERE, INSERT INTO name (, UPDATE name SET name =
};

// True for what may follow CREATE, ALTER or DROP.
bool is_object(std::string_view word);

// Of a text in which holes are single control characters.
Likeness likeness(std::string_view text);

// True for what begins with TRUNCATE, DELETE FROM, INSERT INTO, UPDATE or MERGE INTO as people write it who mean SQL.
bool is_loud_write(std::string_view text);

// True where there are only words and the signs of a sentence, none of an expression.
bool is_only_words(std::string_view text);

}  // namespace source
