// Work that may take its process down with it: done in forked children, whose death costs the piece they were at.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "sys/process.h"

namespace sys {

struct ContainedResult {
  std::string bytes;  // empty: nothing to tell, `done` is not called
  bool worn = false;  // the child may be damaged, and is not to do anything more
};

struct ContainedWork {
  // In a child, where only what it returns and its death are seen: standard error is /dev/null, and it may not throw.
  std::function<ContainedResult(std::size_t index)> work;
  // Both in the caller's thread, in the order in which pieces end.
  std::function<void(std::size_t index, std::string&& bytes)> done;
  std::function<void(std::size_t index, const Exit& exit)> died;
};

// Does `count` pieces of work in as many children as there are cores; one that takes more than `limit` of processor
// time is ended by SIGPROF. Every piece ends exactly once. Call it before the process has threads, since children go on
// from a copy of it without exec. Children die with us. Throws Error(interrupted) on a signal, Error(tool) where the
// system gives no more processes or memory; none is left behind.
void do_contained(std::size_t count, std::chrono::seconds limit, const ContainedWork& work);

}  // namespace sys
