#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/plan_output.h"
#include "cli/version.h"
#include "rehearse/plan_file.h"
#include "rehearse/rehearse.h"
#include "sys/file.h"

namespace cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* description =
    "Clones the source's data into a throw-away server, runs the scripts there as the role that would run them, reads "
    "row for row what they did, and judges it by the contract. Production is only read. Exits 0 where the contract is "
    "kept and 1 where it is broken; the plan file is written in both cases.\n\n"
    "SOURCE is a libpq URI or conninfo, dump:PATH (custom, directory, tar or plain SQL), image:NAME, or a recovery "
    "point: repository (the newest good one), repository:TIER or repository:ID; such a rehearsal proves a restore as "
    "well. Without it: the contract's [database] url, then the PG* environment.";

struct PlanOptions {
  rehearse::Options rehearsal;
  SourceOptions source;
  std::string out;
  OutputOptions output;
};

fs::path plan_path(const PlanOptions& options) {
  if (!options.out.empty()) return fs::absolute(options.out);
  const auto& scripts = options.rehearsal.scripts;
  const fs::path stem = scripts.empty() ? fs::path("exec") : fs::path(scripts.front()).stem();
  return fs::absolute(stem.string() + ".plan");
}

// A rehearsal may take minutes: it should not end in "no such directory", nor in a script that was overwritten.
void check_writable(const fs::path& file, const PlanOptions& options, const char* option) {
  const auto refuse = [&](const std::string& what) {
    throw base::Error(base::Code::usage, what, fmt::format("nothing was run; name another file with {}", option));
  };
  std::error_code ignored;
  const fs::path directory = file.parent_path();
  if (!fs::is_directory(directory, ignored))
    refuse(fmt::format("there is no directory {} to write to", directory.string()));
  if (fs::is_directory(file, ignored)) refuse(fmt::format("{} is a directory", file.string()));
  std::vector<std::string> inputs = options.rehearsal.scripts;
  inputs.push_back(options.source.contract);
  if (options.rehearsal.source.starts_with("dump:")) inputs.push_back(options.rehearsal.source.substr(5));
  for (const std::string& input : inputs) {
    if (fs::equivalent(input, file, ignored)) refuse(fmt::format("{} would be overwritten", input));
  }
  try {
    sys::AtomicFile(file, 0600).write("");
  } catch (base::Error& error) {
    throw error.with_hint(fmt::format("nothing was run; name another file with {}", option));
  }
}

int run_plan(PlanOptions& options) {
  take_source(options.source, options.rehearsal, "plan");
  const fs::path file = plan_path(options);
  check_writable(file, options, "--out");
  if (!options.output.report.empty()) {
    const fs::path report = fs::absolute(options.output.report);
    if (report == file)
      throw base::Error(base::Code::usage, "--out and --report name the same file", "nothing was run");
    check_writable(report, options, "--report");
  }
  rehearse::Rehearsal rehearsal = rehearse::rehearse(options.rehearsal);
  rehearse::Plan& plan = rehearsal.plan;
  plan.program = program_and_version();
  plan.file = file.string();
  rehearse::write_plan(file, plan, rehearsal.scripts, rehearsal.net);
  print_plan(plan, rehearsal.net, options.output);
  return plan.verdict() == rehearse::Verdict::keeps ? 0 : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_plan(CLI::App& app) {
  const auto options = std::make_shared<PlanOptions>();
  app.description(description);
  declare_source(app, options->rehearsal, options->source);
  app.add_option("--out", options->out, "where to write the plan; else SCRIPT.plan in this directory")
      ->type_name("FILE");
  declare_output(app, options->output);
  return [options] { return run_plan(*options); };
}

}  // namespace cli
