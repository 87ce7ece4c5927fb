#include "changeset/identity.h"

#include <algorithm>

#include "base/error.h"

namespace changeset {

namespace {

constexpr const char* short_row = "a row is malformed: it has fewer values than its table has columns";

// Values of a tuple by column, for a shape that has to be looked at out of order.
class Row {
 public:
  explicit Row(std::string_view tuple) : values_(values_of(tuple)) {}
  Value at(std::uint32_t column) const {
    if (column >= values_.size()) throw base::Error(base::Code::input, short_row);
    return values_[column];
  }

 private:
  std::vector<Value> values_;
};

// The first `count` values of a tuple, as they stand.
std::string_view leading(std::string_view tuple, std::size_t count) {
  TupleReader reader(tuple);
  for (std::size_t i = 0; i < count; ++i) reader.next();
  return tuple.substr(0, tuple.size() - reader.rest().size());
}

}  // namespace

std::uint32_t Identity::table_of(std::uint32_t index, const Relation& relation) {
  if (index < shapes_.size() && shapes_[index]) return shapes_[index]->table;
  const auto [entry, fresh] =
      numbers_.try_emplace({relation.schema, relation.name}, static_cast<std::uint32_t>(tables_.size()));
  if (fresh) {
    Table& table =
        tables_.emplace_back(Table{.schema = relation.schema, .name = relation.name, .columns = {}, .key = {}});
    for (const Column& column : relation.columns) table.columns.push_back(column.name);
    for (const std::uint32_t column : relation.key) table.key.push_back(table.columns.at(column));
  }
  if (index >= shapes_.size()) shapes_.resize(index + 1);
  shapes_[index] = describe(entry->second, relation);
  return entry->second;
}

Identity::Shape Identity::describe(std::uint32_t number, const Relation& relation) const {
  const Table& table = tables_[number];
  Shape shape{.table = number};
  for (const Column& column : relation.columns) shape.columns.push_back(column.name);
  const auto find = [&](const std::string& name) {
    const auto found = std::find(shape.columns.begin(), shape.columns.end(), name);
    return found == shape.columns.end() ? lacking : static_cast<std::uint32_t>(found - shape.columns.begin());
  };
  shape.standard = shape.columns == table.columns;
  for (const std::string& name : table.columns) shape.to_standard.push_back(find(name));
  for (std::uint32_t i = 0; i < shape.columns.size(); ++i) {
    if (std::find(table.columns.begin(), table.columns.end(), shape.columns[i]) == table.columns.end()) {
      shape.extra.push_back(i);
    }
  }
  std::sort(shape.extra.begin(), shape.extra.end(),
            [&](std::uint32_t a, std::uint32_t b) { return shape.columns[a] < shape.columns[b]; });
  for (const std::string& name : table.key) shape.key.push_back(find(name));
  shape.leading_key = true;
  for (std::uint32_t i = 0; i < shape.key.size(); ++i) shape.leading_key &= shape.key[i] == i;
  return shape;
}

const Identity::Shape& Identity::shape(std::uint32_t index) const {
  if (index >= shapes_.size() || !shapes_[index]) {
    throw base::Error(base::Code::internal, "a change is of a relation that was never added");
  }
  return *shapes_[index];
}

void Identity::append_key(std::uint32_t index, std::string_view tuple, std::string& out) const {
  const Shape& own = shape(index);
  if (own.leading_key) {
    out.append(leading(tuple, own.key.size()));
    return;
  }
  const Row row(tuple);
  for (const std::uint32_t column : own.key) put_value(out, column == lacking ? Value() : row.at(column));
}

std::string_view Identity::contents(std::uint32_t index, std::string_view tuple, std::string& scratch) const {
  const Shape& own = shape(index);
  if (own.standard) return tuple;
  scratch.clear();
  const Row row(tuple);
  for (const std::uint32_t column : own.to_standard) put_value(scratch, column == lacking ? Value() : row.at(column));
  for (const std::uint32_t column : own.extra) {
    const Value value = row.at(column);
    if (!value) continue;
    put_value(scratch, own.columns[column]);
    put_value(scratch, value);
  }
  return scratch;
}

std::string Identity::reshaped(std::string_view tuple, std::uint32_t from, std::uint32_t to) const {
  const Shape& source = shape(from);
  const Shape& target = shape(to);
  if (source.columns == target.columns) return std::string(tuple);
  const Row row(tuple);
  TupleWriter writer;
  for (const std::string& name : target.columns) {
    const auto found = std::find(source.columns.begin(), source.columns.end(), name);
    writer.add(found == source.columns.end() ? Value()
                                             : row.at(static_cast<std::uint32_t>(found - source.columns.begin())));
  }
  return writer.take();
}

}  // namespace changeset
