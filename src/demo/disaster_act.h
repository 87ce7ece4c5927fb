// The act in which production is destroyed, and comes back.
#pragma once

#include <functional>

#include "demo/stage.h"

namespace demo {

// Takes recovery points, calls `destroy` (which ends production and removes its disk), says what is lost, restores into
// a new server, and drills. Returns whether all of it ended as it has to.
bool survive_a_disaster(const Stage& stage, const std::function<void()>& destroy);

}  // namespace demo
