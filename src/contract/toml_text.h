// Names and values as a pgrehearse.toml has to write them.
#pragma once

#include <string>

namespace contract {

// A basic string: "…", with everything escaped that could end it or steer a terminal.
std::string toml_string(const std::string& text);
// The same where a key stands, bare if it can be.
std::string toml_key(const std::string& text);

}  // namespace contract
