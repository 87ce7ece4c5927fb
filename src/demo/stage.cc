#include "demo/stage.h"

#include <algorithm>

namespace demo {

const scratch::Binaries& any_server() {
  const auto& found = scratch::all_binaries();
  if (found.empty()) return scratch::binaries_for(scratch::oldest_major);  // says what is missing
  const auto whole = [](const scratch::Binaries& binaries) { return binaries.pg_dump && binaries.pg_restore; };
  const auto at = std::find_if(found.begin(), found.end(), whole);
  return at == found.end() ? found.front() : *at;
}

}  // namespace demo
