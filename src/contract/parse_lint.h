// [lint], read where the contract is and where lint asks for it.
#pragma once

#include <string>
#include <vector>

#include "contract/toml_reader.h"

namespace contract {

std::vector<std::string> excluded_from_lint(const TomlReader& reader, const toml::table& lint);

}  // namespace contract
