#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace sys {

base::Instant now();
std::int64_t microseconds_now();  // since 1970 UTC, as a server on this machine reads them

class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace sys
