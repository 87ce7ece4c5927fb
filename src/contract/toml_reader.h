// TOML read with a person beside it: every complaint names file and line, and what was probably meant.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace contract {

class TomlReader {
 public:
  explicit TomlReader(const std::filesystem::path& file) : file_(file.string()) {}

  toml::table read(std::string_view text) const;

  [[noreturn]] void fail(int line, const std::string& message, const std::string& hint = {}) const;
  static int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

  // Fails on a key of `table` that is not among `known`.
  void only(const toml::table& table, const std::vector<std::string_view>& known, std::string_view where) const;

  const toml::table* table_in(const toml::table& parent, std::string_view key) const;
  // Each table under [KEY.…], in the order of the file, which toml++ does not keep.
  void for_each_table(const toml::table& parent, std::string_view key,
                      const std::function<void(const std::string&, const toml::table&, int line)>& each) const;

  std::optional<std::string> text_in(const toml::table& table, std::string_view key) const;
  // `at` becomes the line that it stands on.
  std::string needed_text(const toml::table& table, std::string_view key, std::string_view where, int line,
                          int& at) const;
  std::optional<bool> truth_in(const toml::table& table, std::string_view key) const;
  std::optional<base::Seconds> duration_in(const toml::table& table, std::string_view key) const;
  // A string, or a list of strings.
  std::vector<std::string> texts_of(const toml::node& node) const;

 private:
  std::string file_;
};

// A value that may stand in the environment instead of the file.
struct Setting {
  std::string value;     // empty: not given, or its variable is not set
  std::string variable;  // NAME where the file says "env:NAME" and that variable is not set
};
Setting resolve(const TomlReader& reader, const std::string& text, std::string_view key, int line);

}  // namespace contract
