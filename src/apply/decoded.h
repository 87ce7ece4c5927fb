// The proof `decoded`: the transaction is prepared, what it wrote is read back from a two-phase logical slot, and only
// then it is committed (manual: "Two-phase Commit Support for Logical Decoding", "PREPARE TRANSACTION", test_decoding).
//
// The stream shows every row that is going to be there, and nothing that a savepoint took back: counts that close the
// argument of proof.h where the server's own counters cannot. test_decoding rather than pgoutput: it needs no
// publication, which would be DDL in production and refuse writes to tables without a replica identity.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apply/difference.h"
#include "apply/target.h"
#include "changeset/file.h"
#include "rehearse/plan.h"

namespace apply {

// What a transaction did to one table, rows in passing included.
struct Decoded {
  rehearse::Counts rows;
  bool truncated = false;
};

// One change as test_decoding prints it: the table ("schema.table", unquoted) and what was done; of a TRUNCATE the
// first table. nullopt for the lines around changes. `line` may be cut off behind the operation.
struct DecodedLine {
  std::string table;
  enum class Op { insert, update, erase, truncate } op = Op::insert;
  std::string_view values;  // what stands behind it
};
// Throws Error(server) on a change that is not printed as expected.
std::optional<DecodedLine> parse_decoded(std::string_view line);

// How the row whose `values` these are is named to people, by the relation's key; of an update by the one that it had.
// nullopt where they do not hold it.
std::optional<std::string> decoded_id(std::string_view values, const changeset::Relation& relation);

// A temporary slot on a connection of its own; gone with the object, and with the connection. Not for use by two
// threads.
class DecodingSlot {
 public:
  // Before our transaction begins. Waits for transactions that are writing now, at most five times the lock timeout.
  // Throws Error(refused) with the reason where there can be no slot.
  static DecodingSlot create(const Target& target);

  // What the prepared transaction `xid` (as pg_current_xact_id() gives it) did, by table. Unlogged tables are not in
  // it.
  std::map<std::string, Decoded> read(const std::string& xid);
  // Adds the rows of the relation, which has a key, that the transaction changed and `planned` does not name.
  void name_unplanned(const std::string& xid, const changeset::Relation& relation, const changeset::Reader& planned,
                      Difference& difference);

 private:
  DecodingSlot(pg::Connection connection, std::string name)
      : connection_(std::move(connection)), name_(std::move(name)) {}
  // Calls `visit` with each line of the transaction, or the first `length` bytes of it. Can be said again.
  void each_line(const std::string& xid, int length, const std::function<void(std::string_view)>& visit);

  pg::Connection connection_;
  std::string name_;
};

}  // namespace apply
