// What is found in a file as bytes, from one process of ours to its parent. No format: both are the same program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "source/fragment.h"

namespace source {

std::string pack(const Extraction& extraction);
// nullopt where `bytes` cannot have come from pack().
std::optional<Extraction> unpack(std::string_view bytes);

}  // namespace source
