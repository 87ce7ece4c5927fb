// The work of an undo, whatever holds the changes and however it is committed.
#pragma once

#include <filesystem>
#include <functional>

#include "apply/target.h"
#include "apply/undo.h"

namespace apply {

struct PutBack {
  std::filesystem::path changes;    // what was done: a net changeset
  std::filesystem::path directory;  // for temporary files
  // Keep what force writes over, and those of `changes` that are left, durably before `commit`; empty: nothing does.
  std::filesystem::path overwritten;
  std::filesystem::path left;
  // Ends the transaction of target.session(), in which all is written and proven.
  std::function<void(const Undone&)> commit;
};
// As undo() says. Undone::message is left empty.
Undone put_back(Target& target, const PutBack& what, const UndoOptions& options);

}  // namespace apply
