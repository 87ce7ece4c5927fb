// A row's values in PostgreSQL's text format, in one flat buffer.
//
// Encoding: per column an unsigned LEB128 of 0 for NULL or length + 1, then that many bytes. The same bytes stand in a
// changeset file (docs/formats/changeset.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace changeset {

using Value = std::optional<std::string_view>;

// Appends one value in the encoding of tuples.
void put_value(std::string& out, Value value);

// Appends values; take() hands the buffer out and starts anew.
class TupleWriter {
 public:
  void add(Value value) { put_value(bytes_, value); }
  std::string take();

 private:
  std::string bytes_;
};

// Reads a tuple that somebody else owns. Throws Error(input) on a malformed one: tuples come out of files.
class TupleReader {
 public:
  explicit TupleReader(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  Value next();
  std::string_view rest() const { return rest_; }  // what was not read yet

 private:
  std::string_view rest_;
};

// The value in column `index` (from 0).
Value value_at(std::string_view tuple, std::size_t index);
std::vector<Value> values_of(std::string_view tuple);
std::string tuple_of(const std::vector<Value>& values);

// LEB128, as used throughout our formats.
void put_varint(std::string& out, std::uint64_t value);
std::uint64_t get_varint(std::string_view& rest);  // throws Error(input), also where it is not the shortest form

}  // namespace changeset
