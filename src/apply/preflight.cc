#include "apply/preflight.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "apply/transaction_words.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "contract/contract.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace apply {

namespace {

namespace fs = std::filesystem;
using rehearse::Plan;

constexpr std::size_t objects_named = 5;

bool about_sequences(const rehearse::Finding& finding) {
  return finding.rule.starts_with("sequence-");
}

void check_outcome(const Plan& plan, const PlanPolicy& policy, std::vector<Reason>& reasons) {
  if (plan.failure) {
    reasons.push_back({"script-failed", "the script failed when it was rehearsed: " + plan.failure->message,
                       "mend the script and make a new plan"});
    return;
  }
  std::vector<std::string> rules;
  for (const rehearse::Finding& finding : plan.findings) {
    if (policy.allow_sequence_moves && about_sequences(finding)) continue;
    if (std::find(rules.begin(), rules.end(), finding.rule) == rules.end()) rules.push_back(finding.rule);
  }
  if (rules.empty() || policy.accept_findings) return;
  reasons.push_back({"contract-broken", fmt::format("the plan breaks the contract: {}", fmt::join(rules, ", ")),
                     "mend the script; or, if the findings were read and are wanted, say --accept-findings"});
}

void check_age(const Plan& plan, const PlanPolicy& policy, std::vector<Reason>& reasons) {
  const auto age = std::chrono::duration_cast<base::Seconds>(sys::now() - plan.created);
  if (age <= policy.max_age) return;
  reasons.push_back(
      {"plan-too-old",
       fmt::format("the plan is {} old, and may be {}", base::humanise(age), base::humanise(policy.max_age)),
       "make a new plan, or allow the age with --max-age"});
}

// The plan carries the scripts' bytes, and these are what is run. A script that lies where it lay must not say
// otherwise.
void check_scripts(const Plan& plan, std::vector<Reason>& reasons) {
  for (const rehearse::ScriptFile& script : plan.scripts) {
    std::error_code missing;
    if (script.command || !fs::is_regular_file(script.name, missing)) continue;
    if (base::sha256_hex(sys::read_file(script.name)) == script.sha256) continue;
    reasons.push_back(
        {"script-changed", fmt::format("{} was changed since it was rehearsed", script.name), "make a new plan of it"});
  }
}

std::optional<fs::path> contract_file(const Plan& plan, const PlanPolicy& policy) {
  if (!policy.contract.empty()) return policy.contract;
  std::error_code missing;
  if (fs::is_regular_file(plan.contract_file, missing)) return plan.contract_file;
  return contract::find_contract(fs::current_path(missing));
}

void check_contract(const Plan& plan, const PlanPolicy& policy, std::vector<Reason>& reasons) {
  const std::optional<fs::path> file = contract_file(plan, policy);
  if (plan.contract_hash.empty()) {
    if (policy.contract.empty()) return;
    reasons.push_back(
        {"contract-changed", "the plan was made without a contract", "make a new plan under the contract"});
    return;
  }
  if (!file) {
    reasons.push_back({"contract-changed", fmt::format("the plan's contract, {}, is not here", plan.contract_file),
                       "name it with --contract"});
  } else if (base::sha256_hex(sys::read_file(*file)) != plan.contract_hash) {
    reasons.push_back({"contract-changed",
                       fmt::format("{} is not the contract that the plan was judged by", file->string()),
                       "make a new plan under the contract as it is now"});
  }
}

void check_effects(const Plan& plan, const PlanPolicy& policy, std::vector<Reason>& reasons) {
  std::vector<std::string> truncated;
  for (const rehearse::TableEffect& effect : plan.effects) {
    if (effect.truncated) truncated.push_back(effect.table);
  }
  if (!truncated.empty()) {
    reasons.push_back({"truncates",
                       fmt::format("the script truncates {}: nothing counts the rows that go, and nobody "
                                   "else can read the table until the end",
                                   fmt::join(truncated, ", ")),
                       "delete the rows instead"});
  }
  if (!plan.catalog.empty()) {
    std::vector<std::string> objects;
    for (const rehearse::CatalogChange& change : plan.catalog) {
      if (objects.size() < objects_named) objects.push_back(change.object);
    }
    reasons.push_back({"changes-catalog",
                       fmt::format("the script changes definitions ({}{}), which undo could not put back",
                                   fmt::join(objects, ", "), plan.catalog.size() > objects.size() ? ", …" : ""),
                       "a migration is run by itself; plan and apply what it does to rows"});
  }
  if (plan.run.large_objects) {
    reasons.push_back({"writes-large-objects", "the script writes large objects, whose contents no plan holds", ""});
  }
  if (!plan.run.refreshed.empty() && !by_rows(plan)) {
    reasons.push_back({"refreshes-views",
                       fmt::format("the materialized view {} is refreshed, whose rows no plan holds",
                                   base::some_of(plan.run.refreshed, objects_named)),
                       "take REFRESH out of the script, and refresh the view after the apply; where a trigger does it, "
                       "plan with --exec 'psql -f SCRIPT': rows are applied then, and no trigger fires"});
  }
  if (policy.allow_sequence_moves) return;
  std::vector<std::string> sequences;
  for (const rehearse::SequenceMove& move : plan.sequences) {
    if (move.set || by_rows(plan)) sequences.push_back(move.name);
  }
  if (sequences.empty() && !plan.run.sets_sequences) return;
  const std::string which = sequences.empty() ? "a sequence" : fmt::format("{}", fmt::join(sequences, ", "));
  reasons.push_back({"sets-sequences",
                     by_rows(plan)
                         ? fmt::format("the rows carry numbers drawn from {}, which has to be moved past them", which)
                         : fmt::format("the script sets {} (setval, RESTART), which no rollback takes back", which),
                     "say --allow-sequence-moves if that is wanted"});
}

}  // namespace

