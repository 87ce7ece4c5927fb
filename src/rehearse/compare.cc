#include "rehearse/compare.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "changeset/tuple.h"

namespace rehearse {

namespace {

// A column of the common shape and where it comes from; null: that side lacks it.
struct PairedColumn {
  const pg::Column* before = nullptr;
  const pg::Column* after = nullptr;
  const pg::Column& any() const { return before ? *before : *after; }
};

const pg::Column* by_number(const pg::Table& table, int number) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const pg::Column& column) { return column.number == number; });
  return found == table.columns.end() ? nullptr : &*found;
}

bool in_key(const pg::Table& table, const pg::Column& column) {
  return std::find(table.primary_key.begin(), table.primary_key.end(), column.number) != table.primary_key.end();
}

// Generated columns follow from the others, and dumps leave them out; they count only where they identify the row.
bool counts(const TablePair& pair, const PairedColumn& column) {
  const auto plain = [](const pg::Table* table, const pg::Column* c) {
    return table && c && (!c->generated || in_key(*table, *c));
  };
  return plain(pair.before, column.before) || plain(pair.after, column.after);
}

std::vector<PairedColumn> paired_columns(const TablePair& pair) {
  std::vector<PairedColumn> result;
  if (pair.before) {
    for (const pg::Column& column : pair.before->columns) result.push_back({&column, nullptr});
  }
  if (pair.after) {
    const bool same = pair.before && pair.before->oid == pair.after->oid;
    for (const pg::Column& column : pair.after->columns) {
      const auto match = std::find_if(result.begin(), result.end(), [&](const PairedColumn& candidate) {
        return candidate.before &&
               (same ? candidate.before->number == column.number : candidate.before->name == column.name);
      });
      if (match != result.end()) {
        match->after = &column;
      } else {
        result.push_back({nullptr, &column});
      }
    }
  }
  std::erase_if(result, [&](const PairedColumn& column) { return !counts(pair, column); });
  return result;
}

const pg::Table* named(const pg::Catalog& catalog, std::uint32_t oid) {
  const auto found = catalog.tables.find(oid);
  return found == catalog.tables.end() ? nullptr : &found->second;
}

// True where the stored rows of a table mean something else than before although nobody wrote to them.
bool reshaped(const pg::Table& before, const pg::Table& after) {
  if (before.columns.size() != after.columns.size()) return true;
  for (const pg::Column& column : before.columns) {
    const pg::Column* now = by_number(after, column.number);
    if (!now || now->type != column.type || now->generated != column.generated) return true;
  }
  return false;
}

// pgoutput leaves generated columns out, so that a key which holds one is not in the stream.
bool has_generated_key(const pg::Table& table) {
  return std::any_of(table.primary_key.begin(), table.primary_key.end(), [&](int number) {
    const pg::Column* column = by_number(table, number);
    return column && column->generated;
  });
}

}  // namespace

std::vector<TablePair> tables_to_compare(const pg::Catalog& before, const pg::Catalog& after,
                                         const Recording& recording) {
  std::map<std::string, std::uint32_t> names;  // -> statement
  const auto add = [&](const pg::Table* table, std::uint32_t statement) {
    if (table && table->kind == 'r') names[table->qualified()] = std::max(names[table->qualified()], statement);
  };
  const auto add_oid = [&](std::uint32_t oid, std::uint32_t statement) {
    add(named(before, oid), statement);
    add(named(after, oid), statement);
  };
  for (const auto& [oid, table] : before.tables) {
    const pg::Table* now = named(after, oid);
    if (!now || now->qualified() != table.qualified() || reshaped(table, *now) || has_generated_key(table))
      add_oid(oid, 0);
  }
  for (const auto& [oid, table] : after.tables) {
    if (!named(before, oid)) add(&table, 0);
  }
  for (const auto& [oid, statement] : recording.truncated()) add_oid(oid, statement);
  for (const Note& note : recording.notes()) {
    if (note.what == "rewrite" || note.what == "drop") {
      add_oid(static_cast<std::uint32_t>(std::stoul(note.subject)), note.statement);
    }
  }
  std::vector<TablePair> pairs;
  for (const auto& [name, statement] : names) {
    const auto find = [&](const pg::Catalog& catalog) -> const pg::Table* {
      for (const auto& [oid, table] : catalog.tables) {
        if (table.kind == 'r' && table.qualified() == name) return &table;
      }
      return nullptr;
    };
    pairs.push_back({name, find(before), find(after), statement});
  }
  return pairs;
}

changeset::Relation common_shape(const TablePair& pair) {
  const pg::Table& named_by = pair.before ? *pair.before : *pair.after;
  changeset::Relation shape{.oid = named_by.oid, .schema = named_by.schema, .name = named_by.name};
  const bool earlier_key = pair.before && !pair.before->primary_key.empty();
  const pg::Table* key_of = earlier_key ? pair.before : pair.after;
  const auto columns = paired_columns(pair);
  for (const PairedColumn& column : columns) shape.columns.push_back({column.any().name, column.any().type});
  if (!key_of) return shape;
  for (const int number : key_of->primary_key) {
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const PairedColumn& column) {
      const pg::Column* side = earlier_key ? column.before : column.after;
      return side && side->number == number;
    });
    shape.key.push_back(static_cast<std::uint32_t>(at - columns.begin()));
  }
  return shape;
}

void each_row(pg::Connection& connection, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit) {
  const pg::Table& table = before ? *pair.before : *pair.after;
  std::vector<std::string> selected;
  for (const PairedColumn& column : paired_columns(pair)) {
    const pg::Column* side = before ? column.before : column.after;
    selected.push_back(side ? pg::quote_identifier(side->name) : "NULL");
  }
  const std::string sql =
      fmt::format("SELECT {} FROM ONLY {}", fmt::join(selected, ", "), pg::quote_qualified(table.schema, table.name));
  connection.each_row(sql, {}, [&](const auto& values) {
    changeset::TupleWriter tuple;
    for (const auto& value : values) tuple.add(value);
    emit(tuple.take());
  });
}

}  // namespace rehearse
