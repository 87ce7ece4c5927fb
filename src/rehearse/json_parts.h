// Parts of a plan's JSON (docs/formats/plan.md) that other documents hold too.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "rehearse/plan.h"

namespace rehearse {

nlohmann::ordered_json json_of(const TableEffect& effect);
nlohmann::ordered_json json_of(const SequenceMove& move);
nlohmann::ordered_json json_of(const Finding& finding);
nlohmann::ordered_json json_of(const ScriptFile& script);
nlohmann::ordered_json json_of(const Landing& landing);
nlohmann::ordered_json json_of(const Counts& counts);

template <typename T, typename Convert>
nlohmann::ordered_json array_of(const std::vector<T>& items, Convert convert) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const T& item : items) array.push_back(convert(item));
  return array;
}

}  // namespace rehearse
