// Messages of the logical replication protocol, version 1 (manual: "Logical Replication Message Formats").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/lsn.h"

namespace pg::pgoutput {

struct Begin {
  base::Lsn final_lsn;
  std::uint32_t xid = 0;
};
struct Commit {
  base::Lsn end_lsn;
};
struct Message {
  bool transactional = false;
  base::Lsn lsn;
  std::string_view prefix;
  std::string_view content;
};
struct RelationColumn {
  std::string name;
  std::uint32_t type = 0;
  bool key = false;
};
struct Relation {
  std::uint32_t oid = 0;
  std::string schema;
  std::string name;
  char identity = 'd';
  std::vector<RelationColumn> columns;
};

// A column as it stands in the stream: 'n' NULL, 'u' unchanged TOASTed value that was not sent, 't' text.
struct Datum {
  char kind = 'n';
  std::string_view text;
};
using TupleData = std::vector<Datum>;

struct Insert {
  std::uint32_t relation = 0;
  TupleData after;
};
struct Update {
  std::uint32_t relation = 0;
  char old_kind = 0;
  TupleData before;
  TupleData after;
};  // old_kind 'K', 'O' or 0
struct Delete {
  std::uint32_t relation = 0;
  char old_kind = 0;
  TupleData before;
};
struct Truncate {
  std::vector<std::uint32_t> relations;
  bool cascade = false;
  bool restart_identity = false;
};
struct Type {
  std::uint32_t oid = 0;
  std::string_view schema;
  std::string_view name;
};  // ahead of a relation that uses it
struct Other {
  char kind = 0;
};  // origin: nothing that we need

using Any = std::variant<Begin, Commit, Message, Relation, Type, Insert, Update, Delete, Truncate, Other>;

// Reads one message. Views point into `bytes`. Throws Error(server) on a malformed one; no read leaves `bytes`.
Any parse(std::string_view bytes);

}  // namespace pg::pgoutput
