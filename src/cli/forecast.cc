#include "forecast/forecast.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/version.h"
#include "forecast/document.h"
#include "forecast/json.h"

namespace cli {

namespace {

constexpr const char* description =
    "Rehearses time. On one throw-away copy of the source's data, night after night, runs the contract's probes as "
    "often as you say and then the scripts, and judges every night by the contract, until it breaks or the nights are "
    "over. A clean-up that looks healthy for weeks, until real people reach its range, is found on the first day.\n\n"
    "  pgrehearse forecast cleanup.sql --each 'oauth signup=12' --nights 365\n\n"
    "Probes run before the scripts, in the order given, each on a session of its own, or on one that was made to "
    "forget all of the run before (DISCARD ALL). Dates do not advance: now() and current_date say today in every "
    "night, so that what a script deletes by age is not forecast.\n\n"
    "SOURCE is a libpq URI or conninfo, dump:PATH, image:NAME or repository, as for plan. Production is only read. "
    "Exits 0 where the contract holds and 1 where it breaks. docs/formats/forecast.md specifies the JSON.";

struct ForecastOptions {
  forecast::Options forecast{.nights = 365};
  SourceOptions source;
  std::string format = "text";
};

int run_forecast(ForecastOptions& options) {
  take_source(options.source, options.forecast.rehearsal, "forecast");
  forecast::Forecast result = forecast::forecast(options.forecast);
  result.program = program_and_version();
  if (options.format == "json") {
    print_text(forecast::to_json(result));
  } else {
    print_document(forecast::to_document(result));
  }
  return result.breaks() ? base::exit_status(base::Code::refused) : 0;
}

}  // namespace

Action declare_forecast(CLI::App& app) {
  const auto options = std::make_shared<ForecastOptions>();
  app.description(description);
  declare_source(app, options->forecast.rehearsal, options->source);
  app.add_option("--each", options->forecast.each,
                 "a probe of the contract and how often it runs in every night; give it once for each probe")
      ->type_name("PROBE=COUNT")
      ->allow_extra_args(false);
  app.add_option("--nights", options->forecast.nights, "how many nights, at most 10,000; else 365")->type_name("N");
  declare_format(app, options->format, "the report");
  return [options] { return run_forecast(*options); };
}

}  // namespace cli
