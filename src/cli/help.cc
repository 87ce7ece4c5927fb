#include "cli/help.h"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "cli/command.h"
#include "report/cells.h"
#include "report/paint.h"
#include "sys/terminal.h"

namespace cli {

namespace {

constexpr std::size_t widest = 100;  // longer lines are hard to read
constexpr std::size_t option_column = 30;
constexpr std::size_t command_column = 12;

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  for (const report::Cells& line : report::wrap(report::cells_of({{text}}), width))
    lines.push_back(report::Paint(false)(line));
  return lines;
}

// Where the second column of a line begins; 0 where it has none.
std::size_t second_column(const std::string& line) {
  const std::size_t word = line.find_first_not_of(' ');
  const std::size_t gap = word == std::string::npos ? word : line.rfind("  ");
  return gap == std::string::npos || gap < word ? 0 : gap + 2;
}

std::string shaped(const std::string& line, std::size_t width) {
  const std::size_t column = second_column(line);
  if (column == 0 || column >= width) return line + "\n";
  std::string text;
  std::string before = line.substr(0, column);
  for (const std::string& piece : wrapped(line.substr(column), width - column)) {
    text += before + piece + "\n";
    before.assign(column, ' ');
  }
  return text;
}

const char* summary_of(const std::string& command) {
  for (const Command& each : commands()) {
    if (command == each.name) return each.summary;
  }
  return "";
}

std::string first_sentence(const std::string& text) {
  return text.substr(0, std::min(text.find(". "), text.find('\n')));
}

}  // namespace

std::string filled(const std::string& text, std::size_t width) {
  std::string result;
  std::string paragraph;
  const auto flush = [&] {
    if (paragraph.empty()) return;
    for (const std::string& line : wrapped(paragraph, width)) result += line + "\n";
    paragraph.clear();
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() != ' ') {
      paragraph += (paragraph.empty() ? "" : " ") + line;
      continue;
    }
    flush();
    result += line.empty() ? "\n" : shaped(line, width);
  }
  flush();
  return result;
}

Help::Help() : width_(std::min(widest, static_cast<std::size_t>(sys::terminal(1).columns))) {
  column_width(option_column);
  label("Positionals", "Arguments");
  label("SUBCOMMAND", "COMMAND");
  label("REQUIRED", "(required)");
}

std::string Help::make_description(const CLI::App* app) const {
  return filled(app->get_description(), width_);
}

std::string Help::make_usage(const CLI::App* app, std::string name) const {
  return "\n" + CLI::Formatter::make_usage(app, std::move(name));
}

std::string Help::make_footer(const CLI::App* app) const {
  return filled(app->get_footer(), width_);
}

std::string Help::make_subcommands(const CLI::App* app, CLI::AppFormatMode) const {
  std::string text;
  for (const CLI::App* command : app->get_subcommands({})) text += make_subcommand(command);
  return text.empty() ? text : "\nCommands:\n" + text;
}

std::string Help::make_subcommand(const CLI::App* app) const {
  const bool top = app->get_parent()->get_parent() == nullptr;
  const std::string summary = top ? summary_of(app->get_name()) : first_sentence(app->get_description());
  return fmt::format("  {:<{}}{}\n", app->get_name(), command_column - 2, beside(command_column, summary));
}

std::string Help::make_option_desc(const CLI::Option* option) const {
  // CLI11 indents what follows a line break.
  std::string text;
  for (const std::string& line : wrapped(option->get_description(), width_ - option_column))
    text += (text.empty() ? "" : "\n") + line;
  return text;
}

// `text` in a column of its own.
std::string Help::beside(std::size_t column, const std::string& text) const {
  std::string result;
  for (const std::string& line : wrapped(text, width_ - column))
    result += (result.empty() ? "" : "\n" + std::string(column, ' ')) + line;
  return result;
}

}  // namespace cli
