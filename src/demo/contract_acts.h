// The acts about the contract itself: what a forecast would have said, and the database brought under it.
#pragma once

#include <string>

#include "demo/stage.h"

namespace demo {

// Each shows one act and returns whether it ended as it has to. The first adds the copy that it was rehearsed on to
// `image`.
bool forecast_on_day_one(const Stage& stage, std::string& image);
bool bring_under_the_contract(const Stage& stage);

}  // namespace demo
