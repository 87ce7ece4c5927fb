#include "apply/comparison.h"

#include "apply/locking.h"
#include "apply/table_rows.h"
#include "changeset/fold.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t remembered = 10'000;  // ids of one side that are looked for on the other

// A change as a row of a table of changes, which has no key: what both sides did cancels out.
class ChangeTable {
 public:
  enum class Side : std::uint32_t { planned = 1, actual = 2 };

  ChangeTable(const std::set<std::string>& tables, const Shapes& shapes, changeset::Writer& out)
      : tables_(tables), shapes_(shapes), out_(out) {}

  void add(const changeset::Reader& changes, RunWindow run, Side side) {
    for_tables(changes, [&](const changeset::Relation& relation, const changeset::Change& change) {
      if (change.op == changeset::Op::insert) shapes_.note_uuids(relation, change.after, run);
    });
    for_tables(changes, [&](const changeset::Relation& relation, const changeset::Change& change) {
      const std::string after = change.after.empty() ? "" : shapes_.masked(relation, change.after, run);
      const char op = static_cast<char>(change.op);
      const std::string id = row_id(relation, after.empty() ? change.before : after);
      changeset::Change row{.relation = out_.add(as_table(relation)),
                            .statement = static_cast<std::uint32_t>(side),
                            .op = side == Side::actual ? changeset::Op::insert : changeset::Op::erase};
      (side == Side::actual ? row.after : row.before) =
          changeset::tuple_of({std::string_view(&op, 1), change.before, after, id});
      out_.add(row);
    });
  }

 private:
  template <typename Visit>
  void for_tables(const changeset::Reader& changes, Visit visit) {
    changes.for_each([&](const changeset::Change& change, changeset::Position) {
      const changeset::Relation& relation = changes.relations().at(change.relation);
      if (tables_.contains(relation.qualified())) visit(relation, change);
    });
  }

  static changeset::Relation as_table(const changeset::Relation& relation) {
    return {.schema = relation.schema,
            .name = relation.name,
            .columns = {{"op", "text"}, {"before", "bytea"}, {"after", "bytea"}, {"id", "text"}}};
  }

  const std::set<std::string>& tables_;
  const Shapes& shapes_;
  changeset::Writer& out_;
};

// What is left over on either side, put into words. Rows of one id on both sides came out otherwise.
class Leftovers {
 public:
  void see(const std::string& table, bool actual, std::string id) {
    Table& entry = tables_[table];
    (actual ? entry.actual : entry.planned) += 1;
    std::set<std::string>& ids = actual ? entry.actual_ids : entry.planned_ids;
    if (ids.size() < remembered) ids.insert(std::move(id));
  }

  std::vector<Difference> differences() {
    DifferenceList list;
    for (auto& [table, entry] : tables_) {
      std::int64_t both = 0;
      for (const std::string& id : entry.actual_ids) {
        if (entry.planned_ids.erase(id) == 0) {
          list.at(DifferenceKind::unplanned, table, "the script changes rows that the plan does not know").add(id);
        } else {
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
    std::set<std::string> actual_ids;
    std::set<std::string> planned_ids;
  };
  std::map<std::string, Table> tables_;
};

}  // namespace

std::vector<Difference> compare(const changeset::Reader& planned, const RunWindow& rehearsal,
                                const changeset::Reader& actual, const RunWindow& production, const Shapes& shapes,
                                const std::set<std::string>& tables, const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "compared";
  changeset::Writer writer(path);
  ChangeTable rows(tables, shapes, writer);
  rows.add(planned, rehearsal, ChangeTable::Side::planned);
  rows.add(actual, production, ChangeTable::Side::actual);
  writer.close();
  const changeset::Reader both(path);
  changeset::Fold fold({.directory = directory});
  both.for_each([&](const changeset::Change& change, changeset::Position position) {
    fold.add(both.relations().at(change.relation), change, position);
  });
  Leftovers leftovers;
  fold.finish(both, [&](const changeset::Change& change) {
    const bool of_actual = change.op == changeset::Op::insert;
    const std::string& row = of_actual ? change.after : change.before;
    leftovers.see(both.relations().at(change.relation).qualified(), of_actual,
                  std::string(changeset::value_at(row, 3).value_or("")));
  });
  return leftovers.differences();
}

}  // namespace apply
