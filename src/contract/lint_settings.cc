#include "contract/lint_settings.h"

#include <fstream>
#include <iterator>

#include "contract/parse_lint.h"

namespace contract {

std::vector<std::string> excluded_from_lint(const TomlReader& reader, const toml::table& lint) {
  reader.only(lint, {"exclude"}, "[lint]");
  const toml::node* exclude = lint.get("exclude");
  return exclude ? reader.texts_of(*exclude) : std::vector<std::string>();
}

std::vector<std::string> excluded_from_lint(const std::filesystem::path& file) {
  const TomlReader reader(file);
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const toml::table root = reader.read(text);
  const toml::table* lint = reader.table_in(root, "lint");
  return lint ? excluded_from_lint(reader, *lint) : std::vector<std::string>();
}

}  // namespace contract
