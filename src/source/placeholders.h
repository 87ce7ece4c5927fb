// Formats such as "DELETE FROM %s" and "{} WHERE", as far as the values are written in the program.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "source/assembly.h"

namespace source {

// `format` with those of `values` put in that are not empty, by their order or by their number; what a name stands for
// is asked of `named`, which may answer null. Placeholders begin with `sign`, % or {, which is itself where it stands
// twice. Everything else stays as it is.
Assembly fill_placeholders(const Assembly& format, char sign, const std::vector<Assembly>& values,
                           const std::function<const Assembly*(std::string_view)>& named);

}  // namespace source
