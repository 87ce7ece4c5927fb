#include "source/language.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/lexer.h"

namespace source {
namespace {

using Named = std::pair<std::string_view, Language>;

constexpr std::array endings{
    Named{"sql", Language::sql},        Named{"psql", Language::sql},       Named{"pgsql", Language::sql},
    Named{"ddl", Language::sql},        Named{"plpgsql", Language::sql},    Named{"py", Language::python},
    Named{"pyi", Language::python},     Named{"pyw", Language::python},     Named{"js", Language::javascript},
    Named{"mjs", Language::javascript}, Named{"cjs", Language::javascript}, Named{"jsx", Language::javascript},
    Named{"ts", Language::typescript},  Named{"mts", Language::typescript}, Named{"cts", Language::typescript},
    Named{"tsx", Language::tsx},        Named{"go", Language::go},          Named{"rb", Language::ruby},
    Named{"rake", Language::ruby},      Named{"ru", Language::ruby},        Named{"gemspec", Language::ruby},
    Named{"java", Language::java},      Named{"kt", Language::kotlin},      Named{"kts", Language::kotlin},
    Named{"php", Language::php},        Named{"phtml", Language::php},      Named{"inc", Language::php},
    Named{"cs", Language::csharp},      Named{"csx", Language::csharp},     Named{"rs", Language::rust},
    Named{"cc", Language::cpp},         Named{"cpp", Language::cpp},        Named{"cxx", Language::cpp},
    Named{"c++", Language::cpp},        Named{"hh", Language::cpp},         Named{"hpp", Language::cpp},
    Named{"hxx", Language::cpp},        Named{"h", Language::cpp},          Named{"ipp", Language::cpp},
    Named{"c", Language::cpp},          Named{"sh", Language::shell},       Named{"bash", Language::shell},
    Named{"ksh", Language::shell},      Named{"zsh", Language::shell},      Named{"bats", Language::shell},
};

constexpr std::array names{Named{"rakefile", Language::ruby}, Named{"gemfile", Language::ruby},
                           Named{"capfile", Language::ruby}, Named{".bashrc", Language::shell},
                           Named{".profile", Language::shell}};

constexpr std::array interpreters{Named{"python", Language::python},   Named{"node", Language::javascript},
                                  Named{"deno", Language::typescript}, Named{"ts-node", Language::typescript},
                                  Named{"bun", Language::typescript},  Named{"ruby", Language::ruby},
                                  Named{"php", Language::php},         Named{"bash", Language::shell},
                                  Named{"sh", Language::shell},        Named{"dash", Language::shell},
                                  Named{"ksh", Language::shell},       Named{"zsh", Language::shell},
                                  Named{"ash", Language::shell},       Named{"psql", Language::sql}};

template <std::size_t N>
std::optional<Language> find(const std::array<Named, N>& table, std::string_view word) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Named& entry) { return sql::is_word(word, entry.first); });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

// "python3.11" runs Python.
std::string_view without_version(std::string_view program) {
  const std::size_t last = program.find_last_not_of("0123456789.");
  return program.substr(0, last + 1);
}

std::optional<Language> language_of_shebang(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  std::string_view line = head.substr(2, head.find_first_of("\r\n") - 2);
  while (!line.empty()) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return std::nullopt;
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    word.remove_prefix(word.find_last_of('/') + 1);
    // env(1): its options and settings stand before the program
    if (word == "env" || word.starts_with('-') || word.find('=') != std::string_view::npos) continue;
    return find(interpreters, without_version(word));
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Language language) {
  switch (language) {
    case Language::sql:
      return "SQL";
    case Language::python:
      return "Python";
    case Language::javascript:
      return "JavaScript";
    case Language::typescript:
    case Language::tsx:
      return "TypeScript";
    case Language::go:
      return "Go";
    case Language::ruby:
      return "Ruby";
    case Language::java:
      return "Java";
    case Language::kotlin:
      return "Kotlin";
    case Language::php:
      return "PHP";
    case Language::csharp:
      return "C#";
    case Language::rust:
      return "Rust";
    case Language::cpp:
      return "C++";
    case Language::shell:
      return "shell";
  }
  return "";
}

std::optional<Language> language_of(std::string_view path, std::string_view head) {
  const std::string_view file = path.substr(path.find_last_of('/') + 1);
  if (const auto language = find(names, file)) return language;
  const std::size_t dot = file.find_last_of('.');
  if (dot != std::string_view::npos && dot > 0) {
    if (const auto language = find(endings, file.substr(dot + 1))) return language;
  }
  return language_of_shebang(head);
}

}  // namespace source
