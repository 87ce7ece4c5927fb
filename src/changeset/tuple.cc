#include "changeset/tuple.h"

#include <utility>

#include "base/error.h"

namespace changeset {

namespace {

[[noreturn]] void malformed(const char* why) {
  throw base::Error(base::Code::input, std::string("a row is malformed: ") + why);
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::uint64_t get_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    if (i == 9 && byte > 1) malformed("a number does not fit 64 bits");
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) malformed("a number is longer than it has to be");
    rest.remove_prefix(i + 1);
    return value;
  }
  malformed("it ends within a number");
}

void put_value(std::string& out, Value value) {
  put_varint(out, value ? value->size() + 1 : 0);
  if (value) out.append(*value);
}

std::string TupleWriter::take() {
  return std::exchange(bytes_, {});
}

Value TupleReader::next() {
  const std::uint64_t head = get_varint(rest_);
  if (head == 0) return std::nullopt;
  if (head - 1 > rest_.size()) malformed("a value is longer than the row");
  const std::string_view value = rest_.substr(0, head - 1);
  rest_.remove_prefix(value.size());
  return value;
}

Value value_at(std::string_view tuple, std::size_t index) {
  TupleReader reader(tuple);
  for (std::size_t i = 0; i < index; ++i) reader.next();
  return reader.next();
}

std::vector<Value> values_of(std::string_view tuple) {
  std::vector<Value> values;
  for (TupleReader reader(tuple); !reader.done();) values.push_back(reader.next());
  return values;
}

std::string tuple_of(const std::vector<Value>& values) {
  TupleWriter writer;
  for (const Value& value : values) writer.add(value);
  return writer.take();
}

}  // namespace changeset
