// What stands in the way of an apply and says nothing about whether it would do what was planned: locks, timeouts,
// other transactions, a server that went away.
#pragma once

#include <string>

#include "apply/apply.h"
#include "apply/lock_watch.h"

namespace apply {

// Whether an error of this SQLSTATE (empty: the connection was lost) is of that kind: come back later.
bool stood_in_the_way(const std::string& sqlstate);

// Says so in `outcome`: what happened, who held the locks, what to do. `where` is the statement ("clean-up.sql:3"), or
// empty; `what` the server's words.
void say_hindrance(Outcome& outcome, const std::string& sqlstate, const std::string& where, const std::string& what,
                   const Limits& limits, const LockWatch& watch);

}  // namespace apply
