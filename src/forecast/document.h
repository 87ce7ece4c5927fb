// A forecast as a report that people read.
#pragma once

#include "forecast/forecast.h"
#include "report/document.h"

namespace forecast {

report::Document to_document(const Forecast& forecast);

}  // namespace forecast
