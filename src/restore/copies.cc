#include "restore/copies.h"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "restore/examination.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

// What a restore can fail by that its copy is guilty of: bytes that lie show as anything.
bool may_be_the_copy(const Error& error) {
  return error.code() == Code::storage || error.code() == Code::tool || error.code() == Code::input;
}

// What is wrong with the copy, if anything is.
std::optional<std::string> fault_of(const Choice& choice) {
  try {
    return damage_of(choice);
  } catch (const Error& error) {
    if (error.code() != Code::storage) throw;
    return fmt::format("store {} does not answer: {}", choice.from.name, error.message());
  }
}

}  // namespace

Restored restore_from_copies(Choice choice, const std::function<Restored(const Choice&)>& restore) {
  std::vector<std::string> passed_over;
  for (std::size_t next = 1;; ++next) {
    try {
      Restored restored = restore(choice);
      restored.notes.insert(restored.notes.begin(), passed_over.begin(), passed_over.end());
      return restored;
    } catch (const Error& error) {
      if (next >= choice.holders.size() || !may_be_the_copy(error)) throw;
      const auto fault = fault_of(choice);
      if (!fault) throw;
      passed_over.push_back(fmt::format("another copy was passed over: {} (pgrehearse verify {} notes that down)",
                                        *fault, choice.point.id));
    }
    choice.from = choice.holders[next];
  }
}

void say_untouched(Error& error, std::string_view what) {
  error.with_hint(error.hint().empty() ? std::string(what) : fmt::format("{}; {}", what, error.hint()));
}

}  // namespace restore
