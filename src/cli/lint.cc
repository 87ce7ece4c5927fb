#include "lint/lint.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/version.h"
#include "lint/changed_lines.h"
#include "lint/output.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* description =
    "Looks for statements that can hurt, before anything runs: in .sql files, and in SQL inside Python, JavaScript, "
    "TypeScript, Go, Ruby, Java, Kotlin, PHP, C#, Rust, C++ and shell. - is SQL on standard input. Directories are "
    "searched, but not what a .gitignore names, nor .git, .hg, .svn, node_modules, vendor, target, build, dist, venv, "
    ".venv, .tox and __pycache__ in them: name such a directory itself to have it searched.\n\n"
    "The contract says which tables matter: --contract, or pgrehearse.toml here or above. Without one, the rules are "
    "about every table with a primary key, and each finding is a warning. Exits 0 where there is nothing, 1 where "
    "there are findings.\n\n"
    "  pgrehearse lint migrations app\n"
    "  pgrehearse lint --diff origin/main --format github\n"
    "  pgrehearse lint --explain identity-range-delete\n\n"
    "A comment on the statement allows a rule once: -- pgrehearse: allow RULE because REASON";

struct LintOptions {
  std::vector<std::string> paths;
  std::string diff;
  std::string contract;
  std::vector<std::string> exclude;
  std::string explain;
  lint::Format format = lint::Format::text;
};

const std::map<std::string, lint::Format> formats = {{"text", lint::Format::text},
                                                     {"json", lint::Format::json},
                                                     {"sarif", lint::Format::sarif},
                                                     {"github", lint::Format::github},
                                                     {"junit", lint::Format::junit}};

std::optional<contract::Contract> contract_of(const LintOptions& options) {
  if (!options.contract.empty()) return contract::load(options.contract);
  const auto found = contract::find_contract(fs::current_path());
  if (!found) return std::nullopt;
  return contract::load(*found);
}

int run_explain(const std::string& id) {
  const auto rule = lint::rule_named(id);
  if (!rule) {
    throw base::Error(base::Code::usage, "there is no rule “" + id + "”",
                      "did you mean " + std::string(lint::nearest_rule(id)) + "? All are in docs/rules.md");
  }
  print_text(lint::explain(*rule, sys::terminal(1).colour));
  return 0;
}

std::vector<fs::path> paths_of(const LintOptions& options) {
  if (options.paths.empty()) return {"."};
  std::vector<fs::path> paths;
  for (const std::string& path : options.paths) {
    if (path == "-") continue;
    std::error_code failed;
    if (!fs::exists(path, failed)) {
      const bool hidden = failed && failed != std::errc::no_such_file_or_directory;
      throw base::Error(base::Code::usage, path + (hidden ? ": " + failed.message() : " does not exist"),
                        "nothing was linted; name files or directories, or - for standard input");
    }
    if (!fs::is_regular_file(path, failed) && !fs::is_directory(path, failed)) {
      throw base::Error(base::Code::usage, path + " is neither a file nor a directory",
                        "nothing was linted; what comes through a pipe or from a device is read as SQL by: pgrehearse "
                        "lint - < " +
                            path);
    }
    paths.emplace_back(path);
  }
  return paths;
}

// The directory that git is asked in: what is linted need not lie below the working directory.
fs::path repository_of(const std::vector<fs::path>& linted) {
  const fs::path whole = fs::weakly_canonical(linted.empty() ? fs::current_path() : linted.front());
  return fs::is_directory(whole) ? whole : whole.parent_path();
}

std::string render(const lint::Report& report, const std::optional<std::string>& standard_input, lint::Format format) {
  switch (format) {
    case lint::Format::json:
      return lint::to_json(report);
    case lint::Format::sarif:
      return lint::to_sarif(report);
    case lint::Format::github:
      return lint::to_github(report);
    case lint::Format::junit:
      return lint::to_junit(report);
    case lint::Format::text:
      break;
  }
  return lint::to_text(report, standard_input, sys::terminal(1).colour);
}

int run_lint(const LintOptions& options) {
  if (!options.explain.empty()) return run_explain(options.explain);
  const std::vector<fs::path> paths = paths_of(options);
  const std::optional<contract::Contract> contract = contract_of(options);
  std::optional<lint::ChangedLines> changed;
  if (!options.diff.empty()) changed = lint::ChangedLines::since(options.diff, repository_of(paths));
  std::optional<std::string> standard_input;
  if (std::find(options.paths.begin(), options.paths.end(), "-") != options.paths.end()) {
    standard_input = sys::read_all(0, "standard input");
  }
  source::Ignored excluded;
  if (contract) {
    const fs::path beside = fs::absolute(contract->file).parent_path().lexically_normal();
    for (const std::string& pattern : contract->lint_excludes) excluded.add(beside, pattern);
  }
  for (const std::string& pattern : options.exclude) excluded.add(fs::current_path(), pattern);
  lint::Report report = lint::run(paths, standard_input, contract ? &*contract : nullptr, excluded);
  report.program = program_and_version();
  if (changed) {
    std::erase_if(report.findings, [&](const lint::Finding& finding) {
      return finding.file != "-" && !changed->touch(finding.file, finding.first_line, finding.last_line);
    });
  }
  print_text(render(report, standard_input, options.format));
  return report.clean() ? 0 : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_lint(CLI::App& app) {
  const auto options = std::make_shared<LintOptions>();
  app.description(description);
  app.add_option("PATH", options->paths, "files and directories, - for standard input; default: the working directory")
      ->type_name("");
  app.add_option("--diff", options->diff, "only what lies in statements that changed since this revision of git")
      ->type_name("REV");
  app.add_option("--format", options->format, "how to print the findings: text, json, sarif, github or junit")
      ->transform(choice(formats))
      ->type_name("FORMAT");
  app.add_option("--contract", options->contract, "the contract; default: pgrehearse.toml here or above")
      ->type_name("FILE");
  app.add_option("--exclude", options->exclude,
                 "files to leave out, as a .gitignore here would name them: vendor/, *.min.js; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--explain", options->explain, "say what a rule is for, and what to write instead")->type_name("RULE");
  return [options] { return run_lint(*options); };
}

}  // namespace cli
