// Which recovery points of a store are due to go: a pure decision.
//
// A point goes where it is older than its tier's `keep` AND as many newer good points of the tier are there as `keep`
// asks for at the tier's cadence (48 for "48h" every "1h"). The second half makes it safe against clocks: a machine
// that believes it is 2036 finds everything old, and removes nothing that it has not a full set of newer points for. A
// point is good where it counts() as one, and newer where it is of the same database (lines.h), too. Never removed: the
// newest good point of a tier and a database, a point that a hold names, a point of a tier that the contract does not
// know.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "contract/backups.h"
#include "repository/contents.h"

namespace repository {

struct Decision {
  std::string id;
  bool keep = true;
  std::string reason;  // half a sentence: "2 days old, and 48 newer ones are here"
};

// One for each point that exists, oldest first.
std::vector<Decision> decide_retention(const Contents& contents, const contract::Backups& contract, base::Instant now);

// Whether the rule lets a point `id` go that is here without its manifest.
bool had_its_time(const Contents& contents, const contract::Backups& contract, const std::string& id,
                  base::Instant now);

// Keys of evidence that is older than a year and that nothing goes by any more: neither the latest of its kind about a
// point that is here, nor the latest drill of its tier, nor the latest one that passed.
std::vector<std::string> old_evidence(const Contents& contents, base::Instant now);

// Whether a tier wants a new point in this store. A cadence of an hour is not missed because the last backup took its
// time: it is due a twentieth of the cadence early.
bool is_due(const Contents& contents, const contract::Tier& tier, base::Instant now);

// Whether a point is one to rely on: complete, and not known to be bad. One that claims to be of the future was made
// under a wrong clock: how old it is nobody knows, and it is passed over.
bool counts(const Point& point, base::Instant now);
bool is_of_the_future(const Point& point, base::Instant now);

// The newest point of `tier` that counts, or nullptr.
const Point* newest_good(const Contents& contents, const std::string& tier, base::Instant now);

}  // namespace repository
