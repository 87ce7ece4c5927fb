#include "apply/comparison.h"

#include "apply/table_rows.h"
#include "changeset/fold.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t remembered = 10'000;  // ids of one side that are looked for on the other

// What one run did.
struct Side {
  const changeset::Reader& changes;
  RunWindow run;
  changeset::Op as;  // as what a change stands in a table of changes
};

// Changes as rows of tables that have no key: what both sides did cancels out.
class ChangeTable {
 public:
  explicit ChangeTable(std::filesystem::path path) : path_(std::move(path)), writer_(path_) {}

  // `statement` is handed through.
  void add(const changeset::Relation& relation, changeset::Op as, std::uint32_t statement, std::string row) {
    changeset::Change change{.relation = writer_.add(as_table(relation)), .statement = statement, .op = as};
    (as == changeset::Op::insert ? change.after : change.before) = std::move(row);
    writer_.add(change);
  }

  // Calls `visit` with the name of the table, `as`, `statement` and row of everything that did not cancel out.
  template <typename Visit>
  void each_left_over(const std::filesystem::path& directory, Visit visit) {
    writer_.close();
    const changeset::Reader both(path_);
    changeset::Fold fold({.directory = directory});
    both.for_each([&](const changeset::Change& change, changeset::Position position) {
      fold.add(both.relations().at(change.relation), change, position);
    });
    fold.finish(both, [&](const changeset::Change& change) {
      visit(both.relations().at(change.relation).qualified(), change.op, change.statement,
            change.op == changeset::Op::insert ? change.after : change.before);
    });
  }

 private:
  static changeset::Relation as_table(const changeset::Relation& relation) {
    return {.schema = relation.schema,
            .name = relation.name,
            .columns = {{"op", "text"}, {"before", "bytea"}, {"after", "bytea"}, {"id", "text"}}};
  }

  std::filesystem::path path_;
  changeset::Writer writer_;
};

template <typename Visit>
void each_change(const Side& side, const std::set<std::string>& tables, Visit visit) {
  side.changes.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = side.changes.relations().at(change.relation);
    if (tables.contains(relation.qualified())) visit(relation, change);
  });
}

// Tables in which every row that changed and has another UUID can have been deleted and inserted again: so many more
// rows were inserted than are new. Otherwise an UPDATE may have copied the UUID from somewhere.
std::set<std::string> tables_with_rows_made_again(const Side& side, const std::set<std::string>& tables,
                                                  const Shapes& shapes) {
  std::map<std::string, std::int64_t> left;
  std::set<std::string> found;
  each_change(side, tables, [&](const changeset::Relation& relation, const changeset::Change& change) {
    const bool another =
        change.op == changeset::Op::update && !shapes.new_uuids(relation, change.before, change.after).empty();
    if (!another && change.op != changeset::Op::insert) return;
    const std::string table = relation.qualified();
    const auto inserted = side.run.inserted.find(table);
    --left.try_emplace(table, inserted == side.run.inserted.end() ? 0 : inserted->second).first->second;
    if (another) found.insert(table);
  });
  std::erase_if(found, [&](const std::string& table) { return left.at(table) < 0; });
  return found;
}

// What a side's own defaults made.
void note_uuids(Side& side, const std::set<std::string>& tables, const Shapes& shapes) {
  const std::set<std::string> again = tables_with_rows_made_again(side, tables, shapes);
  each_change(side, tables, [&](const changeset::Relation& relation, const changeset::Change& change) {
    const bool made = change.op == changeset::Op::insert ||
                      (change.op == changeset::Op::update && again.contains(relation.qualified()));
    if (!made) return;
    for (std::string& uuid : shapes.new_uuids(relation, change.before, change.after)) {
      side.run.uuids.insert(std::move(uuid));
    }
  });
}

// The changes of a side as they are.
void add_changes(const Side& side, const std::set<std::string>& tables, ChangeTable& table) {
  each_change(side, tables, [&](const changeset::Relation& relation, const changeset::Change& change) {
    const char op = static_cast<char>(change.op);
    table.add(relation, side.as, change.relation,
              changeset::tuple_of({std::string_view(&op, 1), change.before, change.after, std::nullopt}));
  });
}

