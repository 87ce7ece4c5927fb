#include "apply/read_back.h"

#include <fmt/core.h>

#include <optional>
#include <vector>

#include "apply/batches.h"
#include "apply/table_rows.h"
#include "base/error.h"

namespace apply {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw base::Error(base::Code::refused, what,
                    "somebody else wrote in the meantime, or something in the database writes along: try again");
}

void compare_counts(const std::map<std::string, rehearse::Counts>& written, const Counters& counters) {
  auto expected = written;
  std::erase_if(expected, [](const auto& entry) { return entry.second.total() == 0; });
  const auto counted = counters.since();
  for (const auto& [table, counts] : counted) {
    const rehearse::Counts wanted = expected[table];
    if (counts == wanted) continue;
    refuse(fmt::format(
        "the server counted {} rows inserted, {} updated and {} deleted in {}, in place of {}, {} and {}",
        counts.inserted, counts.updated, counts.deleted, table, wanted.inserted, wanted.updated, wanted.deleted));
  }
  for (const auto& [table, counts] : expected) {
    if (!counted.contains(table)) refuse(fmt::format("the server counted no rows written in {}", table));
  }
}

// Of rows without a key only those that should be there can be looked for: equal ones may have stayed.
void compare_rows(TableRows& rows, const std::vector<changeset::Change>& changes) {
  std::vector<std::string_view> wanted;
  std::vector<bool> there;
  for (const changeset::Change& change : changes) {
    const bool gone = change.op == changeset::Op::erase;
    if (change.op == changeset::Op::truncate || (gone && rows.relation().key.empty())) continue;
    wanted.push_back(gone ? change.before : change.after);
    there.push_back(!gone);
  }
  rows.find(wanted, Locking::none, [&](std::size_t number, std::optional<TableRows::Row> row) {
    // One that was deleted may have left its key to another of ours that spells it otherwise (1.0 and 1.00, citext).
    const bool gone = !row || rows.id_of(row->tuple) != rows.id_of(wanted[number]);
    if (there[number] ? row && row->tuple == wanted[number] : gone) return;
    refuse(fmt::format("{} {} did not come out as it should", rows.relation().qualified(), rows.id_of(wanted[number])));
  });
}

}  // namespace

void read_back(pg::Connection& session, const changeset::Reader& net,
               const std::map<std::string, rehearse::Counts>& written, const Counters& counters) {
  compare_counts(written, counters);
  std::optional<TableRows> rows;
  std::optional<std::uint32_t> current;
  for_each_batch(net, TableRows::batch, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    if (current != index) rows.emplace(session, net.relations()[index]);
    current = index;
    compare_rows(*rows, changes);
  });
}

}  // namespace apply
