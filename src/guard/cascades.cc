#include "guard/cascades.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "guard/count.h"

namespace guard {

namespace {

// In the planner's units, which on common hardware are some 100,000 to the second: one count, and all of them together.
constexpr double dear = 300'000;
// No large table is read whole for a note.
constexpr double dear_scan = 10'000;
constexpr double dear_together = 2'000'000;
constexpr std::string_view timed_out = "57014", locked = "55P03";  // SQLSTATEs
// Chains of foreign keys are followed this far.
constexpr std::size_t deepest = 6;

struct Key {
  std::string oid, name;
  std::string child, parent;  // oids
  std::string child_name;     // schema.table
  std::string child_quoted;
  std::vector<std::pair<std::string, std::string>> columns;  // child's and parent's, quoted
  bool readable = false;
  std::int64_t rows = 0;  // pg_class.reltuples of the child, below 0: never analysed
};

// Each step leads one table further away from the contract's.
using Path = std::vector<const Key*>;

struct Count {
  std::int64_t rows = 0;
  bool exact = true;
};

std::vector<Key> read_keys(pg::Connection& connection) {
  const std::string enforced = connection.server_major() >= 18 ? " and k.conenforced" : "";
  std::map<std::string, std::size_t> known;
  std::vector<Key> keys;
  for (const pg::Row& row : connection.rows(
           "select k.oid, k.conname, k.conrelid, k.confrelid, n.nspname, c.relname,"
           " pg_catalog.quote_ident(a.attname), pg_catalog.quote_ident(f.attname),"
           " pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')"
           "  and not pg_catalog.row_security_active(c.oid), c.reltuples::int8"
           " from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid"
           " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
           " cross join lateral rows from (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) with ordinality "
           "as u (mine, theirs, place)"
           " join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.mine"
           " join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.theirs"
           " where k.contype = 'f' and k.confdeltype = 'c' and k.conparentid = 0" +
           enforced + " order by k.oid, u.place")) {
    const auto [at, fresh] = known.try_emplace(*row[0], keys.size());
    if (fresh) {
      keys.push_back({*row[0],
                      *row[1],
                      *row[2],
                      *row[3],
                      fmt::format("{}.{}", *row[4], *row[5]),
                      pg::quote_qualified(*row[4], *row[5]),
                      {},
                      row[8] == "t",
                      std::stoll(*row[9])});
    }
    keys[at->second].columns.emplace_back(*row[6], *row[7]);
  }
  return keys;
}

class Cascades {
 public:
  Cascades(pg::Connection& connection, Findings& findings)
      : connection_(connection), findings_(findings), keys_(read_keys(connection)) {}

  // Breadth first, so that every key is met on its shortest way.
  void judge(const BoundTable& table, const std::set<std::string>& contract_tables) {
    std::set<std::string> seen;
    std::vector<Path> paths = {{}};
    for (std::size_t next = 0; next < paths.size(); ++next) {
      const std::string parent = paths[next].empty() ? std::to_string(table.oid) : paths[next].back()->child;
      for (const Key& key : keys_) {
        if (key.parent != parent || !seen.insert(key.oid).second) continue;
        Path path = paths[next];
        path.push_back(&key);
        report(table, path);
        const bool ends = contract_tables.contains(key.child) || path.size() >= deepest;
        if (!ends) paths.push_back(std::move(path));
      }
    }
  }

 private:
  // Rows of the last table on the path, joined up to the contract's, which is t0.
  static std::string joined(const BoundTable& table, const Path& path) {
    std::string from = fmt::format("{} as t0", table.quoted());
    for (std::size_t i = 0; i < path.size(); ++i) {
      std::string on;
      for (const auto& [mine, theirs] : path[i]->columns)
        on += fmt::format("{}t{}.{} = t{}.{}", on.empty() ? "" : " and ", i + 1, mine, i, theirs);
      from += fmt::format(" join {} as t{} on {}", path[i]->child_quoted, i + 1, on);
    }
    return from;
  }

