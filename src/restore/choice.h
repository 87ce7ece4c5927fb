// Which recovery point is meant, and which store it is read from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "contract/backups.h"
#include "repository/contents.h"
#include "repository/object_reader.h"
#include "repository/open.h"
#include "repository/point_id.h"
#include "repository/targets.h"

namespace restore {

struct Choice {
  repository::Point point;                  // as `from` has it
  std::string manifest_sha256;              // of the manifest's bytes
  repository::Target from;                  // the store that it is read from
  std::vector<repository::Target> holders;  // `from` first, then every other store with the same manifest
};

// The stores of a repository with what they hold. One that does not answer is passed over, and said in notes().
class Shelves {
 public:
  // Throws Error(storage) where no store answers.
  explicit Shelves(const repository::Repository& repository);

  // The point whose id begins so, from the first store where it is good, else complete, else at all. Throws
  // Error(usage) where there is none, or several.
  Choice by_id(const std::string& beginning) const;
  // The newest good point of `tier` in any store; nullopt: there is none.
  std::optional<Choice> newest(const std::string& tier, base::Instant now) const;

  // The newest good points where `tiers` hold several databases, a phrase each, for people; empty: they hold one.
  std::vector<std::string> databases(const std::vector<std::string>& tiers, base::Instant now) const;

  // The newest point of `tiers` that is newer than `choice` (null: than nothing) and no good one, and why: a phrase.
  struct PassedOver {
    std::string id;
    std::string why;
  };
  std::optional<PassedOver> passed_over(const std::vector<std::string>& tiers, const Choice* choice,
                                        base::Instant now) const;

  // The latest drill of any point of `tier` that passed.
  std::optional<base::Instant> last_passed_drill(const std::string& tier) const;

  // With keys, what bears no seal of one is refused, unless a person allows it: Error(refused), or Error(contract)
  // where its key is not here.
  void require_sealed(const Choice& choice) const;

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Shelf {
    repository::Target target;
    repository::Contents contents;
  };
  Choice choose(const Shelf& shelf, const repository::Point& point) const;

  std::shared_ptr<repository::KeyRing> keys_;
  bool allow_unsealed_;
  std::vector<Shelf> shelves_;
  std::vector<std::string> notes_;
};

// The tiers of the contract that `wish` leaves open: one of "latest:TIER", those with dumps of "latest"; none of an id.
std::vector<std::string> tiers_meant(const contract::Backups& contract, const std::string& wish);

// "latest", "latest:TIER", or an id (its beginning). Throws Error(usage) where the contract has no such tier, and
// Error(refused) where there is no good point, where those of several databases are meant, or as require_sealed().
Choice find_choice(const Shelves& shelves, const contract::Backups& contract, const std::string& wish,
                   base::Instant now);

// Throws Error(storage) where it is not complete.
void require_complete(const Choice& choice);

// A small object of the point, whole. Error(storage) as repository::read_content() throws it, and beyond 64 MiB.
std::string read_small(const Choice& choice, const repository::StoredObject& object, const repository::KeyRing* keys);

// The object `name`. Throws Error(storage) where the manifest names none.
const repository::StoredObject& object_of(const Choice& choice, std::string_view name);

using repository::dump_object;
using repository::rdb_object;
using repository::roles_object;

}  // namespace restore
