// A pipe whose ends close on exec.
#pragma once

#include "sys/fd.h"

namespace sys {

struct Pipe {
  Fd read_end;
  Fd write_end;
};

// Throws Error(internal) where there are no more descriptors.
Pipe make_pipe();

// For bulk: holds a megabyte where the system allows it, so that neither end wakes the other for every few kilobytes.
Pipe make_wide_pipe();

}  // namespace sys
