#include "apply/reach.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace apply {

namespace {

constexpr std::array random_words = {"random",           "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4",
                                     "gen_random_bytes", "gen_salt",        "uuidv4",           "uuidv7"};

constexpr std::array other_words = {"setval",         "restart",  "sequence",     "identity", "execute",
                                    "spi_exec_query", "spi_exec", "track_counts", "hold",     "deallocate"};

bool says(const rehearse::Code& code, const char* word) {
  return code.words.contains(word);
}

// setval(), ALTER SEQUENCE … RESTART, TRUNCATE … RESTART IDENTITY.
bool says_it_sets(const rehearse::Code& code) {
  return says(code, "setval") || (says(code, "restart") && (says(code, "sequence") || says(code, "identity")));
}

// Whether it may send statements that its own text does not hold.
bool puts_together(const rehearse::Code& code) {
  return says(code, "execute") || says(code, "spi_exec_query") || says(code, "spi_exec");
}

}  // namespace

Reach reach_of(const pg::Catalog& production, const rehearse::Plan& plan, const std::vector<std::string>& scripts) {
  std::set<std::string> wanted(random_words.begin(), random_words.end());
  wanted.insert(other_words.begin(), other_words.end());
  return rehearse::code_in_reach(production, plan, scripts, wanted);
}

bool may_set_sequences(const Reach& reach) {
  return std::any_of(reach.begin(), reach.end(),
                     [](const rehearse::Code& code) { return says_it_sets(code) || puts_together(code); });
}

bool may_forget_statements(const Reach& reach) {
  return std::any_of(reach.begin(), reach.end(),
                     [](const rehearse::Code& code) { return says(code, "deallocate") || puts_together(code); });
}

bool may_hold_cursors(const Reach& reach) {
  return std::any_of(reach.begin(), reach.end(), [](const rehearse::Code& code) { return says(code, "hold"); });
}

std::vector<Difference> uncounted(const Reach& reach) {
  std::vector<Difference> differences;
  for (const rehearse::Code& code : reach) {
    if (!says(code, "track_counts")) continue;
    differences.push_back(
        {.kind = DifferenceKind::unproven,
         .table = code.object,
         .message = "it says track_counts, so that the server may not count what is written in passing"});
  }
  return differences;
}

std::vector<std::string> random_values(const Reach& reach, const rehearse::Plan& plan) {
  std::vector<std::string> notes;
  for (const rehearse::Code& code : reach) {
    const bool is_script = std::any_of(plan.scripts.begin(), plan.scripts.end(),
                                       [&](const rehearse::ScriptFile& script) { return script.name == code.object; });
    const auto* word =
        std::find_if(random_words.begin(), random_words.end(), [&](const char* random) { return says(code, random); });
    if (!is_script || word == random_words.end()) continue;
    notes.push_back(fmt::format(
        "{} says {}: no run gives the values of another one, so that rows which hold one cannot be proven and are "
        "refused, save for UUIDs that new rows have by default; take constants, or let a column's default make them",
        code.object, *word));
  }
  return notes;
}

std::vector<Reason> sets_sequences(const Reach& reach, const rehearse::Plan& plan) {
  std::vector<Reason> reasons;
  if (plan.sequences.empty()) return reasons;
  for (const rehearse::Code& code : reach) {
    if (!says_it_sets(code)) continue;
    reasons.push_back({"sets-sequences",
                       fmt::format("{} sets a sequence (setval, RESTART) in a case that did not arise when it was "
                                   "rehearsed: no rollback takes that back",
                                   code.object),
                       "say --allow-sequence-moves to run it nevertheless; an apply in which the case arises is "
                       "refused"});
  }
  return reasons;
}

}  // namespace apply
