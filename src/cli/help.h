// What --help prints, laid out for the terminal that it goes to.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>

namespace cli {

// Paragraphs are filled. Lines that begin with a blank keep their shape: examples, and two columns divided by two
// blanks or more, of which the second is filled.
std::string filled(const std::string& text, std::size_t width);

class Help : public CLI::Formatter {
 public:
  Help();

  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_footer(const CLI::App* app) const override;
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;
  std::string make_subcommand(const CLI::App* app) const override;
  std::string make_option_desc(const CLI::Option* option) const override;

 private:
  std::string beside(std::size_t column, const std::string& text) const;

  std::size_t width_;
};

}  // namespace cli
