// [lint] of a contract, which only lint asks for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace contract {

// Patterns of files that lint leaves out, as a .gitignore beside the contract would have them. `file` is one that
// load() took. Throws Error(contract) where it changed since.
std::vector<std::string> excluded_from_lint(const std::filesystem::path& file);

}  // namespace contract
