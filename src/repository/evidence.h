// What was found when a recovery point was verified or drilled, kept in the store beside it: what, when, the figures,
// and which manifest it speaks of. Specified in docs/formats/repository.md.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace repository {

enum class Proof { verify, drill };
std::string_view name(Proof proof);

struct Check {
  std::string name;  // "rows", "indexes", "foreign-keys", …
  bool passed = false;
  std::string message;  // one plain sentence, where it did not pass and where there is something to say
};

struct Evidence {
  static constexpr int version = 1;
  std::string point;
  Proof proof = Proof::verify;
  base::Instant started{};
  std::chrono::milliseconds took{};
  std::optional<std::chrono::milliseconds> rto;  // of a drill: until the restored server answered
  bool passed = false;
  std::vector<Check> checks;
  std::string manifest_sha256;  // of the manifest's bytes
  std::string program;
  std::string machine;

  // The point is not what it says. One that is whole and was only too slow to restore breaks a promise, and is still
  // what there is to restore.
  bool bad() const;
};

inline constexpr std::string_view rto_check = "rto";

std::string to_json(const Evidence& evidence);
// Throws Error(storage), with half a sentence, on anything that to_json() does not write.
Evidence parse_evidence(std::string_view text);

// "evidence/ID/20260512T040000Z-drill-passed-a1b2c3d4.json" (or -late-, or -failed-): what status needs to know stands
// in the key.
std::string evidence_key(const Evidence& evidence);
struct EvidenceKey {
  std::string key;
  std::string point;
  base::Instant started{};
  Proof proof = Proof::verify;
  bool passed = false;
  bool bad = false;        // see Evidence
  base::Instant stored{};  // by the store's own clock
};
std::optional<EvidenceKey> parse_evidence_key(std::string_view key);

// `kept` becomes the later of the two, by the clock of who proved and by the store's. Where these disagree, because a
// clock jumped, and within one second, which is all that keys tell, the one that failed is believed.
void keep_later(std::optional<EvidenceKey>& kept, const EvidenceKey& found);

}  // namespace repository
