// Parts of a plan's JSON (docs/formats/plan.md) that other documents hold too.
#pragma once

#include <nlohmann/json.hpp>

#include "rehearse/plan.h"

namespace rehearse {

nlohmann::ordered_json json_of(const TableEffect& effect);
nlohmann::ordered_json json_of(const SequenceMove& move);
nlohmann::ordered_json json_of(const Finding& finding);
nlohmann::ordered_json json_of(const ScriptFile& script);
nlohmann::ordered_json json_of(const Landing& landing);
nlohmann::ordered_json json_of(const Counts& counts);

}  // namespace rehearse
