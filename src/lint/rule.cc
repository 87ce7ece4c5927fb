#include "lint/rule.h"

#include <algorithm>

#include "base/nearest.h"

namespace lint {
namespace {

using enum Severity;

// What the column is called is the contract's to say, or nobody's.
constexpr std::string_view by_what_it_is =
    "ask what the row is, by the column that says so: WHERE source = 'test', kind = 'demo', is_test, …";

constexpr std::array<RuleText, 16> table{{
    {Rule::identity_range_delete, "identity-range-delete",
     "a DELETE or UPDATE of a contract table takes its rows by a range of ids",
     "ids say nothing about what a row is: real sign-ups reach every range sooner or later, and are in it then",
     by_what_it_is, error, warning},
    {Rule::identity_upsert, "identity-upsert", "an upsert on the id of a contract table updates the row that is there",
     "the row that is there may be somebody else's, and is rewritten without a word",
     "a plain INSERT, which fails loudly, or DO NOTHING", error, warning},
    {Rule::delete_not_by_population, "delete-not-by-population",
     "a DELETE from a contract table does not ask for a disposable population",
     "whatever else it asks for may be true of a real person's row as well",
     "pin the population to a disposable one, in every branch of an OR", error, warning},
    {Rule::hard_coded_identity, "hard-coded-identity", "a row of a contract table is given a literal id",
     "an id that no sequence gave out lies where a sequence will arrive, and then a real sign-up collides with it",
     "leave the id to its sequence: omit the column or write DEFAULT or nextval(…)", error, warning},
    {Rule::sequence_follows_data, "sequence-follows-data", "a sequence is set to what rows hold",
     "one row with a stray id drags the sequence, and everybody after it, into a space that is not theirs",
     "let the sequence run; mend a stray row instead, or set a number that somebody decided", error, warning},
    {Rule::population_rewritten, "population-rewritten", "a row of a contract table changes its population",
     "a protected row that becomes a test row is deleted by the next clean-up",
     "rows keep what they are: insert a new one; give a population only WHERE it IS NULL", error, warning},
    {Rule::identity_rewritten, "identity-rewritten", "a row of a contract table changes its id",
     "every reference outside the database's foreign keys now means somebody else, or nobody",
     "ids are never moved nor used again: insert a new row", error, warning},
    {Rule::missing_predicate, "missing-predicate", "a DELETE or UPDATE of a contract table has no WHERE",
     "it takes every row, protected ones included", by_what_it_is, error, warning},
    {Rule::always_true_predicate, "always-true-predicate",
     "the WHERE of a DELETE or UPDATE of a contract table lets every row through",
     "it reads like a condition and takes every row", by_what_it_is, error, warning},
    {Rule::truncate, "truncate", "a contract table is truncated",
     "it takes every row of every population, and no trigger for deletions runs",
     "a DELETE that asks what the row is, by the column that says so", error, warning},
    {Rule::cascade, "cascade", "a statement reaches rows or tables that it does not name",
     "what hangs on the row goes with it, and nobody who reads the statement sees that",
     "name what has to go, in its own statement; let foreign keys refuse (NO ACTION or RESTRICT)", error, warning},
    {Rule::drop, "drop", "a contract table, or what carries its contract, is dropped",
     "nothing brings the rows back but a backup", "a migration of its own, rehearsed with pgrehearse plan", error,
     warning},
    {Rule::unparseable, "unparseable", "the text cannot be read, so nothing is known about it",
     "what cannot be read cannot be judged",
     "mend the syntax; what is meant for another database leave out by --exclude", error, warning},
    {Rule::unknown_rule, "unknown-rule", "a suppression names a rule that does not exist",
     "it allows nothing, and the reader believes it does", "one of the rules in docs/rules.md", error, warning},
    {Rule::reason_missing, "reason-missing", "a suppression gives no reason",
     "nobody can tell later whether it still holds", "pgrehearse: allow RULE because REASON", error, warning},
    {Rule::unused_suppression, "unused-suppression", "a suppression allows what is not there",
     "it would allow the next mistake in its place", "remove the comment", warning, warning},
}};

}  // namespace

const std::array<RuleText, 16>& rules() {
  return table;
}

const RuleText& text_of(Rule rule) {
  return table.at(static_cast<std::size_t>(rule));
}

bool may_be_allowed(Rule rule) {
  return rule < Rule::unparseable;
}

std::optional<Rule> rule_named(std::string_view id) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const RuleText& text) { return text.id == id; });
  if (found == table.end()) return std::nullopt;
  return found->rule;
}

std::string_view nearest_rule(std::string_view id) {
  const auto last =
      std::find_if(table.begin(), table.end(), [](const auto& text) { return !may_be_allowed(text.rule); });
  return std::min_element(table.begin(), last,
                          [&](const RuleText& a, const RuleText& b) {
                            return base::edit_distance(id, a.id) < base::edit_distance(id, b.id);
                          })
      ->id;
}

std::string_view name(Severity severity) {
  switch (severity) {
    case note:
      return "note";
    case warning:
      return "warning";
    case error:
      return "error";
  }
  return "";
}

}  // namespace lint
