#include "apply/hindrance.h"

#include <fmt/core.h>

#include "base/text.h"
#include "base/time.h"

namespace apply {

namespace {

constexpr const char* lock_not_available = "55P03";
constexpr const char* query_canceled = "57014";
constexpr const char* serialization_failure = "40001";
constexpr const char* deadlock_detected = "40P01";

std::string what_to_do(const std::string& sqlstate, const Limits& limits) {
  if (sqlstate == query_canceled) {
    return fmt::format("apply again; a statement may take {}, and longer with --statement-timeout",
                       base::humanise(limits.statement_timeout));
  }
  if (sqlstate == serialization_failure || sqlstate == deadlock_detected) {
    return "another transaction came in between: apply again";
  }
  if (sqlstate.starts_with("53")) return "the server is short of something, as it says: apply again when it is not";
  return "apply again when the server answers";
}

}  // namespace

bool stood_in_the_way(const std::string& sqlstate) {
  return sqlstate == lock_not_available || sqlstate == query_canceled || sqlstate == deadlock_detected ||
         sqlstate == serialization_failure || sqlstate.starts_with("08") || sqlstate.starts_with("53") ||
         sqlstate.starts_with("57P") || sqlstate.empty();
}

void say_hindrance(Outcome& outcome, const std::string& sqlstate, const std::string& where, const std::string& what,
                   const Limits& limits, const LockWatch& watch) {
  const std::string at = where.empty() ? "" : where + ": ";
  outcome.could_not = true;
  if (sqlstate != lock_not_available && !watch.gave_up()) {
    outcome.message = at + what;
    outcome.remedy = what_to_do(sqlstate, limits);
    return;
  }
  outcome.message = fmt::format("{}the locks could not be had within {}", at, base::humanise(limits.lock_timeout));
  outcome.remedy = "apply again when whoever holds them has ended, or wait longer with --lock-timeout";
  const std::string wanted = watch.wanted();
  for (const std::string& blocker : watch.blockers()) {
    outcome.notes.push_back(fmt::format("{}held by {}", wanted.empty() ? "" : wanted + " is ", blocker));
  }
}

}  // namespace apply
