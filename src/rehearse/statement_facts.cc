#include "rehearse/statement_facts.h"

#include <algorithm>

#include "base/text.h"
#include "sql/script.h"

namespace rehearse {

namespace {

constexpr std::size_t words_width = 60;
constexpr std::size_t kept = 10'000;

// More than is shown, so that a secret is seen whole before the text is cut.
constexpr std::size_t words_bytes = 4096;

}  // namespace

bool StatementFacts::is_command(std::uint32_t number) const {
  return number > 0 && number <= statements_.size() && scripts_[statements_[number - 1].script].file.command;
}

const sql::Facts& StatementFacts::of(std::uint32_t number) {
  // Statements are asked about one after the other, so that starting anew costs little.
  if (facts_.size() > kept && !facts_.contains(number)) facts_.clear();
  const auto [entry, fresh] = facts_.try_emplace(number);
  if (fresh && number > 0 && number <= statements_.size() && !is_command(number)) {
    const RanStatement& ran = statements_[number - 1];
    entry->second = sql::analyse(std::string_view(scripts_[ran.script].text).substr(ran.offset, ran.length));
  }
  return entry->second;
}

StatementEffect StatementFacts::describe(std::uint32_t number) const {
  StatementEffect effect{.number = static_cast<int>(number)};
  if (number == 0 || number > statements_.size()) return effect;
  const RanStatement& ran = statements_[number - 1];
  const Script& script = scripts_[ran.script];
  effect.line = static_cast<int>(ran.line);
  effect.file = script.file.command ? "--exec" : script.file.name;
  const std::string_view text = std::string_view(script.text).substr(ran.offset, std::min(ran.length, words_bytes));
  effect.words = script.file.command ? base::one_line(script.file.name, words_width)
                                     : sql::first_words(base::mask_secrets(text), words_width);
  return effect;
}

}  // namespace rehearse
