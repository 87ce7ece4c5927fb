// What every act of the demo stands on.
#pragma once

#include <filesystem>
#include <string>

#include "demo/narrator.h"
#include "scratch/binaries.h"

namespace demo {

struct Stage {
  Narrator& narrator;
  std::string conninfo;             // of the demo's production
  std::filesystem::path directory;  // that holds pgrehearse.toml; gone at the end
};

// The programs that the demo's servers run on: such as can be dumped, where there are any.
const scratch::Binaries& any_server();

// How production is called where people read it.
inline constexpr const char* whose = "honeychat, the demo's own production";

}  // namespace demo
