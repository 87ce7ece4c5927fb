// The rules of lint: what each is called, what it says, and how grave it is. One table; docs/rules/ tells the same at
// length.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lint {

enum class Rule : unsigned char {
  identity_range_delete,
  identity_upsert,
  delete_not_by_population,
  hard_coded_identity,
  sequence_follows_data,
  population_rewritten,
  identity_rewritten,
  missing_predicate,
  always_true_predicate,
  truncate,
  cascade,
  drop,
  // About the linting itself; none of these can be allowed by a comment.
  unparseable,
  unknown_rule,
  reason_missing,
  unused_suppression,
};

// What a finding weighs. Errors and warnings make lint exit with 1, a note does not.
enum class Severity : unsigned char { note, warning, error };

struct RuleText {
  Rule rule;
  std::string_view id;       // as written in comments and reports
  std::string_view summary;  // what it finds, a sentence without a full stop
  std::string_view why;      // what goes wrong
  std::string_view instead;  // what to write
  Severity with_contract;
  Severity without_contract;
};

// Every rule, in the order of the enumeration.
const std::array<RuleText, 16>& rules();
const RuleText& text_of(Rule rule);

// The rules that a comment may allow: those about SQL, not those about the linting.
bool may_be_allowed(Rule rule);

std::optional<Rule> rule_named(std::string_view id);
// The rule whose id is written most like `id`, for "did you mean".
std::string_view nearest_rule(std::string_view id);

std::string_view name(Severity severity);  // "note", "warning", "error"

}  // namespace lint
