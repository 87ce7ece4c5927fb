// Taking hold of the planned rows: whether production still has them as they were rehearsed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/table_rows.h"
#include "changeset/file.h"

namespace apply {

// Looks up every row of `net` that has an image before, in a pinned session, and compares. With Locking::for_update the
// rows stay as they are until the transaction ends. Rows that are gone are `missing`, others `changed`. Throws as
// TableRows does.
std::vector<Difference> check_before_images(pg::Connection& session, const changeset::Reader& net, Locking locking);

// Finds the entry of this kind and table, or makes it.
class DifferenceList {
 public:
  Difference& at(DifferenceKind kind, const std::string& table, std::string_view message);
  std::vector<Difference> take();
  bool empty() const { return entries_.empty(); }

 private:
  std::map<std::pair<std::string, DifferenceKind>, Difference> entries_;
};

}  // namespace apply
