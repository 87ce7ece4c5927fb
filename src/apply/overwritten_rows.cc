#include "apply/overwritten_rows.h"

#include <nlohmann/json.hpp>

#include "changeset/file.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

// Values as the server spelt them, by column; null where there is no row.
nlohmann::ordered_json row_of(const changeset::Relation& relation, const std::string& image) {
  if (image.empty()) return nullptr;
  nlohmann::ordered_json row = nlohmann::ordered_json::object();
  changeset::TupleReader values(image);
  for (const changeset::Column& column : relation.columns) {
    const changeset::Value value = values.next();
    row[column.name] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  }
  return row;
}

}  // namespace

void each_overwritten(const RecordStore& store, const Record& record, const std::function<void(std::string)>& line) {
  // One that was rolled back may have left a file with the number of the next.
  const int undos = record.undone_parts + (record.state == State::undone ? 1 : 0);
  for (int number = 1; number <= undos; ++number) {
    const std::filesystem::path file = store.overwritten(record, number);
    if (!std::filesystem::exists(file)) continue;
    const changeset::Reader reader(file);
    reader.for_each([&](const changeset::Change& change, changeset::Position) {
      const changeset::Relation& relation = reader.relations().at(change.relation);
      const nlohmann::ordered_json said = {{"undo", number},
                                           {"table", relation.qualified()},
                                           {"found", row_of(relation, change.before)},
                                           {"put", row_of(relation, change.after)}};
      line(said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    });
  }
}

}  // namespace apply