  bool affordable(const Estimate& plan) {
    if (plan.scan > dear_scan || plan.cost > dear || spent_ + plan.cost > dear_together) return false;
    spent_ += plan.cost;
    return true;
  }

  // nullopt where the server gave up: a note is not worth more.
  std::optional<std::vector<pg::Row>> patient(const std::string& query) {
    try {
      return connection_.rows(query);
    } catch (const base::Error& error) {
      if (error.sqlstate() != timed_out) throw;
      return std::nullopt;
    }
  }

  std::map<std::string, Count> count(const BoundTable& table, const Path& path) {
    std::map<std::string, Count> counts;
    const std::string from = joined(table, path);
    const std::string at_once =
        fmt::format("select {0}, count(*) from {1} group by 1", table.population_text("t0"), from);
    if (affordable(estimate(connection_, at_once))) {
      if (const auto rows = patient(at_once)) {
        for (const pg::Row& row : *rows) counts[row[0].value_or("NULL")] = {std::stoll(*row[1]), true};
        return counts;
      }
    }
    for (const contract::Population& population : table.declared->populations) {
      const std::string where = fmt::format("from {} where t0.{} = {}", from, table.population.quoted(),
                                            connection_.quote_literal(population.name));
      const Estimate rough = estimate(connection_, "select 1 " + where);
      counts[population.name] = {std::llround(rough.rows), false};
      if (!affordable(rough)) continue;
      if (const auto rows = patient("select count(*) " + where))
        counts[population.name] = {std::stoll(*rows->front()[0]), true};
    }
    return counts;
  }

  static std::string way(const BoundTable& table, const Path& path) {
    std::vector<std::string> names;
    for (auto key = path.rbegin(); key != path.rend(); ++key) names.push_back((*key)->child_name);
    names.push_back(table.qualified());
    return fmt::format("{}", fmt::join(names, " → "));
  }

  std::string counted(const BoundTable& table, const Path& path, std::int64_t& total) {
    std::vector<std::string> parts;
    for (const auto& [name, hang] : count(table, path)) {
      total += hang.rows;
      if (hang.rows == 0 && hang.exact) continue;
      parts.push_back(
          fmt::format("{} {}{}", base::one_line(name, 60), hang.exact ? "" : "about ", base::with_commas(hang.rows)));
    }
    return parts.empty() ? "none at present" : fmt::format("{}", fmt::join(parts, ", "));
  }

  static std::string uncounted(const Key& key, const char* why) {
    if (key.rows < 0) return fmt::format("how many is not known, for {}", why);
    return fmt::format("about {} in all; whose they are is not known, for {}", base::count_of(key.rows, "row"), why);
  }

  void report(const BoundTable& table, const Path& path) {
    const Key& key = *path.back();
    Finding finding{"foreign-key-cascades", Severity::note, key.child_name, 0, {}, {}};
    const bool readable = std::all_of(path.begin(), path.end(), [](const Key* step) { return step->readable; });
    std::string hanging;
    if (readable) {
      try {
        hanging = counted(table, path, finding.rows);
      } catch (const base::Error& error) {
        if (error.sqlstate() != locked) throw;
        hanging = uncounted(key, "another session holds a lock on it");
      }
    } else {
      hanging = uncounted(key, "this role may not read it");
    }
    finding.message = fmt::format("deleting from {} takes rows of {} with it{} (constraint {}): {}", table.qualified(),
                                  key.child_name, path.size() > 1 ? ", by " + way(table, path) : "", key.name, hanging);
    finding.advice = "nothing, while deletions go by population; rehearse every other one: `pgrehearse plan`";
    findings_.push_back(std::move(finding));
  }

  pg::Connection& connection_;
  Findings& findings_;
  const std::vector<Key> keys_;
  double spent_ = 0;
};

}  // namespace

void judge_cascades(const Bound& bound, pg::Connection& connection, Findings& findings) {
  Cascades cascades(connection, findings);
  std::set<std::string> tables;
  for (const BoundTable& table : bound.tables) tables.insert(std::to_string(table.oid));
  for (const BoundTable& table : bound.tables) cascades.judge(table, tables);
}

}  // namespace guard
