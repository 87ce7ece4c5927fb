// The changes of two runs side by side, in a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changeset/change.h"
#include "changeset/file.h"
#include "changeset/fold.h"
#include "changeset/tuple.h"

namespace apply {

// Changes as rows of tables that have no key: what both sides did cancels out.
class ChangeTable {
 public:
  explicit ChangeTable(std::filesystem::path path) : path_(std::move(path)), writer_(path_) {}

  // `number` is handed through.
  void add(const changeset::Relation& relation, bool actual, std::uint32_t number, std::string row) {
    changeset::Change change{.relation = writer_.add(as_table(relation)),
                             .statement = number,
                             .op = actual ? changeset::Op::insert : changeset::Op::erase};
    (actual ? change.after : change.before) = std::move(row);
    writer_.add(change);
  }

  // Calls `visit` with `actual`, `number` and row of everything that did not cancel out.
  template <typename Visit>
  void each_left_over(const std::filesystem::path& directory, Visit visit) {
    writer_.close();
    const changeset::Reader both(path_);
    changeset::Fold fold({.directory = directory});
    both.for_each([&](const changeset::Change& change, changeset::Position position) {
      fold.add(both.relations().at(change.relation), change, position);
    });
    fold.finish(both, [&](const changeset::Change& change) {
      const bool actual = change.op == changeset::Op::insert;
      visit(actual, change.statement, actual ? change.after : change.before);
    });
  }

  // The same of everything, in the order of adding.
  template <typename Visit>
  void each(Visit visit) const {
    const changeset::Reader both(path_);
    both.for_each([&](const changeset::Change& change, changeset::Position) {
      const bool actual = change.op == changeset::Op::insert;
      visit(actual, change.statement, actual ? change.after : change.before);
    });
  }
  void close() { writer_.close(); }

 private:
  static changeset::Relation as_table(const changeset::Relation& relation) {
    return {.schema = relation.schema,
            .name = relation.name,
            .columns = {{"op", "text"}, {"before", "bytea"}, {"after", "bytea"}}};
  }

  std::filesystem::path path_;
  changeset::Writer writer_;
};

// One change in a ChangeTable.
struct Images {
  std::string_view op;
  std::string_view before;  // empty: none
  std::string_view after;

  static std::string row_of(const changeset::Change& change) {
    const char op = static_cast<char>(change.op);
    return changeset::tuple_of({std::string_view(&op, 1), change.before, change.after});
  }
  explicit Images(std::string_view row) {
    const std::vector<changeset::Value> values = changeset::values_of(row);
    op = values.at(0).value();
    before = values.at(1).value();
    after = values.at(2).value();
  }
  std::string with_after(std::string_view other) const { return changeset::tuple_of({op, before, other}); }
};

}  // namespace apply
