// Whether a prepared transaction's own log shows what was planned.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "apply/decoded.h"
#include "apply/difference.h"
#include "apply/proof.h"
#include "changeset/file.h"
#include "pg/catalog.h"

namespace apply {

struct Proven {
  const changeset::Reader& planned;
  const pg::Catalog& catalog;
  const TableCounts& expected;              // of the plan
  const TableCounts& counted;               // by the server
  const std::set<std::string>& read_whole;  // tables whose rows in passing are in `counted` alone
};

// Counts out of the log hold nothing that was rolled back: they have to be the plan's or, for tables that were read
// whole, no more than the counters said.
std::vector<Difference> decoded_otherwise(DecodingSlot& slot, const std::string& xid, const Proven& proven);

}  // namespace apply
