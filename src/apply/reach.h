// What the code that a script can get at may do one day, though it did not when it was rehearsed: told by its words.
#pragma once

#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/preflight.h"
#include "rehearse/definitions.h"
#include "rehearse/plan.h"

namespace apply {

using Reach = std::vector<rehearse::Code>;

// The plan's scripts, and what of production's code they can get at.
Reach reach_of(const pg::Catalog& production, const rehearse::Plan& plan, const std::vector<std::string>& scripts);

// Whether any of it may set a sequence: it says so, or puts statements together.
bool may_set_sequences(const Reach& reach);

// Whether any of it may reckon in another time zone than the session's.
bool speaks_of_zones(const Reach& reach);

// Whether any of it asks what day it is.
bool speaks_of_today(const Reach& reach);

// Whether any of it may leave a cursor's query to COMMIT (WITH HOLD).
bool may_hold_cursors(const Reach& reach);

// Whether any of it may have the server forget prepared statements: it says so, or puts statements together.
bool may_forget_statements(const Reach& reach);

// Nothing can be proven where some of it may keep the server from counting rows in passing (track_counts).
std::vector<Difference> uncounted(const Reach& reach);

// Why a plan that draws from sequences needs the word for setting them: some of the code says that it does.
std::vector<Reason> sets_sequences(const Reach& reach, const rehearse::Plan& plan);

}  // namespace apply
