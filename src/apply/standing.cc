#include "apply/standing.h"

#include <fmt/core.h>

#include <optional>
#include <utility>

#include "apply/writer.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

// The rows of one relation, a batch at a time.
class Examination {
 public:
  Examination(pg::Connection& connection, const changeset::Relation& relation, const ExamineOptions& options,
              changeset::Writer& inverse, changeset::Writer* overwritten, Conflicts& conflicts)
      : rows_(connection, relation),
        options_(options),
        lenient_(options.mode != UndoMode::refuse),
        inverse_(inverse),
        overwritten_(overwritten),
        conflicts_(conflicts),
        relation_(inverse.add(relation)),
        relation_overwritten_(overwritten ? overwritten->add(relation) : 0) {}

  // `change` is an apply's, turned round.
  void add(changeset::Change change) {
    change.relation = relation_;
    if (change.op == changeset::Op::truncate) return;
    if (change.op == changeset::Op::insert) {
      if (rows_.relation().key.empty()) {
        inverse_.add(change);  // nothing stands in the way of one more
        return;
      }
      absent_.push_back(std::move(change));
    } else {
      present_.push_back(std::move(change));
    }
    bytes_ += absent_.empty() ? 0 : absent_.back().after.size();
    bytes_ += present_.empty() ? 0 : present_.back().before.size() + present_.back().after.size();
    if (bytes_ >= max_bytes ||
        absent_.size() + present_.size() >= std::min(TableRows::batch(rows_.relation()), max_rows))
      finish();
  }

  void finish() {
    look(present_, options_.locking,
         [](const changeset::Change& change) -> const std::string& { return change.before; });
    look(absent_, Locking::none, [](const changeset::Change& change) -> const std::string& { return change.after; });
    present_.clear();
    absent_.clear();
    bytes_ = 0;
  }

  std::int64_t overwrote() const { return overwrote_; }

 private:
  static constexpr std::size_t max_bytes = 16u << 20;
  static constexpr std::size_t max_rows = 200'000;

  template <typename Image>
  void look(std::vector<changeset::Change>& changes, Locking locking, Image image) {
    std::vector<std::string_view> wanted;
    wanted.reserve(changes.size());
    for (const changeset::Change& change : changes) wanted.push_back(image(change));
    rows_.find(wanted, locking, [&](std::size_t number, std::optional<TableRows::Row> row) {
      if (changes[number].op == changeset::Op::insert) {
        judge_absent(changes[number], row);
      } else {
        judge_present(changes[number], row);
      }
    });
  }

  void judge_absent(changeset::Change& change, const std::optional<TableRows::Row>& row) {
    if (!row) {
      inverse_.add(change);
    } else if (row->tuple != change.after) {
      conflict(change, change.after, "taken", "its key is in use again, by a row that was made since");
    } else if (!lenient_) {
      conflict(change, change.after, "taken", "somebody has put it back already");
    }
  }

  void judge_present(changeset::Change& change, const std::optional<TableRows::Row>& row) {
    const bool update = change.op == changeset::Op::update;
    if (row && row->tuple == change.before) {
      inverse_.add(change);
    } else if (rows_.relation().key.empty()) {
      conflict(change, change.before, "changed", "no row has these contents any more");
    } else if (row) {
      judge_changed(change, row->tuple);
    } else if (update && options_.mode == UndoMode::force) {
      changeset::Change again = {
          .relation = relation_, .op = changeset::Op::insert, .before = {}, .after = std::move(change.after)};
      inverse_.add(again);
    } else if (update || !lenient_) {
      conflict(change, change.before, "deleted", "it was deleted since");
    }
  }

  void judge_changed(changeset::Change& change, const std::string& now) {
    const bool already = change.op == changeset::Op::update && now == change.after;
    if (already && lenient_) return;
    if (options_.mode != UndoMode::force) {
      conflict(change, change.before, "changed",
               already ? "somebody has put it back already" : changed_columns(change.before, now));
      return;
    }
    ++overwrote_;
    change.before = now;
    inverse_.add(change);
    change.relation = relation_overwritten_;
    if (overwritten_) overwritten_->add(change);
  }

  // "status and total were changed since"
  std::string changed_columns(std::string_view before, std::string_view now) const {
    constexpr std::size_t named = 3;
    const std::vector<changeset::Value> left = changeset::values_of(before);
    const std::vector<changeset::Value> found = changeset::values_of(now);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] != found.at(i)) names.push_back(rows_.relation().columns[i].name);
    }
    std::string list;
    for (std::size_t i = 0; i < names.size() && i < named; ++i) list += (i ? ", " : "") + names[i];
    if (names.size() > named) list += fmt::format(" and {} more", names.size() - named);
    return fmt::format("changed since: {}", list);
  }

  // What refuses everything is still counted among the rows: others may hang on it.
  void conflict(const changeset::Change& change, std::string_view tuple, std::string kind, std::string message) {
    conflicts_.add(rows_.relation(), change, rows_.id_of(tuple), std::move(kind), std::move(message));
    if (options_.mode == UndoMode::refuse) inverse_.add(change);
  }

  TableRows rows_;
  ExamineOptions options_;
  bool lenient_;  // rows that are as they were are no conflicts
  changeset::Writer& inverse_;
  changeset::Writer* overwritten_;
  Conflicts& conflicts_;
  std::uint32_t relation_;
  std::uint32_t relation_overwritten_;
  std::vector<changeset::Change> present_;
  std::vector<changeset::Change> absent_;
  std::size_t bytes_ = 0;
  std::int64_t overwrote_ = 0;
};

}  // namespace

void Conflicts::add(const changeset::Relation& relation, const changeset::Change& inverse, std::string id,
                    std::string kind, std::string message) {
  ++count_;
  rows_.note(relation, inverse);
  if (first_.size() >= kept) return;
  first_.push_back(
      {.table = relation.qualified(), .id = std::move(id), .kind = std::move(kind), .message = std::move(message)});
}

std::int64_t examine(pg::Connection& connection, const changeset::Reader& changes, const ExamineOptions& options,
                     changeset::Writer& inverse, changeset::Writer* overwritten, Conflicts& conflicts) {
  std::optional<Examination> rows;
  std::uint32_t current = 0;
  std::int64_t overwrote = 0;
  const auto finish = [&] {
    if (!rows) return;
    rows->finish();
    overwrote += rows->overwrote();
  };
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!rows || current != change.relation) {
      finish();
      current = change.relation;
      rows.emplace(connection, changes.relations()[current], options, inverse, overwritten, conflicts);
    }
    rows->add(inverted(change));
  });
  finish();
  return overwrote;
}

}  // namespace apply
