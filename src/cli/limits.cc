#include "cli/limits.h"

#include <limits>

#include "base/error.h"
#include "base/time.h"

namespace cli {

namespace {

// The server counts milliseconds in 32 bits.
constexpr std::chrono::milliseconds longest{std::numeric_limits<std::int32_t>::max()};

std::chrono::milliseconds limit_of(const char* option, const std::string& text) {
  return base::in_context(option, [&] {
    const std::chrono::milliseconds limit = base::parse_short_duration(text);
    if (limit <= longest) return limit;
    throw base::Error(base::Code::contract, text + " is more than the server takes", "24d is the longest");
  });
}

}  // namespace

void declare_limits(CLI::App& app, LimitOptions& options) {
  app.add_option("--lock-timeout", options.lock_timeout, "give up where a lock cannot be had for so long: 2s, 500ms")
      ->type_name("TIME");
  app.add_option("--statement-timeout", options.statement_timeout, "give up where a statement takes longer: 5m")
      ->type_name("TIME");
}

apply::Limits limits_of(const LimitOptions& options) {
  return {.lock_timeout = limit_of("--lock-timeout", options.lock_timeout),
          .statement_timeout = limit_of("--statement-timeout", options.statement_timeout)};
}

}  // namespace cli
