#include "forecast/kept_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "changeset/file.h"
#include "changeset/tuple.h"

namespace forecast {

void KeptRows::clear() {
  std::error_code gone_already;
  for (const auto& [oid, table] : tables_) std::filesystem::remove(file_of(oid), gone_already);
  tables_.clear();
}

void KeptRows::keep(pg::Connection& connection, const pg::Table& table) {
  std::vector<const pg::Column*> columns;
  for (const pg::Column& column : table.columns) columns.push_back(&column);
  changeset::Writer writer(file_of(table.oid));
  changeset::Change change{.relation = writer.add({.oid = table.oid, .schema = table.schema, .name = table.name})};
  rehearse::rows_in(connection, table)(columns, [&](const auto& values) {
    changeset::TupleWriter tuple;
    for (const auto& value : values) tuple.add(value);
    change.after = tuple.take();
    writer.add(change);
  });
  writer.close();
  tables_.insert_or_assign(table.oid, table);
}

rehearse::RowSource KeptRows::rows_of(const pg::Table& table) const {
  const auto kept = tables_.find(table.oid);
  if (kept == tables_.end()) return {};
  return
      [this, &was = kept->second](const std::vector<const pg::Column*>& columns, const rehearse::ValueVisitor& visit) {
        const changeset::Reader reader(file_of(was.oid));
        reader.for_each([&](const changeset::Change& change, changeset::Position) {
          const auto values = changeset::values_of(change.after);
          std::vector<std::optional<std::string_view>> wanted;
          for (const pg::Column* column : columns) {
            const auto at = std::find_if(was.columns.begin(), was.columns.end(), [&](const pg::Column& candidate) {
              return column && candidate.number == column->number;
            });
            wanted.push_back(at == was.columns.end() ? std::nullopt
                                                     : values[static_cast<std::size_t>(at - was.columns.begin())]);
          }
          visit(wanted);
        });
      };
}

std::filesystem::path KeptRows::file_of(std::uint32_t oid) const {
  return directory_ / fmt::format("kept-{}", oid);
}

}  // namespace forecast
