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

// True where the stored rows of a table mean something else than before although nobody wrote to them, or where another
// key identifies them.
bool reshaped(const pg::Table& before, const pg::Table& after) {
  if (before.columns.size() != after.columns.size() || before.primary_key != after.primary_key) return true;
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

namespace {

// Gathers tables by identity and by name until neither leads to more: a name may have meant two tables, and a table may
// have had two names.
class Gathering {
 public:
  Gathering(const pg::Catalog& before, const pg::Catalog& after) : before_(before), after_(after) {}

  void add(std::uint32_t oid, std::uint32_t statement) {
    const bool known = !result_.oids.insert(oid).second;
    for (const pg::Catalog* catalog : {&before_, &after_}) {
      const pg::Table* table = named(*catalog, oid);
      if (!table || table->kind != 'r') continue;
      const auto [entry, fresh] = names_.try_emplace(table->qualified(), statement);
      entry->second = std::max(entry->second, statement);
      if (!known || fresh) add_name(table->qualified(), statement);
    }
  }

  Comparison finish() {
    for (const auto& [name, statement] : names_) {
      result_.pairs.push_back({name, find(before_, name), find(after_, name), statement});
    }
    return std::move(result_);
  }

 private:
  static const pg::Table* find(const pg::Catalog& catalog, const std::string& name) {
    for (const auto& [oid, table] : catalog.tables) {
      if (table.kind == 'r' && table.qualified() == name) return &table;
    }
    return nullptr;
  }

  void add_name(const std::string& name, std::uint32_t statement) {
    for (const pg::Catalog* catalog : {&before_, &after_}) {
      const pg::Table* table = find(*catalog, name);
      if (table && !result_.oids.contains(table->oid)) add(table->oid, statement);
    }
  }

  const pg::Catalog& before_;
  const pg::Catalog& after_;
  std::map<std::string, std::uint32_t> names_;  // -> statement
  Comparison result_;
};

// Types whose definition changed: ALTER TYPE … RENAME VALUE, ADD ATTRIBUTE. Their values read otherwise, wherever they
// stand.
std::set<std::string> changed_types(const pg::Catalog& before, const pg::Catalog& after) {
  std::set<std::string> names;
  for (const auto& [object, definition] : before.definitions) {
    if (!object.starts_with("enum ") && !object.starts_with("type ")) continue;
    const auto now = after.definitions.find(object);
    if (now != after.definitions.end() && now->second != definition) names.insert(object.substr(object.rfind('.') + 1));
  }
  return names;
}

// Columns name their types as format_type() does: perhaps with a schema, quotes and brackets.
bool uses(const pg::Table& table, const std::set<std::string>& types) {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const pg::Column& column) {
    std::string type = column.type.substr(column.type.rfind('.') + 1);
    std::erase_if(type, [](char c) { return c == '"' || c == '[' || c == ']'; });
    return types.contains(type);
  });
}

// True where the stream calls the table something that it was called neither before nor after.
bool renamed_on_the_way(const pg::Catalog& before, const pg::Catalog& after, const changeset::Relation& relation) {
  const pg::Table* earlier = named(before, relation.oid);
  const pg::Table* later = named(after, relation.oid);
  if (!earlier || !later) return true;
  return earlier->qualified() != relation.qualified() || later->qualified() != relation.qualified();
}

}  // namespace

Comparison tables_to_compare(const pg::Catalog& before, const pg::Catalog& after, const Recording& recording) {
  const std::set<std::string> types = changed_types(before, after);
  Gathering gathering(before, after);
  std::set<std::uint32_t> streamed;
  for (const auto& relation : recording.relations()) {
    // A second description of a table means that its columns changed between its rows.
    const bool described_anew = !streamed.insert(relation->oid).second;
    if (described_anew || renamed_on_the_way(before, after, *relation)) gathering.add(relation->oid, 0);
  }
  for (const auto& [oid, table] : before.tables) {
    const pg::Table* now = named(after, oid);
    const bool unseen_key = has_generated_key(table) && streamed.contains(oid);
    if (!now || now->qualified() != table.qualified() || reshaped(table, *now) || unseen_key || uses(table, types) ||
        has_virtual_columns(table)) {
      gathering.add(oid, 0);
    }
  }
  for (const auto& [oid, table] : after.tables) {
    if (!named(before, oid)) gathering.add(oid, 0);
  }
  for (const auto& [oid, statement] : recording.truncated()) gathering.add(oid, statement);
  for (const Note& note : recording.notes()) {
    if (note.what == "rewrite" || note.what == "drop") {
      gathering.add(static_cast<std::uint32_t>(std::stoul(note.subject)), note.statement);
    }
  }
  return gathering.finish();
}

bool has_virtual_columns(const pg::Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(), [](const pg::Column& c) { return c.is_virtual; });
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

RowSource rows_in(pg::Connection& connection, const pg::Table& table) {
  return [&connection, &table](const std::vector<const pg::Column*>& columns, const ValueVisitor& visit) {
    std::vector<std::string> selected;
    for (const pg::Column* column : columns) selected.push_back(column ? pg::quote_identifier(column->name) : "NULL");
    connection.each_row(
        fmt::format("SELECT {} FROM ONLY {}", fmt::join(selected, ", "), pg::quote_qualified(table.schema, table.name)),
        {}, visit);
  };
}

void each_row(const RowSource& source, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit) {
  std::vector<const pg::Column*> columns;
  for (const PairedColumn& column : paired_columns(pair)) columns.push_back(before ? column.before : column.after);
  source(columns, [&](const auto& values) {
    changeset::TupleWriter tuple;
    for (const auto& value : values) tuple.add(value);
    emit(tuple.take());
  });
}

void each_row(pg::Connection& connection, const TablePair& pair, bool before,
              const std::function<void(std::string tuple)>& emit) {
  each_row(rows_in(connection, before ? *pair.before : *pair.after), pair, before, emit);
}

}  // namespace rehearse
