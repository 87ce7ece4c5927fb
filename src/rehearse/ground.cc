#include "rehearse/ground.h"

#include <cstdlib>

#include "capture/prepare.h"
#include "contract/database.h"
#include "rehearse/nested.h"

namespace rehearse {

namespace {

// Bumped when capture::prepare() changes what it does to an image.
constexpr int preparation = 2;

std::string url_options(const std::string& source, const std::vector<scratch::SourceKind>& kinds) {
  if (!scratch::is_live(source, kinds)) return {};
  const pg::Parameters parameters = pg::parse_conninfo(source);
  const auto found = parameters.find("options");
  if (found != parameters.end()) return found->second;
  const char* environment = std::getenv("PGOPTIONS");
  return environment ? environment : "";
}

}  // namespace

Inputs read_inputs(const Options& options) {
  Inputs inputs;
  if (options.contract) inputs.contract = contract::load(*options.contract);
  inputs.scripts = read_scripts(options.scripts, options.commands);
  check_scripts(inputs.scripts);
  return inputs;
}

Ground lay_ground(const Options& options, contract::Contract contract) {
  const std::string source = contract::database_of(contract, options.source, "--from");
  scratch::ImageHold hold = scratch::obtain_image(source, {.max_age = options.max_age,
                                                           .role = options.role,
                                                           .isolation = options.isolation,
                                                           .prepare = capture::prepare,
                                                           .preparation = preparation,
                                                           .kinds = options.kinds});
  Session session{hold.image().database, options.role.empty() ? hold.image().role : options.role,
                  url_options(source, options.kinds)};
  return {.contract = std::move(contract),
          .hold = std::move(hold),
          .session = std::move(session),
          .isolation = options.isolation};
}

std::vector<std::string> ground_notes(const Ground& ground) {
  std::vector<std::string> notes = ground.image().notes;
  if (nested_settings(scratch::binaries_for(ground.image().major)).empty()) {
    notes.emplace_back("pg_stat_statements is not installed here, so upserts inside functions and programs go unseen");
  }
  if (ground.isolation != scratch::Isolation::required) {
    notes.emplace_back("the scratch ran without its sandbox (--no-sandbox): what the script reaches, it reached");
  }
  return notes;
}

}  // namespace rehearse
