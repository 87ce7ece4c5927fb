#include "forecast/json.h"

#include <nlohmann/json.hpp>

#include "rehearse/json_parts.h"

namespace forecast {

namespace {

using Json = nlohmann::ordered_json;
using rehearse::array_of;
using rehearse::json_of;

constexpr const char* by_names[] = {"state", "probe", "script"};

Json landing(const std::optional<rehearse::Landing>& landing) {
  return landing ? json_of(*landing) : Json(nullptr);
}

Json write(const ProbeNight& probe) {
  return {{"name", probe.name},         {"runs", probe.runs},
          {"failed", probe.failed},     {"error", probe.error.empty() ? Json(nullptr) : Json(probe.error)},
          {"landed", probe.landed},     {"first", landing(probe.first)},
          {"last", landing(probe.last)}};
}

Json write(const Finding& finding) {
  Json json = json_of(finding.what);
  json["by"] = by_names[static_cast<int>(finding.by)];
  json["file"] = finding.file;
  json["line"] = finding.line;
  json["words"] = finding.words;
  return json;
}

Json write(const Night& night) {
  return {{"night", night.number},
          {"probes", array_of(night.probes, [](const auto& probe) { return write(probe); })},
          {"effects", array_of(night.effects, [](const auto& effect) { return json_of(effect); })},
          {"sequences", array_of(night.sequences, [](const auto& move) { return json_of(move); })},
          {"findings", array_of(night.findings, [](const auto& finding) { return write(finding); })}};
}

Json write(const SequenceTrend& trend) {
  Json json = {{"kind", "sequence"},
               {"sequence", trend.sequence},
               {"population", trend.population.empty() ? Json(nullptr) : Json(trend.population)},
               {"per_night", trend.per_night},
               {"first", trend.first},
               {"next", trend.next}};
  json["reaches"] =
      trend.reach
          ? Json{{"population", trend.reach->population.empty() ? Json(nullptr) : Json(trend.reach->population)},
                 {"id", trend.reach->id},
                 {"night", trend.reach->night},
                 {"extrapolated", true}}
          : Json(nullptr);
  return json;
}

Json write(const DeletionTrend& trend) {
  return {{"kind", "deletions"}, {"table", trend.table}, {"first", trend.first},
          {"last", trend.last},  {"most", trend.most},   {"total", trend.total}};
}

Json trends(const Trends& trends) {
  Json array = Json::array();
  for (const SequenceTrend& trend : trends.sequences) array.push_back(write(trend));
  for (const DeletionTrend& trend : trends.deletions) array.push_back(write(trend));
  Json touched = {{"kind", "protected"}};
  touched.update(json_of(trends.protected_rows));
  array.push_back(std::move(touched));
  return array;
}

}  // namespace

std::string to_json(const Forecast& forecast) {
  Json json = {{"version", Forecast::version},
               {"program", forecast.program},
               {"created", base::to_rfc3339(forecast.created)},
               {"verdict", forecast.breaks() ? "breaks" : "holds"},
               {"nights_asked", forecast.nights_asked},
               {"nights_run", forecast.nights.size()},
               {"broke_in", forecast.breaks() ? Json(forecast.nights.back().number) : Json(nullptr)},
               {"seconds", static_cast<double>(forecast.took.count()) / 1000.0},
               {"source", forecast.source},
               {"database", forecast.database},
               {"role", forecast.role},
               {"server_major", forecast.server_major},
               {"image", {{"name", forecast.image}, {"taken", base::to_rfc3339(forecast.image_taken)}}},
               {"contract", {{"file", forecast.contract_file}, {"sha256", forecast.contract_hash}}}};
  json["scripts"] = array_of(forecast.scripts, [](const auto& script) { return json_of(script); });
  json["nights"] = array_of(forecast.nights, [](const auto& night) { return write(night); });
  json["trends"] = trends(forecast.trends);
  json["notes"] = forecast.notes;
  // Values of a SQL_ASCII database may be anything.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace forecast
