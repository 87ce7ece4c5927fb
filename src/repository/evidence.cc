#include "repository/evidence.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "repository/hashed_json.h"
#include "repository/point_id.h"

namespace repository {

namespace {

using nlohmann::json;

constexpr std::string_view body_name = "evidence";
constexpr std::string_view ending = ".json";
constexpr std::array proofs = {Proof::verify, Proof::drill};

constexpr std::array<std::pair<Outcome, std::string_view>, 4> outcomes = {{{Outcome::passed, "passed"},
                                                                           {Outcome::unkept, "unkept"},
                                                                           {Outcome::failed, "failed"},
                                                                           {Outcome::damaged, "damaged"}}};
constexpr std::string_view elsewhere_word = "elsewhere";

std::string_view word_of(Outcome outcome) {
  for (const auto& [known, word] : outcomes) {
    if (known == outcome) return word;
  }
  return "";
}

std::optional<Outcome> outcome_from(std::string_view text) {
  for (const auto& [outcome, word] : outcomes) {
    if (word == text) return outcome;
  }
  return std::nullopt;
}

Outcome outcome_of(const Check& check) {
  if (check.passed) return Outcome::passed;
  if (check.name == objects_check || check.name == manifest_check) return Outcome::damaged;
  const bool about_a_promise = check.name == rto_check || check.name == audit_check || check.name == amcheck_check ||
                               check.name == made_check || check.name.starts_with(own_check);
  return about_a_promise ? Outcome::unkept : Outcome::failed;
}

// The part of `text` before the first `mark`, which is taken away with it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::optional<Proof> proof_from(std::string_view text) {
  for (const Proof proof : proofs) {
    if (name(proof) == text) return proof;
  }
  return std::nullopt;
}

Evidence from_body(const json& body) {
  Evidence evidence;
  body.at("point").get_to(evidence.point);
  body.at("store").get_to(evidence.store);
  const auto proof = proof_from(body.at("proof").get<std::string>());
  if (!proof) throw base::Error(base::Code::storage, "it says no proof that is known");
  evidence.proof = *proof;
  evidence.started = base::parse_rfc3339(body.at("started").get<std::string>());
  evidence.took = std::chrono::milliseconds(body.at("took_ms").get<std::int64_t>());
  if (const json& rto = body.at("rto_ms"); !rto.is_null())
    evidence.rto = std::chrono::milliseconds(rto.get<std::int64_t>());
  body.at("passed").get_to(evidence.passed);
  for (const json& check : body.at("checks"))
    evidence.checks.push_back({check.at("name"), check.at("passed"), check.at("message")});
  body.at("manifest_sha256").get_to(evidence.manifest_sha256);
  body.at("program").get_to(evidence.program);
  body.at("machine").get_to(evidence.machine);
  return evidence;
}

}  // namespace

std::string_view name(Proof proof) {
  return proof == Proof::verify ? "verify" : "drill";
}

Outcome Evidence::outcome() const {
  if (passed) return Outcome::passed;
  if (proof == Proof::verify) return Outcome::damaged;
  Outcome worst = checks.empty() ? Outcome::failed : Outcome::unkept;
  for (const Check& check : checks) worst = std::max(worst, outcome_of(check));
  return worst;
}

std::string to_json(const Evidence& evidence) {
  json checks = json::array();
  for (const Check& check : evidence.checks) {
    checks.push_back({{"name", base::to_valid_utf8(check.name)},
                      {"passed", check.passed},
                      {"message", base::to_valid_utf8(check.message)}});
  }
  return to_hashed_json(body_name, Evidence::version,
                        {{"point", evidence.point},
                         {"store", evidence.store},
                         {"proof", name(evidence.proof)},
                         {"started", base::to_rfc3339(evidence.started)},
                         {"took_ms", evidence.took.count()},
                         {"rto_ms", evidence.rto ? json(evidence.rto->count()) : json(nullptr)},
                         {"passed", evidence.passed},
                         {"checks", std::move(checks)},
                         {"manifest_sha256", evidence.manifest_sha256},
                         {"program", evidence.program},
                         {"machine", base::to_valid_utf8(evidence.machine)}});
}

Evidence parse_evidence(std::string_view text) {
  const json body = from_hashed_json(body_name, Evidence::version, text);
  try {
    return from_body(body);
  } catch (const json::exception&) {
    throw base::Error(base::Code::storage, "it lacks what evidence says");
  }
}

std::string evidence_key(const Evidence& evidence, Place place) {
  const std::string where = place == Place::here ? "" : fmt::format("{}-", elsewhere_word);
  return fmt::format("{}{}/{}-{}-{}-{}{}{}", evidence_prefix, evidence.point, compact_time(evidence.started),
                     name(evidence.proof), word_of(evidence.outcome()), where, base::random_hex(4), ending);
}

std::optional<EvidenceKey> parse_evidence_key(std::string_view key) {
  if (!key.starts_with(evidence_prefix) || !key.ends_with(ending)) return std::nullopt;
  const std::string whole(key);
  key.remove_prefix(evidence_prefix.size());
  EvidenceKey parsed;
  parsed.key = whole;
  parsed.point = take_until(key, '/');
  const auto started = parse_compact_time(take_until(key, '-'));
  const auto proof = proof_from(take_until(key, '-'));
  const auto outcome = outcome_from(take_until(key, '-'));
  if (!parse_point_id(parsed.point) || !started || !proof || !outcome) return std::nullopt;
  parsed.started = *started;
  parsed.proof = *proof;
  parsed.outcome = *outcome;
  parsed.place = take_until(key, '-') == elsewhere_word ? Place::elsewhere : Place::here;
  return parsed;
}

void keep_later(std::optional<EvidenceKey>& kept, const EvidenceKey& found) {
  const auto later = [](const EvidenceKey& one, const EvidenceKey& other) {
    return one.started > other.started && one.stored >= other.stored;
  };
  if (kept && !later(found, *kept) && (later(*kept, found) || kept->outcome >= found.outcome)) return;
  kept = found;
}

}  // namespace repository
