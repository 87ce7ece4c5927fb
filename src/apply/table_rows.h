// Rows of a production table, found by what a changeset says about them.
//
// Values are spelt as in changesets (pg::pinned_settings); whoever calls holds a PinnedSession. Not for use by two
// threads.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "changeset/change.h"
#include "pg/connection.h"

namespace apply {

// Settings under which rows are read and written as changesets spell them: pinned spelling, an empty search path,
// row_security off (a policy that would hide rows is an error instead). restore() puts back what a script expects;
// inside a transaction all of it is local to it. A transaction that failed needs no restore().
class PinnedSession {
 public:
  explicit PinnedSession(pg::Connection& connection);
  // The statement that pins, for a transaction that needs no restore().
  static std::string pinning(pg::Connection& connection);
  ~PinnedSession() = default;
  PinnedSession(const PinnedSession&) = delete;
  PinnedSession& operator=(const PinnedSession&) = delete;
  void restore();

 private:
  pg::Connection& connection_;
  std::vector<std::pair<std::string, std::string>> before_;
};

enum class Locking {
  none,
  for_no_key_update,  // others may still refer to the row by its keys
  for_update,
};

class TableRows {
 public:
  struct Row {
    std::string ctid;    // "(0,7)"
    std::string writer;  // xmin, "753": together they name one version of the row; empty in a table without a key
    std::string tuple;   // in the relation's columns
  };

  // `relation` says which columns, and which of them are the primary key. Throws Error(refused) where the table or one
  // of those columns does not exist. Generated columns may be among them.
  TableRows(pg::Connection& connection, const changeset::Relation& relation);

  // How many rows to look for at a time: looking for rows of a table without a key reads the whole table.
  static std::size_t batch(const changeset::Relation& relation);

  // Calls `visit` once for each of `wanted` (tuples of the relation), in their order: with the row of the same key or,
  // in a table without one, a row of the same contents (each at most once in the life of the object, so that equal
  // rows find different ones); nullopt where there is none. Locked rows are as they are once the lock is held. Throws
  // Error(server): lock_timeout (SQLSTATE 55P03), no permission (42501), …
  void find(const std::vector<std::string_view>& wanted, Locking locking,
            const std::function<void(std::size_t, std::optional<Row>)>& visit);

  // The same as a statement of one's own (manual: "SELECT"), for a table with a key. Each row that it gives is a Found.
  // `extra`: an SQL expression over the row `t`.
  struct Lookup {
    std::string sql;
    std::vector<pg::OptionalText> parameters;
  };
  struct Found {
    std::size_t number = 0;  // in `wanted`
    std::string_view ctid;
    std::string_view extra;
    std::string tuple;
  };
  Lookup by_key(const std::vector<std::string_view>& wanted, std::string_view extra,
                Locking locking = Locking::none) const;
  static Found found_in(const std::vector<std::optional<std::string_view>>& values);
  // The statement that counts the places, an array as its parameter, that hold a row which the session sees.
  std::string count_places() const;
  // And those that one of some transactions, a second array, wrote.
  std::string count_versions() const;

  const changeset::Relation& relation() const { return relation_; }
  // Of each column of the key the operator that its index finds equal values by, which no search path need hold:
  // "OPERATOR(public.=)".
  const std::vector<std::string>& key_equal() const { return key_equal_; }
  // "1" or "7,de": how a row of it is named to people.
  std::string id_of(std::string_view tuple) const;

 private:
  void find_by_key(const std::vector<std::string_view>& wanted, Locking locking,
                   const std::function<void(std::size_t, std::optional<Row>)>& visit);
  void find_by_contents(const std::vector<std::string_view>& wanted, Locking locking,
                        const std::function<void(std::size_t, std::optional<Row>)>& visit);

  pg::Connection& connection_;
  changeset::Relation relation_;
  std::string columns_;                 // "t.a, t.b", quoted
  std::string qualified_;               // quoted
  std::vector<std::string> key_types_;  // without modifiers, for casts
  std::vector<std::string> key_equal_;
  std::set<std::string> found_;  // places of rows without a key that were handed out
};

// The types of the relation's columns as the table has them now, without modifiers: for casts of whole values. Throws
// Error(refused) where the table or one of the columns does not exist.
std::vector<std::string> column_types(pg::Connection& connection, const changeset::Relation& relation);

// How a row is named to people: its key, columns separated by commas and quoted as in CSV; without a key the head of a
// digest.
std::string row_id(const changeset::Relation& relation, std::string_view tuple);

// "{…}" of texts, NULLs allowed: an array literal for a bound parameter.
class ArrayLiteral {
 public:
  void add(std::optional<std::string_view> value);
  std::string take();  // hands out the literal and starts anew

 private:
  std::string text_;
};

}  // namespace apply
