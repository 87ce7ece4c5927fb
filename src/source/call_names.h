// What the names of functions and methods say about strings, in any of the languages.
#pragma once

#include <string_view>

#include "source/language.h"

namespace source {

bool joins_list(std::string_view name);
bool concatenates(std::string_view name);
bool formats(std::string_view name);
bool replaces(std::string_view name);
bool prints_into(std::string_view name);
bool appends(std::string_view name);
// True where only a builder of text has such a method.
bool builds_text(std::string_view name, Language language);
bool adds_item(std::string_view name);
bool ends_line(std::string_view name);
bool empties(std::string_view name);

bool runs_sql(std::string_view name);

// Methods that give what they are called on.
bool passes(std::string_view name);
bool makes_builder(std::string_view name);
bool makes_list(std::string_view name);
// Functions of drivers that make a name, or a text, of SQL, with its quotes.
bool quotes_name(std::string_view object, std::string_view name);
bool quotes_value(std::string_view name);
// Methods that call a function for each item of a list.
bool gives_items(std::string_view name);
bool takes_lambda(std::string_view name);

}  // namespace source
