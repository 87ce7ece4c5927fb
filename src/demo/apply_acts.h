// The acts in which a plan becomes true: applied, refused, and undone.
#pragma once

#include "demo/stage.h"

namespace demo {

// Shows that what was read is what happens, that one changed row is enough for nothing to happen, and that an apply
// that one regrets is put back whole. Returns whether each ended as it has to.
bool apply_and_undo(const Stage& stage, std::string& image);

}  // namespace demo
