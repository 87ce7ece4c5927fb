// Values that go from one row to another, which the server can see happen only one row at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apply/references.h"
#include "apply/survey.h"
#include "apply/uniques.h"
#include "changeset/file.h"
#include "pg/catalog.h"

namespace apply {

class HandedValues {
 public:
  HandedValues() = default;
  // Reads all of `net`; looks at values as they are spelt.
  HandedValues(const changeset::Reader& net, const pg::Catalog& catalog, const std::vector<Reference>& references,
               const std::vector<Unique>& uniques);

  // Tables in which updates alone hand round what must be there once, or change identities: no UPDATE does that.
  const std::set<std::uint32_t>& among_updates() const { return among_updates_; }
  // By foreign keys that act when a parent loses its value, the values (tuples) that others of its parents gain. Keys
  // go by the oid of the constraint that was made.
  const std::map<std::uint32_t, std::set<std::string>>& followed() const { return followed_; }

 private:
  std::set<std::uint32_t> among_updates_;
  std::map<std::uint32_t, std::set<std::string>> followed_;
};

// Which updates are done as deletion and insertion: where triggers are silent, all that may have to be. Else those that
// cannot be done otherwise, but for tables whose rows others follow (Reference::acts_on_delete).
Survey::Anew anew_where(bool silenced, const HandedValues& handed, const std::vector<Reference>& references);

}  // namespace apply
