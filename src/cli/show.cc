#include <memory>

#include "cli/command.h"
#include "cli/plan_output.h"
#include "rehearse/plan_file.h"
#include "scratch/home.h"
#include "scratch/workplace.h"

namespace cli {

namespace {

struct ShowOptions {
  std::string file;
  OutputOptions output;
};

int run_show(const ShowOptions& options) {
  const rehearse::PlanFile file(options.file);
  if (!options.output.show_rows) {
    print_plan(file.plan(), {}, options.output);
    return 0;
  }
  scratch::reap();
  const scratch::Workplace workplace = scratch::Workplace::create(scratch::building_folder);
  const std::filesystem::path changeset = workplace.path() / "changeset";
  file.extract_changeset(changeset);
  print_plan(file.plan(), changeset, options.output);
  return 0;
}

}  // namespace

Action declare_show(CLI::App& app) {
  const auto options = std::make_shared<ShowOptions>();
  app.add_option("PLAN", options->file, "a file that `plan` wrote")->required()->type_name("");
  declare_output(app, options->output);
  return [options] { return run_show(*options); };
}

}  // namespace cli
