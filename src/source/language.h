// The languages that SQL is found in, and how a file tells which one it is written in.
#pragma once

#include <optional>
#include <string_view>

namespace source {

enum class Language { sql, python, javascript, typescript, tsx, go, ruby, java, kotlin, php, csharp, rust, cpp, shell };

// As people write it: "Python", "C#".
std::string_view name(Language language);

// By the ending of `path`, by its name (Rakefile), else by the first line where that is a shebang; `head` is the first
// bytes of the file, at least its first line. nullopt: none that we read.
std::optional<Language> language_of(std::string_view path, std::string_view head);

}  // namespace source