// A change with tokens in place of what the run made anew, and the row's name.
std::string masked_change(const Side& side, const changeset::Relation& relation, const Shapes& shapes,
                          const std::string& row) {
  const std::vector<changeset::Value> values = changeset::values_of(row);
  const std::string_view before = values.at(1).value_or("");
  const std::string_view after = values.at(2).value_or("");
  const std::string masked = after.empty() ? "" : shapes.masked(relation, before, after, side.run);
  const std::string id = row_id(relation, after.empty() ? before : std::string_view(masked));
  return changeset::tuple_of({values.at(0), before, masked, id});
}

// What is left over on either side, put into words. Rows of one id on both sides came out otherwise.
class Leftovers {
 public:
  void see(const std::string& table, bool actual, std::string id) {
    Table& entry = tables_[table];
    (actual ? entry.actual : entry.planned) += 1;
    std::multiset<std::string>& ids = actual ? entry.actual_ids : entry.planned_ids;
    if (ids.size() < remembered) ids.insert(std::move(id));
  }

  std::vector<Difference> differences() {
    DifferenceList list;
    for (auto& [table, entry] : tables_) {
      std::int64_t both = 0;
      for (const std::string& id : entry.actual_ids) {
        const auto same = entry.planned_ids.find(id);
        if (same == entry.planned_ids.end()) {
          list.at(DifferenceKind::unplanned, table, "the script changes rows that the plan does not know").add(id);
        } else {
          entry.planned_ids.erase(same);
          ++both;
          list.at(DifferenceKind::result, table, "planned rows come out otherwise than they were rehearsed").add(id);
        }
      }
      for (const std::string& id : entry.planned_ids) {
        list.at(DifferenceKind::untouched, table, "the script leaves planned rows alone").add(id);
      }
      if (entry.actual > both && entry.actual_ids.size() >= remembered) {
        list.at(DifferenceKind::unplanned, table, "the script changes rows that the plan does not know").rows =
            entry.actual - both;
      }
      if (entry.planned > both &&
          both + static_cast<std::int64_t>(entry.planned_ids.size()) >= static_cast<std::int64_t>(remembered)) {
        list.at(DifferenceKind::untouched, table, "the script leaves planned rows alone").rows = entry.planned - both;
      }
    }
    return list.take();
  }

 private:
  struct Table {
    std::int64_t actual = 0;
    std::int64_t planned = 0;
    std::multiset<std::string> actual_ids;
    std::multiset<std::string> planned_ids;
  };
  std::map<std::string, Table> tables_;
};

}  // namespace

std::vector<Difference> compare(const changeset::Reader& planned, const RunWindow& rehearsal,
                                const changeset::Reader& actual, const RunWindow& production, const Shapes& shapes,
                                const std::set<std::string>& tables, const std::filesystem::path& directory) {
  // What is equal as it stands needs no shape, and might by chance look as if made anew on one side only.
  Side plan{planned, rehearsal, changeset::Op::erase};
  Side real{actual, production, changeset::Op::insert};
  ChangeTable as_they_are(directory / "compared");
  for (Side* side : {&plan, &real}) {
    note_uuids(*side, tables, shapes);
    add_changes(*side, tables, as_they_are);
  }
  ChangeTable by_shape(directory / "compared by shape");
  as_they_are.each_left_over(directory,
                             [&](const std::string&, changeset::Op as, std::uint32_t index, const std::string& row) {
                               const Side& side = as == plan.as ? plan : real;
                               const changeset::Relation& relation = side.changes.relations().at(index);
                               by_shape.add(relation, as, index, masked_change(side, relation, shapes, row));
                             });
  Leftovers leftovers;
  by_shape.each_left_over(directory,
                          [&](const std::string& table, changeset::Op as, std::uint32_t, const std::string& row) {
                            leftovers.see(table, as == real.as, std::string(changeset::value_at(row, 3).value_or("")));
                          });
  return leftovers.differences();
}

}  // namespace apply
