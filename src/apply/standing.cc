#include "apply/standing.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "apply/survey.h"
#include "apply/uniques.h"
#include "apply/writer.h"
#include "base/text.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

// Columns that were added since the apply: whether somebody has filled them.
class AddedColumns {
 public:
  AddedColumns(pg::Connection& connection, const pg::Table* table, const changeset::Relation& relation)
      : connection_(connection), relation_(relation) {
    if (!table) return;
    for (const pg::Column* column : added_columns(*table, relation)) read(*table, *column);
  }

  // The relation with these columns behind its own; without a key they are none of it, since its rows are found by all
  // that it has.
  changeset::Relation with_own() const {
    changeset::Relation relation = relation_;
    if (relation.key.empty()) return relation;
    for (const Added& added : added_) relation.columns.push_back({.name = added.name, .type = added.type});
    return relation;
  }

  // The column that holds what no row has by itself; empty: none. `values`: of these columns.
  std::string filled(std::string_view values) const {
    changeset::TupleReader reader(values);
    for (const Added& added : added_) {
      const changeset::Value value = reader.next();
      if (value && std::find(added.own.begin(), added.own.end(), *value) == added.own.end()) return added.name;
    }
    return {};
  }

  // The same of any row of the table.
  std::string filled_anywhere() const {
    for (const Added& added : added_) {
      ArrayLiteral own;
      for (const std::string& value : added.own) own.add(value);
      const std::string sql = fmt::format(
          "SELECT EXISTS (SELECT FROM ONLY {0} t WHERE t.{1} IS NOT NULL AND t.{1}::pg_catalog.text <> ALL "
          "($1::pg_catalog.text[]))",
          pg::quote_qualified(relation_.schema, relation_.name), pg::quote_identifier(added.name));
      if (connection_.one_value(sql, {own.take()}) == "t") return added.name;
    }
    return {};
  }

 private:
  struct Added {
    std::string name;
    std::string type;
    std::vector<std::string> own;  // what it holds where nobody wrote; NULL aside
  };

  // One that fills itself anew for each row, by a sequence or a function, is nobody's.
  void read(const pg::Table& table, const pg::Column& column) {
    const pg::Row row = connection_.one_row(
        "SELECT (a.attmissingval::pg_catalog.text::pg_catalog.text[])[1], pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
        " FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = "
        "a.attnum WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum = $2::pg_catalog.int2",
        {std::to_string(table.oid), std::to_string(column.number)});
    Added added{.name = column.name, .type = column.type, .own = {}};
    if (row[0]) added.own.push_back(*row[0]);
    const bool constant = row[1] && row[1]->find('(') == std::string::npos;
    if (column.identity || (row[1] && !constant && !row[0])) return;
    if (constant) {
      const pg::OptionalText value =
          connection_.one_value(fmt::format("SELECT ({})::{}::pg_catalog.text", *row[1], column.type));
      if (value) added.own.push_back(*value);
    }
    added_.push_back(std::move(added));
  }

  pg::Connection& connection_;
  const changeset::Relation& relation_;
  std::vector<Added> added_;
};

constexpr const char* taken = "its key is in use again, by a row that was made since";

// Rows that are to come back while another has their key, spelt otherwise (1.0 and 1.00, citext): the undo may be about
// to take that one away. By the apply's relation and the contents of the one that has it.
using Respelt = std::map<std::pair<std::uint32_t, std::string>, changeset::Change>;

// The rows of one relation, a batch at a time.
class Examination {
 public:
  Examination(pg::Connection& connection, const changeset::Relation& relation, const pg::Table* table,
              const std::vector<Unique>& uniques, const ExamineOptions& options, changeset::Writer& inverse,
              changeset::Writer* overwritten, Conflicts& conflicts, Respelt& respelt)
      : added_(connection, table, relation),
        rows_(connection, relation),
        present_rows_(connection, added_.with_own()),
        options_(options),
        lenient_(options.mode != UndoMode::refuse),
        inverse_(inverse),
        overwritten_(overwritten),
        conflicts_(conflicts),
        respelt_(respelt),
        relation_(inverse.add(relation)),
        relation_overwritten_(overwritten ? overwritten->add(relation) : 0) {
    if (!table) return;
    for (const Unique& unique : uniques) {
      if (unique.table == table->oid) hard_.insert(unique.uses.begin(), unique.uses.end());
    }
    for (const pg::Column& column : table->columns) {
      if (column.identity) hard_.insert(column.name);
    }
    if (relation.key.empty()) filled_somewhere_ = added_.filled_anywhere();
  }

