#include "apply/reach.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "rehearse/random_values.h"

namespace apply {

namespace {

constexpr std::array other_words = {"setval",   "restart",      "sequence", "identity", "execute",  "spi_exec_query",
                                    "spi_exec", "track_counts", "hold",     "zone",     "timezone", "deallocate"};

constexpr std::array words_for_today = {"current_date",
                                        "now",
                                        "today",
                                        "localtimestamp",
                                        "current_timestamp",
                                        "clock_timestamp",
                                        "statement_timestamp",
                                        "transaction_timestamp"};

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
  std::set<std::string> wanted = rehearse::random_words();
  wanted.insert(other_words.begin(), other_words.end());
  wanted.insert(words_for_today.begin(), words_for_today.end());
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

bool speaks_of_zones(const Reach& reach) {
  return std::any_of(reach.begin(), reach.end(),
                     [](const rehearse::Code& code) { return says(code, "zone") || says(code, "timezone"); });
}

bool speaks_of_today(const Reach& reach) {
  return std::any_of(reach.begin(), reach.end(), [](const rehearse::Code& code) {
    return std::any_of(words_for_today.begin(), words_for_today.end(),
                       [&](const char* word) { return says(code, word); });
  });
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
