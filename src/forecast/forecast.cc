#include "forecast/forecast.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "forecast/night_spec.h"
#include "forecast/season.h"
#include "forecast/trends.h"
#include "scratch/home.h"
#include "scratch/workplace.h"
#include "sys/clock.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace forecast {

namespace {

// A script that drops another table every night teaches something new every night.
constexpr int beginnings_limit = 4;

void check(const Options& options) {
  if (!options.rehearsal.contract) {
    throw base::Error(base::Code::contract,
                      "a forecast needs a contract, and there is no pgrehearse.toml here or above",
                      "name it with --contract; docs/formats/contract.md says what stands in it");
  }
  if (options.nights < 1 || options.nights > nights_limit) {
    throw base::Error(base::Code::usage,
                      fmt::format("--nights has to be a whole number from 1 to {}", base::with_commas(nights_limit)),
                      "nothing was run");
  }
}

// "nights, 25.0 a second, 13 s left"
std::string pace(std::size_t done, int nights, std::chrono::milliseconds took) {
  const double rate = static_cast<double>(done) * 1000.0 / static_cast<double>(std::max<std::int64_t>(took.count(), 1));
  const auto left = static_cast<std::int64_t>(1000.0 * static_cast<double>(nights - static_cast<int>(done)) / rate);
  return fmt::format("nights, {:.1f} a second, {} left", rate, base::humanise(std::chrono::milliseconds(left)));
}

void describe(const rehearse::Ground& ground, Forecast& result) {
  const scratch::Image& image = ground.image();
  result.created = sys::now();
  result.source = image.source;
  result.database = image.database;
  result.role = ground.session.role;
  result.server_major = image.major;
  result.image = image.name;
  result.image_taken = image.taken;
  result.contract_file = ground.contract.file.string();
  result.contract_hash = ground.contract.hash;
  result.notes = rehearse::ground_notes(ground);
  result.notes.emplace_back(
      "time does not pass: now() and current_date say today in every night, and what depends on dates is not forecast");
}

void describe_tables(Season& season, Forecast& result) {
  for (const auto& [oid, table] : season.first().tables) {
    const rehearse::BoundTable* bound = season.subject().contract_table(oid);
    if (!bound) continue;
    CoveredTable& covered = result.covered[table.qualified()];
    covered = {.id = bound->declared->id, .population = bound->declared->population};
    for (const contract::Population& population : bound->declared->populations) {
      if (population.disposable && covered.disposable.empty()) covered.disposable = population.name;
    }
  }
}

// Nights from the beginning; false: a night needed rows that nobody had kept, and `learned` says of which tables.
// Before the last try it is all that could cost a protected row, whatever that costs.
bool run_nights(const SeasonInput& input, Learned& learned, int beginning, Forecast& result) {
  Season season(input, learned);
  const sys::Stopwatch stopwatch;
  sys::Progress progress("forecasting");
  result.nights.clear();
  while (static_cast<int>(result.nights.size()) < result.nights_asked && !result.breaks()) {
    sys::check_interrupted();
    result.nights.push_back(season.night());
    if (season.learned_something() && beginning < beginnings_limit) {
      if (beginning + 1 == beginnings_limit) season.learn_all_covered();
      return false;
    }
    const std::size_t done = result.nights.size();
    progress.update(done, static_cast<std::uint64_t>(result.nights_asked),
                    pace(done, result.nights_asked, stopwatch.elapsed()));
  }
  describe_tables(season, result);
  result.trends = trends_of(result.nights, season.subject(), season.first(), season.now());
  for (std::string& note : season.notes()) result.notes.push_back(std::move(note));
  return true;
}

}  // namespace

Forecast forecast(const Options& options) {
  const sys::Stopwatch stopwatch;
  check(options);
  scratch::reap();
  rehearse::Inputs inputs = rehearse::read_inputs(options.rehearsal);
  parse_night(options.each, inputs.contract);  // what is wrong with it should not wait for a copy of the source
  Forecast result{.nights_asked = options.nights};
  for (const rehearse::Script& script : inputs.scripts) result.scripts.push_back(script.file);
  const rehearse::Ground ground = rehearse::lay_ground(options.rehearsal, std::move(inputs.contract));
  describe(ground, result);
  const scratch::Workplace workplace = scratch::Workplace::create(scratch::building_folder);
  const std::vector<Each> each = parse_night(options.each, ground.contract);
  const SeasonInput input{ground, inputs.scripts, each, workplace.path()};
  Learned learned;
  for (int beginning = 1; !run_nights(input, learned, beginning, result);) ++beginning;
  result.took = stopwatch.elapsed();
  return result;
}

}  // namespace forecast
