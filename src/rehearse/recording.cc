#include "rehearse/recording.h"

#include <algorithm>

#include "base/error.h"

namespace rehearse {

std::uint32_t Marks::statement_at(base::Lsn lsn) const {
  return static_cast<std::uint32_t>(std::upper_bound(begins_.begin(), begins_.end(), lsn) - begins_.begin());
}

Recording::Recording(const std::filesystem::path& directory) : path_(directory / "stream"), writer_(path_) {}

void Recording::take(capture::Watch& watch, const capture::KeyLookup& keys, const Marks& marks,
                     Populations& populations) {
  watch.drain(keys, [&](const capture::Event& event) {
    if (const auto* row = std::get_if<capture::RowEvent>(&event)) {
      write(*row, marks, populations);
    } else if (const auto* truncate = std::get_if<capture::TruncateEvent>(&event)) {
      write(*truncate, marks);
    } else {
      const auto& note = std::get<capture::NoteEvent>(event);
      notes_.push_back({marks.statement_at(note.lsn), note.what, note.subject});
    }
  });
}

std::uint32_t Recording::index_of(const changeset::Relation& relation) {
  const std::uint32_t index = writer_.add(relation);
  if (index >= relations_.size()) relations_.resize(index + 1);
  if (!relations_[index]) relations_[index] = std::make_unique<changeset::Relation>(relation);
  return index;
}

void Recording::write(const capture::RowEvent& row, const Marks& marks, Populations& populations) {
  if (row.relation_version != last_version_) {
    last_index_ = index_of(*row.relation);
    last_version_ = row.relation_version;
  }
  change_.relation = last_index_;
  change_.statement = marks.statement_at(row.lsn);
  change_.op = row.op;
  change_.before.assign(row.before);
  change_.after.assign(row.after);
  writer_.add(change_);
  populations.observe(*relations_[last_index_], row.before, row.after);
}

void Recording::write(const capture::TruncateEvent& event, const Marks& marks) {
  changeset::Change change{.statement = marks.statement_at(event.lsn), .op = changeset::Op::truncate};
  for (const changeset::Relation* relation : event.relations) {
    change.relation = index_of(*relation);
    writer_.add(change);
    truncated_[relation->oid] = change.statement;
  }
}

capture::KeyLookup key_lookup(const pg::Catalog& before, const pg::Catalog& after) {
  return [&before, &after](std::uint32_t oid, const std::vector<std::string>& columns) {
    const auto earlier = before.tables.find(oid);
    const auto later = after.tables.find(oid);
    std::vector<std::string> key;
    const pg::Table* owner = earlier != before.tables.end() ? &earlier->second
                             : later != after.tables.end()  ? &later->second
                                                            : nullptr;
    if (!owner) return key;
    const auto has = [&](const std::string& name) {
      return std::find(columns.begin(), columns.end(), name) != columns.end();
    };
    const auto name_in = [](const pg::Catalog& catalog, std::uint32_t table, int number) -> std::string {
      const auto found = catalog.tables.find(table);
      if (found == catalog.tables.end()) return {};
      for (const pg::Column& column : found->second.columns) {
        if (column.number == number) return column.name;
      }
      return {};
    };
    for (const int number : owner->primary_key) {
      std::string name = name_in(before, oid, number);
      if (name.empty() || !has(name)) name = name_in(after, oid, number);
      if (name.empty() || !has(name)) return std::vector<std::string>{};
      key.push_back(std::move(name));
    }
    return key;
  };
}

}  // namespace rehearse
