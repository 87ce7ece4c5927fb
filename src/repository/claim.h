// One process at a time takes a tier: a claim in the store, which ends with its holder.
//
// A claim is an object under claims/TIER/, since stores know no locks. Whoever wants a tier writes one, then lists: who
// sees another's living claim takes its own back. Two who write at the same moment never both go on, because a listing
// shows every object that was written before it began; they may both take theirs back, and come again after a pause of
// chance: who then sees the same claim once more has met its holder, and gives up. A claim dies when it was not renewed
// for `lease` by the store's own clock, so that no machine's clock matters; one whose holder ran on this machine dies
// with it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "store/object_store.h"

namespace repository {

struct ClaimInfo {
  std::string key;
  std::string tier;
  std::string point;   // the id that its holder makes; empty: none
  std::string holder;  // "ada@build-7, process 4711": for people
  base::Instant renewed{};
  bool living = true;
};

class Claim {
 public:
  static constexpr std::chrono::minutes lease{30};

  // The other's claim where somebody else has the tier.
  static std::variant<Claim, ClaimInfo> take(store::ObjectStore& store, const std::string& tier,
                                             const std::string& point);
  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&&) = delete;
  ~Claim();  // gives it back; where the store does not answer, it dies by itself

  // To be called often; writes once in a while. Throws Error(refused) where the claim has died meanwhile: what was
  // being made must not be finished.
  void keep();
  // The last word before a manifest is written: asks the store. Throws as keep() does.
  void require();
  // When it was written last, by the store's clock.
  base::Instant renewed() const { return renewed_there_; }

 private:
  Claim(store::ObjectStore& store, std::string tier, std::string point);
  void write();
  void give_back();
  // Removes the dead ones.
  std::vector<ClaimInfo> living_others();

  store::ObjectStore* store_;
  std::string tier_;
  std::string point_;
  std::string key_;
  std::chrono::steady_clock::time_point renewed_;
  base::Instant renewed_there_{};
};

// Every claim in the store, as it is at `now` by the store's clock.
std::vector<ClaimInfo> read_claims(store::ObjectStore& store, base::Instant now);

}  // namespace repository