  // `change` is an apply's, turned round.
  void add(changeset::Change change) {
    of_apply_ = std::exchange(change.relation, relation_);
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
    const auto before = [](const changeset::Change& change) -> const std::string& { return change.before; };
    const auto after = [](const changeset::Change& change) -> const std::string& { return change.after; };
    // Who only refers to a row by its key need not wait for one whose keys stay.
    const auto soft = std::stable_partition(present_.begin(), present_.end(),
                                            [&](const changeset::Change& change) { return touches_keys(change); });
    const auto split = static_cast<std::size_t>(soft - present_.begin());
    const std::span<changeset::Change> present(present_);
    look(present_rows_, present.first(split), options_.lock ? Locking::for_update : Locking::none, before);
    look(present_rows_, present.subspan(split), options_.lock ? Locking::for_no_key_update : Locking::none, before);
    look(rows_, absent_, Locking::none, after);
    present_.clear();
    absent_.clear();
    bytes_ = 0;
  }

  std::int64_t overwrote() const { return overwrote_; }

 private:
  static constexpr std::size_t max_bytes = 16u << 20;
  static constexpr std::size_t max_rows = 200'000;

  template <typename Image>
  void look(TableRows& rows, std::span<changeset::Change> changes, Locking locking, Image image) {
    std::vector<std::string_view> wanted;
    wanted.reserve(changes.size());
    for (const changeset::Change& change : changes) wanted.push_back(image(change));
    rows.find(wanted, locking, [&](std::size_t number, std::optional<TableRows::Row> row) {
      if (changes[number].op == changeset::Op::insert) {
        judge_absent(changes[number], row);
      } else {
        const std::string added = row ? cut_off_added(row->tuple) : "";
        judge_present(changes[number], row, added);
      }
    });
  }

  bool touches_keys(const changeset::Change& change) const {
    if (change.op != changeset::Op::update) return true;
    changeset::TupleReader before(change.before);
    changeset::TupleReader after(change.after);
    for (const changeset::Column& column : rows_.relation().columns) {
      const bool differs = before.next() != after.next();
      if (differs && hard_.contains(column.name)) return true;
    }
    return false;
  }

  // Leaves of a row what the changes know; returns the rest.
  std::string cut_off_added(std::string& tuple) const {
    changeset::TupleReader reader(tuple);
    for (std::size_t i = 0; i < rows_.relation().columns.size(); ++i) reader.next();
    std::string added(reader.rest());
    tuple.resize(tuple.size() - added.size());
    return added;
  }

  void judge_absent(changeset::Change& change, const std::optional<TableRows::Row>& row) {
    if (!row) {
      inverse_.add(change);
    } else if (rows_.id_of(row->tuple) != rows_.id_of(change.after)) {
      respelt_.emplace(std::pair(of_apply_, row->tuple), std::move(change));
    } else if (row->tuple != change.after) {
      conflict(change, change.after, "taken", taken);
    } else if (!lenient_) {
      conflict(change, change.after, "taken", "somebody has put it back already");
    }
  }

  void judge_present(changeset::Change& change, const std::optional<TableRows::Row>& row, const std::string& added) {
    const bool update = change.op == changeset::Op::update;
    const std::string filled =
        update || !row ? "" : (rows_.relation().key.empty() ? filled_somewhere_ : added_.filled(added));
    if (!filled.empty()) {
      conflict(change, change.before, "changed", fmt::format("somebody has filled {}, which was added since", filled));
    } else if (row && row->tuple == change.before) {
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
    return "changed since: " + base::some_of(names, named);
  }

  // What refuses everything is still counted among the rows: others may hang on it.
  void conflict(const changeset::Change& change, std::string_view tuple, std::string kind, std::string message) {
    conflicts_.add(rows_.relation(), change, rows_.id_of(tuple), std::move(kind), std::move(message));
    if (options_.mode == UndoMode::refuse) inverse_.add(change);
  }

  AddedColumns added_;
  TableRows rows_;
  TableRows present_rows_;      // with the columns that were added since
  std::set<std::string> hard_;  // columns that a row cannot change without others having to wait who refer to it
  std::string filled_somewhere_;
  ExamineOptions options_;
  bool lenient_;  // rows that are as they were are no conflicts
  changeset::Writer& inverse_;
  changeset::Writer* overwritten_;
  Conflicts& conflicts_;
  Respelt& respelt_;
  std::uint32_t of_apply_ = 0;  // the relation in the apply's changes, and in ours
  std::uint32_t relation_;
  std::uint32_t relation_overwritten_;
  std::vector<changeset::Change> present_;
  std::vector<changeset::Change> absent_;
  std::size_t bytes_ = 0;
  std::int64_t overwrote_ = 0;
};

}  // namespace