std::vector<Reason> reasons_against(const Plan& plan, const PlanPolicy& policy) {
  std::vector<Reason> reasons;
  check_outcome(plan, policy, reasons);
  check_age(plan, policy, reasons);
  check_scripts(plan, reasons);
  check_contract(plan, policy, reasons);
  check_effects(plan, policy, reasons);
  return reasons;
}

namespace {

// Scripts, statement by statement, on their way to one transaction.
class Joining {
 public:
  explicit Joining(std::vector<Reason>& reasons) : reasons_(reasons) {}

  void add(const sql::Statement& statement, const std::string& file) {
    const TransactionWord word = transaction_word(statement.text);
    switch (word.role) {
      case TransactionRole::plain:
        if (const std::string what = acts_outside(statement.text); !what.empty()) {
          refuse("acts-outside", statement, file, what + ", which no rollback takes back",
                 "take this out of the script, and run it by itself");
        } else if (alters_unseen(statement.text)) {
          refuse("changes-catalog", statement, file,
                 "it alters the server's catalogs, which no plan shows and no undo puts back",
                 "take this out of the script, and run it by itself");
        }
        whole_.statements.push_back({statement.text, statement.copy_data, file, statement.line});
        if (!inside_ && !is_setting(statement.text)) ++transactions_;
        only_settings_ = only_settings_ && is_setting(statement.text);
        break;
      case TransactionRole::begin:
        take_options(statement, file, "it begins several transactions of different kinds", true);
        if (!std::exchange(inside_, true)) ++transactions_;
        break;
      case TransactionRole::characteristics:
        take_options(statement, file, "it changes the transaction in its middle", false);
        break;
      case TransactionRole::commit:
        inside_ = false;
        break;
      case TransactionRole::impossible:
        refuse_part(statement, file, word.why);
        break;
    }
  }

  OneTransaction take() {
    for (const auto& [name, value] : options_)
      whole_.begin += (name == "isolation" ? " ISOLATION LEVEL " : " ") + value;
    whole_.joined = transactions_ > 1;
    return std::move(whole_);
  }

 private:
  // Settings may stand before BEGIN: they mean the same after it.
  void take_options(const sql::Statement& statement, const std::string& file, const char* why, bool whole) {
    const auto options = transaction_options(statement.text);
    if (!options) return refuse_part(statement, file, "it takes over another transaction's snapshot");
    if (only_settings_) {
      for (const auto& [name, value] : *options) options_[name] = value;
      return;
    }
    const bool same =
        whole ? *options == options_ : std::all_of(options->begin(), options->end(), [&](const auto& option) {
          const auto found = options_.find(option.first);
          return found != options_.end() && found->second == option.second;
        });
    if (!same) refuse_part(statement, file, why);
  }

  void refuse_part(const sql::Statement& statement, const std::string& file, const std::string& why) {
    refuse("not-one-transaction", statement, file, why, "an apply is one transaction: take this out of the script");
  }

  void refuse(const char* rule, const sql::Statement& statement, const std::string& file, const std::string& why,
              const char* remedy) {
    reasons_.push_back(
        {rule, fmt::format("{}:{}: {} ({})", file, statement.line, why, sql::first_words(statement.text, 60)), remedy});
  }

  std::vector<Reason>& reasons_;
  OneTransaction whole_;
  std::map<std::string, std::string> options_;
  bool only_settings_ = true;
  int transactions_ = 0;
  bool inside_ = false;  // of one that the scripts began
};

}  // namespace

OneTransaction as_one_transaction(const Plan& plan, const std::vector<std::string>& scripts,
                                  std::vector<Reason>& reasons) {
  Joining joining(reasons);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const std::string& file = plan.scripts.at(i).name;
    sql::Splitter splitter(scripts[i], file);
    while (const auto statement = splitter.next()) joining.add(*statement, file);
  }
  return joining.take();
}

}  // namespace apply
