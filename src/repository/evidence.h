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

// From the best to the worst.
enum class Outcome {
  passed,
  unkept,   // whole, and a promise about it is not kept: it is still what there is to restore
  failed,   // what was backed up does not come back, whichever copy is read
  damaged,  // this store's copy is not what was written; says nothing about another one
};

struct Evidence {
  static constexpr int version = 1;
  std::string point;
  std::string store;  // whose copy was read
  Proof proof = Proof::verify;
  base::Instant started{};
  std::chrono::milliseconds took{};
  std::optional<std::chrono::milliseconds> rto;  // of a drill: until the restored server answered
  bool passed = false;
  std::vector<Check> checks;
  std::string manifest_sha256;  // of the manifest's bytes
  std::string program;
  std::string machine;

  Outcome outcome() const;
};

inline constexpr std::string_view manifest_check = "manifest";
inline constexpr std::string_view objects_check = "objects";
// These hold a promise, a server, a clock or a person's own words against the point, which may be as sound as any.
inline constexpr std::string_view rto_check = "rto";
inline constexpr std::string_view audit_check = "audit";
inline constexpr std::string_view amcheck_check = "amcheck";
inline constexpr std::string_view made_check = "made";
inline constexpr std::string_view own_check = "check";  // and its number

std::string to_json(const Evidence& evidence);
// Throws Error(storage), with half a sentence, on anything that to_json() does not write.
Evidence parse_evidence(std::string_view text);

// "evidence/ID/20260512T040000Z-drill-passed-a1b2c3d4.json" (or -unkept-, -failed-, -damaged-): what status needs to
// know stands in the key. Beside a copy of the point that was not the one that was read: -drill-passed-elsewhere-.
enum class Place { here, elsewhere };
std::string evidence_key(const Evidence& evidence, Place place);
struct EvidenceKey {
  std::string key;
  std::string point;
  base::Instant started{};
  Proof proof = Proof::verify;
  Outcome outcome = Outcome::damaged;
  Place place = Place::here;
  base::Instant stored{};                        // by the store's own clock
  std::optional<std::chrono::milliseconds> rto;  // where the evidence itself was read: read_rtos()

  bool passed() const { return outcome == Outcome::passed; }
};
std::optional<EvidenceKey> parse_evidence_key(std::string_view key);

// `kept` becomes the later of the two, by the clock of who proved and by the store's. Where these disagree, because a
// clock jumped, and within one second, which is all that keys tell, the worse one is believed.
void keep_later(std::optional<EvidenceKey>& kept, const EvidenceKey& found);

}  // namespace repository
