#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "lint/output.h"
#include "report/cells.h"
#include "report/paint.h"
#include "report/printable.h"

namespace lint {
namespace {

constexpr std::size_t widest_excerpt = 160;  // code points; a minified program has one line

// The lines of the files that findings lie in, each file read once.
class Lines {
 public:
  explicit Lines(const std::optional<std::string>& standard_input) : standard_input_(standard_input) {}

  std::string_view line(const std::string& file, int number) {
    const std::string& text = text_of_file(file);
    std::size_t begin = 0;
    for (int i = 1; i < number; ++i) {
      const std::size_t newline = text.find('\n', begin);
      if (newline == std::string::npos) return {};
      begin = newline + 1;
    }
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view found = std::string_view(text).substr(begin, end - begin);
    if (found.ends_with('\r')) found.remove_suffix(1);
    if (number == 1 && found.starts_with("\xef\xbb\xbf")) found.remove_prefix(3);
    return found;
  }

 private:
  const std::string& text_of_file(const std::string& file) {
    if (file == name_) return text_;
    name_ = file;
    text_.clear();
    if (file == "-" && standard_input_) {
      text_ = *standard_input_;
    } else if (std::filesystem::is_regular_file(file)) {
      std::ifstream stream(file, std::ios::binary);
      std::ostringstream whole;
      whole << stream.rdbuf();
      text_ = whole.str();
    }
    return text_;
  }

  const std::optional<std::string>& standard_input_;
  std::string name_;
  std::string text_;
};

struct Excerpt {
  std::string line;
  std::string indent;  // blanks as wide as what stands before the finding
};

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::size_t byte_of_column(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (; at < line.size() && column > 0; --column) {
    ++at;
    while (at < line.size() && continues(line[at])) ++at;
  }
  return at;
}

Excerpt excerpt(std::string_view line, int column) {
  const auto before = static_cast<std::size_t>(std::max(column - 1, 0));
  std::size_t begin = 0;
  if (before > widest_excerpt / 2) begin = byte_of_column(line, before - widest_excerpt / 2);
  const std::size_t at = byte_of_column(line, before);
  const std::string_view shown = line.substr(begin);
  const std::size_t end = byte_of_column(shown, widest_excerpt);
  Excerpt result;
  const std::string_view cut = begin > 0 ? "…" : "";
  result.line = fmt::format("{}{}{}", cut, report::printable(shown.substr(0, end)), end < shown.size() ? "…" : "");
  const std::string head = fmt::format("{}{}", cut, report::printable(line.substr(begin, at - begin)));
  result.indent.assign(report::width_of(report::cells_of({{.text = head}})), ' ');
  return result;
}

report::Tone tone_of(Severity severity) {
  return severity == Severity::error     ? report::Tone::bad
         : severity == Severity::warning ? report::Tone::warning
                                         : report::Tone::muted;
}

std::string finding_text(const Finding& finding, Lines& lines, const report::Paint& paint) {
  std::string text = fmt::format(
      "{}:{}:{}: {} {} {}\n", paint(report::printable(finding.file), report::Tone::strong), finding.line,
      finding.column, paint(std::string(name(finding.severity)) + ":", tone_of(finding.severity)),
      report::printable(finding.what), paint(fmt::format("[{}]", text_of(finding.rule).id), report::Tone::muted));
  const std::string instead =
      finding.instead.empty() ? std::string() : fmt::format("  instead  {}\n", report::printable(finding.instead));
  const std::string_view line = lines.line(finding.file, finding.line);
  if (line.empty()) return text + instead;
  const Excerpt shown = excerpt(line, finding.column);
  const std::string number = fmt::format("{:>5}", finding.line);
  text += fmt::format("{} {}\n", paint(number + " |", report::Tone::muted), shown.line);
  text += fmt::format("{} {}{}\n", paint("      |", report::Tone::muted), shown.indent,
                      paint("^", tone_of(finding.severity)));
  return text + instead;
}

std::string rule_text(Rule rule, const report::Paint& paint) {
  const RuleText& text = text_of(rule);
  return fmt::format("{}\n  why      {}\n  instead  {}\n", paint(std::string(text.id), report::Tone::strong), text.why,
                     text.instead);
}

}  // namespace

std::string to_text(const Report& report, const std::optional<std::string>& standard_input, bool colour) {
  const report::Paint paint(colour);
  Lines lines(standard_input);
  std::string text;
  std::set<Rule> spoke;
  std::set<std::string> files;
  for (const Finding& finding : report.findings) {
    text += finding_text(finding, lines, paint);
    spoke.insert(finding.rule);
    files.insert(finding.file);
  }
  for (const std::string& file : report.skipped) {
    text += fmt::format("{}: skipped, it is in no language that lint reads\n", report::printable(file));
  }
  if (report.findings.empty()) {
    return text + fmt::format("{} in {}\n", paint("no findings", report::Tone::good),
                              base::count_of(static_cast<std::int64_t>(report.files), "file"));
  }
  text += "\n";
  for (const Rule rule : spoke) text += rule_text(rule, paint);
  text += fmt::format("\n{} in {} of {}", base::count_of(static_cast<std::int64_t>(report.findings.size()), "finding"),
                      files.size(), base::count_of(static_cast<std::int64_t>(report.files), "file"));
  text += report.contract.empty() ? "; without a contract, every table counts and each finding is a warning\n" : "\n";
  return text;
}

std::string explain(Rule rule, bool colour) {
  const RuleText& text = text_of(rule);
  std::string result =
      fmt::format("{}: {}\n", report::Paint(colour)(std::string(text.id), report::Tone::strong), text.summary);
  result += fmt::format("  why      {}\n  instead  {}\n", text.why, text.instead);
  if (may_be_allowed(rule)) result += fmt::format("  once     -- pgrehearse: allow {} because REASON\n", text.id);
  return result + fmt::format("docs/rules/{}.md tells more.\n", text.id);
}

}  // namespace lint
