// Options that take one of a few names.
#pragma once

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <initializer_list>
#include <map>
#include <string>
#include <type_traits>

#include "base/text.h"

namespace cli {

// For transform() of an option: a name in any case becomes its value of an enumeration, as CLI11 reads one, or itself
// where the values are names, too. Anything else is refused with the names that there are.
template <typename T>
CLI::Validator choice(const std::map<std::string, T>& names) {
  return CLI::Validator(
      [names](std::string& text) -> std::string {
        const auto found = names.find(base::lower_case(text));
        if (found == names.end()) {
          std::string all;
          for (const auto& [name, value] : names) all += (all.empty() ? "" : ", ") + name;
          return fmt::format("there is no “{}”; it is one of {}", text, all);
        }
        if constexpr (std::is_enum_v<T>) {
          text = std::to_string(static_cast<std::underlying_type_t<T>>(found->second));
        } else {
          text = found->first;
        }
        return {};
      },
      "");
}

// The same where the option keeps the name.
inline CLI::Validator choice_of(std::initializer_list<const char*> names) {
  std::map<std::string, std::string> known;
  for (const char* name : names) known.emplace(name, name);
  return choice(known);
}

}  // namespace cli
