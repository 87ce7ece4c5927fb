#include "guard/cleaning.h"

#include <fmt/core.h>

#include <map>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "pg/catalog_parts.h"
#include "sys/signals.h"

namespace guard {

namespace {

constexpr const char* untouched = "everything was rolled back: nothing was deleted";

struct Counter {
  std::int64_t inserted = 0, updated = 0, deleted = 0;
};
using Counters = std::map<Oid, Counter>;

// What this session wrote that it has not reported yet (manual: "pg_stat_xact_all_tables"). Cascades and triggers are
// in it; it never counts fewer rows than were written, save where a table was truncated.
Counters read_counters(pg::Connection& connection) {
  Counters counters;
  for (const pg::Row& row :
       connection.rows("select relid, n_tup_ins, n_tup_upd, n_tup_del from pg_catalog.pg_stat_xact_all_tables"
                       " where n_tup_ins + n_tup_upd + n_tup_del > 0 and schemaname !~ '^pg_' and schemaname <> "
                       "'information_schema'")) {
    counters[pg::to_oid(row[0])] = {pg::to_integer(row[1]), pg::to_integer(row[2]), pg::to_integer(row[3])};
  }
  return counters;
}

class Cleaner {
 public:
  Cleaner(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& populations,
          std::int64_t outside_accepted)
      : connection_(connection), populations_(populations), dependents_(connection, bound, populations) {
    result_.going = dependents_.going();
    result_.hindrances = dependents_.hindrances();
    result_.outside = dependents_.outside();
    result_.outside_accepted = outside_accepted;
  }

  Cleaning& result() { return result_; }

  void run() {
    if (connection_.one_value("show track_counts") != "on") {
      refuse("the server does not count what is written (track_counts is off), so nobody could prove what was deleted",
             "switch track_counts on");
    }
    const Counters before = read_counters(connection_);
    for (const Oid table : dependents_.order()) remove(table);
    connection_.none("set constraints all immediate");
    prove(before);
  }

 private:
  [[noreturn]] static void refuse(const std::string& what, const std::string& advice) {
    throw base::Error(base::Code::refused, what, fmt::format("{}; {}", untouched, advice));
  }

  void remove(Oid table) {
    try {
      remove_rows(table);
    } catch (const base::Error& error) {
      if (error.sqlstate() != "55P03") throw;
      base::Error locked(
          error.code(),
          fmt::format("nothing can be deleted from {}: another session holds a lock on it or on rows of it",
                      dependents_.keys().relation(table).qualified()));
      throw locked.with_sqlstate(error.sqlstate());
    }
  }

  void remove_rows(Oid table) {
    const std::string name = dependents_.keys().relation(table).quoted();
    for (const auto& [leaf, places] : dependents_.rows_to_delete(table)) {
      connection_.none(fmt::format("delete from {} where tableoid = $1 and ctid = any ($2::tid[])", name),
                       {std::to_string(leaf), places});
    }
    for (const TestPopulation& each : populations_) {
      if (each.table->oid != table) continue;
      connection_.none(fmt::format("delete from {} where {} = $1", name, each.table->population.quoted()),
                       {each.population->name});
    }
  }

  // As many rows deleted in each table as were counted, and none of those left: then the two sets are the same.
  void prove(const Counters& before) {
    refuse_heavy_locks();
    Counters did = read_counters(connection_);
    for (const auto& [table, counter] : before) {
      did[table].inserted -= counter.inserted;
      did[table].updated -= counter.updated;
      did[table].deleted -= counter.deleted;
    }
    auto planned = dependents_.deletions();
    for (const auto& [table, rows] : planned) did.try_emplace(table);
    for (const auto& [table, counter] : did) {
      const auto losses = dependents_.losses().find(table);
      judge(table, counter, planned[table], losses == dependents_.losses().end() ? 0 : losses->second);
    }
    refuse_survivors();
  }

  void judge(Oid table, const Counter& counter, std::int64_t deletions, std::int64_t losses) {
    const std::string name = dependents_.keys().relation(table).qualified();
    if (!dependents_.concerns(table)) {
      if (counter.inserted || counter.updated || counter.deleted)
        result_.asides.push_back({name, counter.inserted, counter.updated, counter.deleted});
      return;
    }
    if (counter.deleted != deletions) {
      refuse(fmt::format("{} of {} were to be deleted, and {} were", base::count_of(deletions, "row"), name,
                         base::with_commas(counter.deleted)),
             "a trigger or rule deletes other rows, or keeps some: look at those of this table and of its parents");
    }
    if (counter.updated > losses) {
      refuse(fmt::format("deleting test data changed {} of {}", base::count_of(counter.updated - losses, "other row"),
                         name),
             "a trigger writes to a table of the contract: look at the triggers that fire on the deletion");
    }
    if (counter.inserted > 0) result_.asides.push_back({name, counter.inserted, 0, 0});
  }

