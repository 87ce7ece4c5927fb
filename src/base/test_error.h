// For tests: the error that something ends with.
#pragma once

#include <gtest/gtest.h>

#include "base/error.h"

namespace base {

template <typename Body>
Error error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Code::internal, ""};
}

}  // namespace base
