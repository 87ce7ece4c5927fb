// How `apply` does a plan, which people want to know when they read it.
#pragma once

#include <string>
#include <vector>

#include "rehearse/plan.h"

namespace rehearse {

// Whether it is of a program (--exec), which has no SQL to run: its rows are applied.
bool by_rows(const Plan& plan);

struct Application {
  bool as_rows = false;
  // "audit of public.users": triggers of the changed tables that do not fire then, since what they did is among the
  // rows.
  std::vector<std::string> silent_triggers;
};

Application application_of(const Plan& plan);

// Half a sentence: "as rows; triggers …".
std::string describe(const Application& application);

}  // namespace rehearse
