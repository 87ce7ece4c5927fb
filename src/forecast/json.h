// A forecast as JSON (docs/formats/forecast.md).
#pragma once

#include <string>

#include "forecast/forecast.h"

namespace forecast {

// Pretty-printed, with a final newline. Keys stand in the order of the specification.
std::string to_json(const Forecast& forecast);

}  // namespace forecast
