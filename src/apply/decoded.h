// The proof `decoded`: the transaction is prepared, its rows are read back from a two-phase logical slot, and only then
// it is committed (manual: "Two-phase Commit Support for Logical Decoding", "PREPARE TRANSACTION", test_decoding).
//
// test_decoding rather than pgoutput: it needs no publication, which would be DDL in production and would refuse writes
// to tables without a replica identity.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "apply/target.h"
#include "changeset/file.h"
#include "pg/catalog.h"

namespace apply {

class DecodingSlot {
 public:
  // A temporary two-phase slot on a connection of its own, made before our transaction begins; gone with the object or
  // its connection. Waits for transactions that are writing now, at most `limits.lock_timeout` times five; nullptr-like
  // refusal is Error(refused) with the reason (long transactions are named).
  static DecodingSlot create(const Target& target);
  DecodingSlot(DecodingSlot&&) noexcept;
  DecodingSlot& operator=(DecodingSlot&&) noexcept;
  ~DecodingSlot();

  // What the prepared transaction `gid` did, in order, into `out`. Images are as complete as the server has them:
  // `before` holds the key alone (other columns NULL) unless the table's replica identity is FULL; a table without a
  // replica identity has empty ones. `known` gives the image before of a row by its key where the caller has it.
  struct Touched {
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t deleted = 0;
    bool truncated = false;
  };
  // Returns what was done by table ("schema.table"), rows in passing included.
  std::map<std::string, Touched> read(const std::string& gid, const pg::Catalog& catalog, changeset::Writer& out);

 private:
  struct Inside;
  explicit DecodingSlot(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace apply