  // TRUNCATE, DROP and ALTER are not counted; they lock as no deletion does.
  void refuse_heavy_locks() {
    const auto row = connection_.maybe_row(
        "select c.relname from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation"
        " where l.pid = pg_catalog.pg_backend_pid() and l.mode = 'AccessExclusiveLock'"
        " and c.relkind in ('r', 'p') limit 1");
    if (row)
      refuse(fmt::format("deleting test data truncated or altered table {}", row->front().value_or("")),
             "look at the triggers that fire on the deletion");
  }

  void refuse_survivors() {
    for (const auto& [leaf, places] : dependents_.rows_that_go()) {
      const Relation& relation = dependents_.keys().relation(leaf);
      const auto left =
          connection_.one_value(fmt::format("select count(*) from {} where tableoid = $1 and ctid = any ($2::tid[])",
                                            dependents_.keys().relation(relation.root).quoted()),
                                {std::to_string(leaf), places});
      if (left != "0")
        refuse(fmt::format("rows of {} are still there after they were deleted", relation.qualified()),
               "a trigger or rule keeps them, and another row went in their place");
    }
    for (const TestPopulation& each : populations_) {
      const auto left =
          connection_.one_value(fmt::format("select count(*) from (select from {} where {} = $1 limit 1) left_over",
                                            each.table->quoted(), each.table->population.quoted()),
                                {each.population->name});
      if (left == "0") continue;
      refuse(fmt::format("rows of {} are still in {} after they were deleted", each.population->name,
                         each.table->qualified()),
             "a trigger or rule keeps or makes them");
    }
  }

  pg::Connection& connection_;
  const std::vector<TestPopulation>& populations_;
  Dependents dependents_;
  Cleaning result_;
};

// What is sent cannot be taken back: a signal waits for the answer.
void commit(pg::Connection& connection) {
  const sys::InterruptShield shield;
  try {
    connection.script("commit");
  } catch (base::Error& error) {
    if (error.sqlstate().empty()) {
      throw base::Error(base::Code::server, "the server went away while it committed: " + error.message(),
                        "all of it is deleted, or nothing: `pgrehearse testdata list` says which");
    }
    throw;
  }
}

[[noreturn]] void rolled_back(base::Error error) {
  if (error.code() == base::Code::server) {
    const std::string why = error.sqlstate() == "40001"   ? "; others wrote to the same rows meanwhile: run it again"
                            : error.sqlstate() == "55P03" ? "; somebody holds a lock on those rows: run it again later"
                            : error.sqlstate() == "57014" ? "; give it longer with --timeout"
                                                          : "";
    error.with_hint(untouched + why);
  }
  throw error;
}

}  // namespace

std::int64_t Cleaning::deleted() const {
  return std::accumulate(going.begin(), going.end(), std::int64_t{0}, [](std::int64_t sum, const Going& each) {
    return each.fate == Fate::loses ? sum : sum + each.rows;
  });
}

std::int64_t Cleaning::outside_rows() const {
  return std::accumulate(outside.begin(), outside.end(), std::int64_t{0},
                         [](std::int64_t sum, const Outside& each) { return sum + each.rows; });
}

Cleaning count_test_data(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& populations,
                         std::int64_t outside_accepted) {
  connection.script("begin isolation level repeatable read, read only");
  Cleaning cleaning = Cleaner(connection, bound, populations, outside_accepted).result();
  connection.script("rollback");
  return cleaning;
}

Cleaning clean_test_data(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& populations,
                         std::int64_t outside_accepted, const std::function<void(const Cleaning&)>& counted) {
  // Its snapshot is what was counted: a row that others add to or change meanwhile makes the deletion fail.
  connection.script("begin isolation level repeatable read, read write");
  Cleaner cleaner(connection, bound, populations, outside_accepted);
  counted(cleaner.result());
  if (cleaner.result().refused()) {
    connection.script("rollback");
    return cleaner.result();
  }
  try {
    cleaner.run();
  } catch (const base::Error& error) {
    rolled_back(error);
  }
  commit(connection);
  cleaner.result().executed = true;
  return cleaner.result();
}

}  // namespace guard
