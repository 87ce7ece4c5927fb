// A program's syntax tree, read from top to bottom for the strings that it makes.
#pragma once

#include <tree_sitter/api.h>

#include <string_view>
#include <vector>

#include "source/program.h"

namespace source {

std::vector<Text> texts_of(std::string_view bytes, Language language, TSNode root, std::vector<Comment>& marked);

}  // namespace source
