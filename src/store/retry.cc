#include "store/retry.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "sys/signals.h"

namespace store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds slice{100};

milliseconds between_none_and(milliseconds most) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random));
}

}  // namespace

bool Retries::wait(std::optional<std::chrono::seconds> wish, const std::atomic<bool>* cancelled) {
  if (made_ >= policy_.attempts) return false;
  const milliseconds most = std::min(policy_.longest, policy_.first * (1 << std::min(made_ - 1, 16)));
  milliseconds left =
      between_none_and(most) + std::min<milliseconds>(wish.value_or(std::chrono::seconds(0)), policy_.wish);
  ++made_;
  for (; left.count() > 0; left -= slice) {
    sys::wait_ready(-1, 0, static_cast<int>(std::min(left, slice).count()));
    if (cancelled != nullptr && *cancelled) throw base::Error(base::Code::interrupted, "the transfer was given up");
  }
  return true;
}

}  // namespace store
