#include "pg/pgoutput.h"

#include <cstddef>

#include "base/error.h"

namespace pg::pgoutput {
namespace {

[[noreturn]] void malformed(const char* what) {
  throw base::Error(base::Code::server, std::string("malformed logical replication message: ") + what);
}

// Takes values off the front of a message, in network byte order; never reads past its end.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)[0]); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  base::Lsn lsn() { return {u64()}; }
  char letter() { return take(1)[0]; }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) malformed("it ends too early");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view zero_terminated() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) malformed("a name has no end");
    const std::string_view text = take(end);
    rest_.remove_prefix(1);
    return text;
  }

  // A count of things of at least `each` bytes, checked before anything is allocated for them.
  std::size_t checked_count(std::size_t count, std::size_t each) const {
    if (count > rest_.size() / each) malformed("a count is larger than the message");
    return count;
  }

  void expect_end() const {
    if (!rest_.empty()) malformed("it goes on after its end");
  }

 private:
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  std::string_view rest_;
};

TupleData read_tuple(Bytes& bytes) {
  TupleData tuple;
  const std::size_t count = bytes.checked_count(bytes.u16(), 1);
  tuple.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    Datum datum{bytes.letter(), {}};
    switch (datum.kind) {
      case 'n':
      case 'u':
        break;
      case 't':
        datum.text = bytes.take(bytes.u32());
        break;
      default:
        malformed("a value of a kind that was not asked for");
    }
    tuple.push_back(datum);
  }
  return tuple;
}

Begin read_begin(Bytes& bytes) {
  Begin begin;
  begin.final_lsn = bytes.lsn();
  bytes.u64();  // time of commit
  begin.xid = bytes.u32();
  return begin;
}

Commit read_commit(Bytes& bytes) {
  bytes.u8();   // flags, none defined
  bytes.lsn();  // of the commit itself
  Commit commit{bytes.lsn()};
  bytes.u64();  // time of commit
  return commit;
}

Message read_message(Bytes& bytes) {
  Message message;
  message.transactional = (bytes.u8() & 1) != 0;
  message.lsn = bytes.lsn();
  message.prefix = bytes.zero_terminated();
  message.content = bytes.take(bytes.u32());
  return message;
}

Relation read_relation(Bytes& bytes) {
  Relation relation;
  relation.oid = bytes.u32();
  relation.schema = bytes.zero_terminated();
  if (relation.schema.empty()) relation.schema = "pg_catalog";  // how the protocol spells it
  relation.name = bytes.zero_terminated();
  relation.identity = bytes.letter();
  const std::size_t count = bytes.checked_count(bytes.u16(), 10);
  relation.columns.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    RelationColumn column;
    column.key = (bytes.u8() & 1) != 0;
    column.name = bytes.zero_terminated();
    column.type = bytes.u32();
    bytes.u32();  // type modifier
    relation.columns.push_back(std::move(column));
  }
  return relation;
}

Type read_type(Bytes& bytes) {
  Type type;
  type.oid = bytes.u32();
  type.schema = bytes.zero_terminated();
  type.name = bytes.zero_terminated();
  return type;
}

void expect_new_tuple(char letter) {
  if (letter != 'N') malformed("no new row where there has to be one");
}

Insert read_insert(Bytes& bytes) {
  Insert insert;
  insert.relation = bytes.u32();
  expect_new_tuple(bytes.letter());
  insert.after = read_tuple(bytes);
  return insert;
}

Update read_update(Bytes& bytes) {
  Update update;
  update.relation = bytes.u32();
  char letter = bytes.letter();
  if (letter == 'K' || letter == 'O') {
    update.old_kind = letter;
    update.before = read_tuple(bytes);
    letter = bytes.letter();
  }
  expect_new_tuple(letter);
  update.after = read_tuple(bytes);
  return update;
}

Delete read_delete(Bytes& bytes) {
  Delete erased;
  erased.relation = bytes.u32();
  erased.old_kind = bytes.letter();
  if (erased.old_kind != 'K' && erased.old_kind != 'O') malformed("no old row where there has to be one");
  erased.before = read_tuple(bytes);
  return erased;
}

Truncate read_truncate(Bytes& bytes) {
  Truncate truncate;
  const std::size_t count = bytes.u32();
  const std::uint8_t options = bytes.u8();
  truncate.cascade = (options & 1) != 0;
  truncate.restart_identity = (options & 2) != 0;
  truncate.relations.reserve(bytes.checked_count(count, 4));
  for (std::size_t index = 0; index < count; ++index) truncate.relations.push_back(bytes.u32());
  return truncate;
}

template <typename T>
Any whole(T message, const Bytes& bytes) {
  bytes.expect_end();
  return message;
}

}  // namespace

Any parse(std::string_view message) {
  Bytes bytes(message);
  const char kind = bytes.letter();
  switch (kind) {
    case 'B':
      return whole(read_begin(bytes), bytes);
    case 'C':
      return whole(read_commit(bytes), bytes);
    case 'M':
      return whole(read_message(bytes), bytes);
    case 'R':
      return whole(read_relation(bytes), bytes);
    case 'I':
      return whole(read_insert(bytes), bytes);
    case 'U':
      return whole(read_update(bytes), bytes);
    case 'D':
      return whole(read_delete(bytes), bytes);
    case 'T':
      return whole(read_truncate(bytes), bytes);
    case 'Y':
      return whole(read_type(bytes), bytes);
    case 'O':
      return Other{kind};
    default:
      malformed("a kind that protocol version 1 does not have");
  }
}

}  // namespace pg::pgoutput
