// For tests of what is thrown.
#pragma once

#include <stdexcept>

#include "base/error.h"

namespace base {

// The Error that `body` throws; fails the test by an exception of its own where it throws nothing.
template <typename Body>
Error thrown_by(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("nothing was thrown");
}

}  // namespace base
