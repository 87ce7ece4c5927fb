#include "apply/decoded_check.h"

#include "apply/relations.h"

namespace apply {

namespace {

bool is_otherwise(const std::string& table, const Decoded& did, const Proven& proven) {
  const rehearse::Counts counted = counts_of(proven.counted, table);
  const bool more =
      did.rows.inserted > counted.inserted || did.rows.updated > counted.updated || did.rows.deleted > counted.deleted;
  const bool other = !proven.read_whole.contains(table) && did.rows != counts_of(proven.expected, table);
  return did.truncated || more || other;
}

}  // namespace

std::vector<Difference> decoded_otherwise(DecodingSlot& slot, const std::string& xid, const Proven& proven) {
  const auto decoded = slot.read(xid);
  DifferenceList differences;
  for (const auto& [table, did] : decoded) {
    if (!is_otherwise(table, did, proven)) continue;
    Difference& difference = differences.at(DifferenceKind::unplanned, table,
                                            "the transaction's own log shows other rows than were planned");
    const pg::Table* found = table_named(proven.catalog, table);
    if (found && !found->primary_key.empty()) slot.name_unplanned(xid, relation_of(*found), proven.planned, difference);
    if (difference.ids.empty()) difference.rows = did.rows.total();
  }
  for (const auto& [table, rows] : proven.expected) {
    const pg::Table* found = table_named(proven.catalog, table);
    const bool unlogged = found && found->persistence == 'u';
    if (decoded.contains(table) || rows.total() == 0 || unlogged) continue;
    differences.at(DifferenceKind::untouched, table, "the transaction's own log shows none of the planned rows").rows =
        rows.total();
  }
  return differences.take();
}

}  // namespace apply
