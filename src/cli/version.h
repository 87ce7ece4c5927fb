#pragma once

#include <string>

namespace cli {

std::string program_and_version();  // "pgrehearse 0.1.0"

}  // namespace cli
