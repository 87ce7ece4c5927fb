// What a program does with a string of SQL: what it hands over beside it, and which loops count around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/phrases.h"
#include "source/program.h"

namespace source {

// The variable that a loop runs from one number to another; "": it does not count. for i in range(a, b), for (…; i++),
// for i in a..b, (a..b).each do |i|, for i in $(seq …).
std::string_view counted_by(TSNode loop, std::string_view bytes, Children& children);

// The arguments of `call` behind the one that ends with `node`, as they are written; those of a list or tuple one by
// one.
std::vector<std::string> arguments_behind(TSNode node, TSNode call, std::string_view bytes, Children& children);

// Says of the fragment's parameters what `use` knows: their holes' source becomes the argument that fills them, those
// that SQL wrote as $n get one, and those that a loop counts are loops of the fragment.
void name_parameters(Fragment& fragment, const Use& use);

}  // namespace source
