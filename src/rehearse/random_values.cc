#include "rehearse/random_values.h"

#include <fmt/core.h>

#include <algorithm>

namespace rehearse {

const std::set<std::string>& random_words() {
  static const std::set<std::string> words = {
      "random",           "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4",
      "gen_random_bytes", "gen_salt",        "uuidv4",           "uuidv7"};
  return words;
}

std::vector<std::string> random_values(const std::vector<Code>& reach, const Plan& plan) {
  std::vector<std::string> notes;
  for (const Code& code : reach) {
    const bool is_script = std::any_of(plan.scripts.begin(), plan.scripts.end(),
                                       [&](const ScriptFile& script) { return script.name == code.object; });
    const auto word = std::find_if(random_words().begin(), random_words().end(),
                                   [&](const std::string& random) { return code.words.contains(random); });
    if (!is_script || word == random_words().end()) continue;
    notes.push_back(fmt::format(
        "{} says {}: no run gives the values of another one, so that `apply` cannot prove rows which hold one and "
        "refuses them, save for UUIDs that new rows have by default; take constants, or let a column's default make "
        "them",
        code.object, *word));
  }
  return notes;
}

}  // namespace rehearse
