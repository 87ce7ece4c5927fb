// The checks of one drill as they come in.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "repository/evidence.h"
#include "restore/choice.h"
#include "restore/proofs.h"

namespace restore {

class Examination {
 public:
  explicit Examination(repository::Evidence& evidence) : evidence_(evidence) {}

  void note(std::string_view name, Proven proven) {
    evidence_.checks.push_back({std::string(name), proven.passed, std::move(proven.message)});
  }

  // `body` answers with a Proven; what a server says no to, because of the data, is a check that did not pass.
  template <typename Body>
  void prove(std::string_view name, Body&& body) {
    try {
      note(name, body());
    } catch (const base::Error& error) {
      if (!is_about_data(error) && error.code() != base::Code::contract) throw;
      note(name, {false, error.message()});
    }
  }

 private:
  repository::Evidence& evidence_;
};

// Every object is where it should be, at its size and with its hash, in the store that the choice is read from: what is
// wrong, if anything is. Reads every byte.
std::optional<std::string> damage_of(const Choice& choice);

// Whether a restore that took `took` keeps `rto`.
Proven prove_rto(std::chrono::milliseconds took, const std::optional<base::Seconds>& rto);

void drill_database(const Choice& choice, const struct DrillOptions& options, repository::Evidence& evidence);
void drill_redis(const Choice& choice, const struct DrillOptions& options, repository::Evidence& evidence);

}  // namespace restore
