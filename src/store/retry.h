// How often and how long something that failed for a passing reason is tried again.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

namespace store {

struct RetryPolicy {
  int attempts = 9;
  std::chrono::milliseconds first{200};  // the longest first pause; each later one may be twice as long
  std::chrono::milliseconds longest{10'000};
  std::chrono::milliseconds wish{60'000};  // the longest pause that a server may ask for
};

// One operation's tries. Pauses are drawn evenly between none and the longest ("full jitter"): whoever failed together
// does not come back together.
class Retries {
 public:
  explicit Retries(const RetryPolicy& policy) : policy_(policy) {}

  // False where no try is left; else waits. At least as long as the server wished (Retry-After), where it did. Throws
  // Error(interrupted) on a signal, and once `cancelled` is raised.
  bool wait(std::optional<std::chrono::seconds> wish, const std::atomic<bool>* cancelled);
  int made() const { return made_; }
  // After progress, what comes is another operation.
  void reset() { made_ = 1; }

 private:
  RetryPolicy policy_;
  int made_ = 1;  // tries
};

}  // namespace store
