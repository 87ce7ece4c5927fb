// Values that rows hold which were committed by others: what our transaction may have found there, it did not make.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "apply/shapes.h"
#include "apply/target.h"
#include "pg/catalog.h"

namespace apply {

// Asked of the witness, of those tables alone that our script has looked at (counters.h), and that the role may read.
class Strangers {
 public:
  Strangers(Target& target, const pg::Catalog& catalog, const Shapes& shapes, const std::set<std::uint32_t>& looked_at)
      : target_(target), catalog_(catalog), shapes_(shapes), candidates_(looked_at) {}

  // Those of `numbers` that columns hold which draw from `sequence` by default; "schema.name".
  std::set<std::string> numbers(const std::string& sequence, const std::vector<std::string>& numbers);
  // Those of `uuids` that stand in a column of that type or, in tables of up to 64 MiB, anywhere in a row.
  std::set<std::string> uuids(const std::vector<std::string>& uuids);

 private:
  const std::set<std::uint32_t>& looked_at();  // … and that can be read
  void ask(const std::string& sql, const std::vector<std::string>& values, std::set<std::string>& found);

  Target& target_;
  const pg::Catalog& catalog_;
  const Shapes& shapes_;
  const std::set<std::uint32_t>& candidates_;
  std::set<std::uint32_t> looked_at_;
  bool known_ = false;
};

}  // namespace apply
