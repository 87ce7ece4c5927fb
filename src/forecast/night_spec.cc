#include "forecast/night_spec.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace forecast {

namespace {

std::string declared(const contract::Contract& contract) {
  if (contract.probes.empty()) {
    return fmt::format("{} declares none: add [probes.\"…\"] with sql or command, see docs/formats/contract.md",
                       contract.file.string());
  }
  std::vector<std::string> names;
  for (const contract::Probe& probe : contract.probes) names.push_back(fmt::format("“{}”", probe.name));
  return fmt::format("{} declares {}", contract.file.string(), fmt::join(names, ", "));
}

std::optional<int> count_in(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > runs_limit) return std::nullopt;
  return count;
}

Each parse_each(const std::string& spec, const contract::Contract& contract) {
  const std::string shown = base::one_line(spec, 100);
  const std::size_t at = spec.rfind('=');
  if (at == std::string::npos) {
    throw base::Error(base::Code::usage, fmt::format("--each “{}” does not say how often", shown),
                      "write PROBE=COUNT, as in --each 'oauth signup=12'");
  }
  const std::string name = spec.substr(0, at);
  const auto probe = std::find_if(contract.probes.begin(), contract.probes.end(),
                                  [&](const contract::Probe& candidate) { return candidate.name == name; });
  if (probe == contract.probes.end()) {
    throw base::Error(base::Code::usage, fmt::format("there is no probe “{}”", base::one_line(name, 100)),
                      declared(contract));
  }
  const auto count = count_in(std::string_view(spec).substr(at + 1));
  if (!count) {
    throw base::Error(base::Code::usage,
                      fmt::format("--each “{}”: the count has to be a whole number from 1 to {}", shown,
                                  base::with_commas(runs_limit)),
                      "it says how often the probe runs in every night");
  }
  return {&*probe, *count};
}

}  // namespace

std::vector<Each> parse_night(const std::vector<std::string>& specs, const contract::Contract& contract) {
  if (specs.empty()) {
    throw base::Error(base::Code::usage, "forecast needs --each PROBE=COUNT: what happens in a night before the script",
                      declared(contract));
  }
  std::vector<Each> night;
  for (const std::string& spec : specs) {
    const Each each = parse_each(spec, contract);
    if (std::any_of(night.begin(), night.end(), [&](const Each& other) { return other.probe == each.probe; })) {
      throw base::Error(base::Code::usage, fmt::format("--each names the probe “{}” twice", each.probe->name),
                        "give it one count");
    }
    night.push_back(each);
  }
  return night;
}

}  // namespace forecast
