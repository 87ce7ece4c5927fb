#include "restore/drill.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "repository/object_reader.h"
#include "restore/examination.h"
#include "sys/account.h"
#include "sys/clock.h"

namespace restore {

using base::Code;
using base::Error;
using repository::Check;
using repository::Evidence;

std::optional<std::string> damage_of(const Choice& choice) {
  for (const auto& object : choice.point.manifest->objects) {
    const auto wrong = repository::check_object(*choice.from.store, choice.point.id, object);
    if (wrong) return fmt::format("{} in store {}: {}", object.name, choice.from.name, *wrong);
  }
  return std::nullopt;
}

Proven prove_rto(std::chrono::milliseconds took, const std::optional<base::Seconds>& rto) {
  const std::string fact = fmt::format("restored in {}", base::humanise(took));
  if (!rto) return {true, fact + "; the contract states no rto"};
  if (took <= *rto) return {true, fmt::format("{} of {}", fact, base::humanise(*rto))};
  return {false, fmt::format("{}, and the contract allows {}", fact, base::humanise(*rto))};
}

Evidence drill(const Choice& choice, const DrillOptions& options) {
  Evidence evidence{.point = choice.point.id,
                    .store = choice.from.name,
                    .proof = repository::Proof::drill,
                    .started = sys::now(),
                    .manifest_sha256 = choice.manifest_sha256,
                    .program = options.program,
                    .machine = sys::host_name()};
  const sys::Stopwatch stopwatch;
  if (!choice.point.manifest) {
    Examination(evidence).note(repository::manifest_check, {false, choice.point.problem});
  } else if (!choice.point.complete()) {
    Examination(evidence).note(repository::objects_check,
                               {false, fmt::format("in store {}: {}", choice.from.name, choice.point.problem)});
  } else if (choice.point.manifest->redis) {
    drill_redis(choice, options, evidence);
  } else {
    drill_database(choice, options, evidence);
  }
  evidence.took = stopwatch.elapsed();
  evidence.passed =
      std::all_of(evidence.checks.begin(), evidence.checks.end(), [](const Check& check) { return check.passed; });
  return evidence;
}

std::vector<std::string> keep_evidence(const Evidence& evidence, const Choice& choice) {
  std::vector<std::string> failed;
  const std::string text = repository::to_json(evidence);
  for (const repository::Target& holder : choice.holders) {
    const bool read = holder.name == choice.from.name;
    if (!read && evidence.outcome() == repository::Outcome::damaged) continue;
    try {
      const auto place = read ? repository::Place::here : repository::Place::elsewhere;
      store::write_object(*holder.store, repository::evidence_key(evidence, place), text);
    } catch (const Error& error) {
      if (error.code() != Code::storage) throw;
      failed.push_back(fmt::format("store {} did not take the evidence: {}", holder.name, error.message()));
    }
  }
  return failed;
}

}  // namespace restore
