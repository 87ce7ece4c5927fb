// An expression while it is read: shared by expressions.cc and calls.cc, and nobody else's.
#pragma once

#include "source/expressions.h"

namespace source {

struct Expressions::Reading {
  Evaluated& result;
  const Variable* self = nullptr;
  TSNode top{};
  bool list = false;
  bool own = false;  // text that is no variable's

  Assembly& into() const { return result.value; }
};

}  // namespace source
