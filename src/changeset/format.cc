#include "changeset/format.h"

#include "base/error.h"
#include "changeset/tuple.h"

namespace changeset::format {

namespace {

[[noreturn]] void malformed(const char* why) {
  throw base::Error(base::Code::input, std::string("the changeset is malformed: ") + why);
}

void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}

std::string_view get_bytes(std::string_view& rest) {
  const std::uint64_t size = get_varint(rest);
  if (size > rest.size()) malformed("a length goes beyond its frame");
  const std::string_view bytes = rest.substr(0, size);
  rest.remove_prefix(bytes.size());
  return bytes;
}

std::uint32_t get_uint32(std::string_view& rest) {
  const std::uint64_t value = get_varint(rest);
  if (value > UINT32_MAX) malformed("a number does not fit 32 bits");
  return static_cast<std::uint32_t>(value);
}

bool has_before(Op op) {
  return op == Op::update || op == Op::erase;
}
bool has_after(Op op) {
  return op == Op::update || op == Op::insert;
}

void put_relation(std::string& out, const Relation& relation) {
  put_varint(out, relation.oid);
  put_bytes(out, relation.schema);
  put_bytes(out, relation.name);
  put_varint(out, relation.columns.size());
  for (const Column& column : relation.columns) {
    put_bytes(out, column.name);
    put_bytes(out, column.type);
  }
  put_varint(out, relation.key.size());
  for (const std::uint32_t column : relation.key) put_varint(out, column);
}

Relation get_relation(std::string_view& rest) {
  Relation relation;
  relation.oid = get_uint32(rest);
  relation.schema = get_bytes(rest);
  relation.name = get_bytes(rest);
  for (std::uint64_t left = get_varint(rest); left > 0; --left) {
    Column& column = relation.columns.emplace_back();
    column.name = get_bytes(rest);
    column.type = get_bytes(rest);
  }
  for (std::uint64_t left = get_varint(rest); left > 0; --left) {
    relation.key.push_back(get_uint32(rest));
    if (relation.key.back() >= relation.columns.size()) malformed("a key names a column that the table does not have");
  }
  return relation;
}

FrameEntry get_frame(std::string_view& rest, std::uint64_t offset, std::uint64_t end) {
  FrameEntry frame{.offset = offset, .compressed = get_varint(rest), .contents = get_varint(rest)};
  if (frame.compressed == 0 || frame.compressed > end - offset) malformed("a frame lies outside the file");
  if (frame.contents == 0 || frame.contents > max_contents) malformed("a frame has an impossible size");
  return frame;
}

}  // namespace

std::string encode(const Index& index) {
  std::string bytes;
  put_varint(bytes, index.relations.size());
  for (const Relation& relation : index.relations) put_relation(bytes, relation);
  put_varint(bytes, index.frames.size());
  for (const FrameEntry& frame : index.frames) {
    put_varint(bytes, frame.compressed);
    put_varint(bytes, frame.contents);
  }
  put_varint(bytes, index.changes);
  return bytes;
}

Index decode_index(std::string_view bytes, std::uint64_t frames_end) {
  Index index;
  for (std::uint64_t left = get_varint(bytes); left > 0; --left) index.relations.push_back(get_relation(bytes));
  std::uint64_t offset = header_size;
  for (std::uint64_t left = get_varint(bytes); left > 0; --left) {
    index.frames.push_back(get_frame(bytes, offset, frames_end));
    offset += index.frames.back().compressed;
  }
  index.changes = get_varint(bytes);
  if (offset != frames_end) malformed("its frames do not fill it");
  if (!bytes.empty()) malformed("its index is longer than it has to be");
  return index;
}

void put_change(std::string& out, const Change& change) {
  out.push_back(static_cast<char>(change.op));
  put_varint(out, change.relation);
  put_varint(out, change.statement);
  if (has_before(change.op)) put_bytes(out, change.before);
  if (has_after(change.op)) put_bytes(out, change.after);
}

void get_change(std::string_view& rest, std::size_t relations, Change& change) {
  if (rest.empty()) malformed("a change is missing");
  change.op = static_cast<Op>(rest.front());
  if (!has_before(change.op) && !has_after(change.op) && change.op != Op::truncate) malformed("a change is of no kind");
  rest.remove_prefix(1);
  change.relation = get_uint32(rest);
  if (change.relation >= relations) malformed("a change is of a table that it does not list");
  change.statement = get_uint32(rest);
  change.before.assign(has_before(change.op) ? get_bytes(rest) : std::string_view());
  change.after.assign(has_after(change.op) ? get_bytes(rest) : std::string_view());
}

void put_fixed(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t get_fixed(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

}  // namespace changeset::format