Conflicts::Conflicts(const std::filesystem::path& file, const std::filesystem::path& replaced)
    : file_(file.empty() ? nullptr : std::make_unique<sys::AtomicFile>(file, 0600)) {
  if (!replaced.empty()) replaced_ = std::make_unique<changeset::Writer>(replaced);
}

void Conflicts::close_replaced() {
  if (replaced_) replaced_->close();
  replaced_.reset();
}

void Conflicts::close() {
  if (file_) file_->commit();
  file_.reset();
}

void Conflicts::add(const changeset::Relation& relation, const changeset::Change& inverse, std::string id,
                    std::string kind, std::string message) {
  ++count_;
  rows_.note(relation, inverse);
  if (replaced_ && kind == "taken") {
    changeset::Change row = inverse;
    row.relation = replaced_->add(relation);
    replaced_->add(row);
  }
  if (file_) {
    const nlohmann::ordered_json said = {
        {"table", relation.qualified()}, {"id", id}, {"kind", kind}, {"message", message}};
    file_->write(said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  if (first_.size() >= kept) return;
  first_.push_back(
      {.table = relation.qualified(), .id = std::move(id), .kind = std::move(kind), .message = std::move(message)});
}

namespace {

// Why no row of the relation can stand where it stood; empty: its table is there, with all that the rows hold.
std::string why_gone(const pg::Table* table, const changeset::Relation& relation) {
  if (!table) return "there is no such table any more";
  if (table->kind != 'r') return "the table is partitioned now";
  for (const changeset::Column& column : relation.columns) {
    if (!table->column(column.name)) return fmt::format("the table has no column {} any more", column.name);
  }
  return {};
}

// Those come back whose keys the undo frees.
void settle(Respelt& respelt, const changeset::Reader& changes, const ExamineOptions& options,
            changeset::Writer& inverse, Conflicts& conflicts) {
  if (respelt.empty()) return;
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    const auto freed = respelt.find({change.relation, change.after});
    if (change.op != changeset::Op::insert || freed == respelt.end()) return;
    inverse.add(freed->second);
    respelt.erase(freed);
  });
  for (const auto& [place, change] : respelt) {
    const changeset::Relation& relation = changes.relations()[place.first];
    conflicts.add(relation, change, row_id(relation, change.after), "taken", taken);
    if (options.mode == UndoMode::refuse) inverse.add(change);
  }
}

}  // namespace

std::int64_t examine(pg::Connection& connection, const changeset::Reader& changes, const pg::Catalog& catalog,
                     const ExamineOptions& options, changeset::Writer& inverse, changeset::Writer* overwritten,
                     Conflicts& conflicts) {
  const std::vector<Unique> uniques = read_uniques(connection);
  std::optional<Examination> rows;
  std::optional<std::uint32_t> current;
  std::string gone;  // why the current relation's rows cannot go back
  std::int64_t overwrote = 0;
  Respelt respelt;
  const auto finish = [&] {
    if (!rows) return;
    rows->finish();
    overwrote += rows->overwrote();
    rows.reset();
  };
  changes.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = changes.relations()[change.relation];
    if (current != change.relation) {
      finish();
      current = change.relation;
      const pg::Table* table = catalog.find(relation.schema, relation.name);
      gone = why_gone(table, relation);
      if (gone.empty()) {
        rows.emplace(connection, relation, table, uniques, options, inverse, overwritten, conflicts, respelt);
      }
    }
    changeset::Change back = inverted(change);
    if (rows) {
      rows->add(std::move(back));
    } else if (back.op != changeset::Op::truncate) {
      const std::string id = row_id(relation, back.before.empty() ? back.after : back.before);
      conflicts.add(relation, back, id, "gone", gone);
    }
  });
  finish();
  settle(respelt, changes, options, inverse, conflicts);
  return overwrote;
}

}  // namespace apply
