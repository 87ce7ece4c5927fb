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
#include "guard/keys.h"
#include "pg/catalog_parts.h"

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

// Each step leads one table further away from the contract's.
using Path = std::vector<const Key*>;

struct Count {
  std::int64_t rows = 0;
  bool exact = true;
};

// What may be known of a table before it is asked.
struct Standing {
  bool readable = false;
  std::int64_t rows = -1;  // pg_class.reltuples; below 0: never analysed
};

std::map<Oid, Standing> read_standings(pg::Connection& connection) {
  std::map<Oid, Standing> standings;
  for (const pg::Row& row : connection.rows(
           "select c.oid, pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')"
           " and pg_catalog.has_table_privilege(c.oid, 'SELECT') and not pg_catalog.row_security_active(c.oid),"
           " c.reltuples::int8 from pg_catalog.pg_class c where c.relkind in ('r', 'p')")) {
    standings[pg::to_oid(row[0])] = {pg::to_bool(row[1]), pg::to_integer(row[2])};
  }
  return standings;
}

class Cascades {
 public:
  explicit Cascades(pg::Connection& connection)
      : connection_(connection), keys_(connection), standings_(read_standings(connection)) {}

  // Breadth first, so that every key is met on its shortest way.
  void follow(const BoundTable& table, const std::set<Oid>& contract_tables) {
    std::set<const Key*> seen;
    std::vector<Path> paths = {{}};
    for (std::size_t next = 0; next < paths.size(); ++next) {
      const Oid parent = paths[next].empty() ? table.oid : paths[next].back()->child;
      for (const Key* key : keys_.into(parent)) {
        if (key->on_delete != OnDelete::cascade || !seen.insert(key).second) continue;
        Path path = paths[next];
        path.push_back(key);
        add(table, path);
        const bool ends = contract_tables.contains(keys_.root(key->child)) || path.size() >= deepest;
        if (!ends) paths.push_back(std::move(path));
      }
    }
  }

  std::vector<Cascade> take() { return std::move(found_); }

 private:
  // Rows of the last table on the path, joined up to the contract's, which is t0.
  std::string joined(const Path& path) const {
    std::string from = keys_.relation(path.front()->parent).rows() + " as t0";
    for (std::size_t i = 0; i < path.size(); ++i) {
      from += fmt::format(" join {} as t{} on {}", keys_.relation(path[i]->child).rows(), i + 1,
                          path[i]->join(fmt::format("t{}", i + 1), fmt::format("t{}", i)));
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
    const std::string from = joined(path);
    const std::string at_once =
        fmt::format("select {0}, count(*) from {1} group by 1", table.population_text("t0"), from);
    if (affordable(estimate(connection_, at_once))) {
      if (const auto rows = patient(at_once)) {
        for (const pg::Row& row : *rows) counts[row[0] ? table.spelt(*row[0]) : "NULL"] = {std::stoll(*row[1]), true};
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

  std::string way(const BoundTable& table, const Path& path) const {
    if (path.size() == 1) return {};
    std::vector<std::string> names;
    for (auto key = path.rbegin(); key != path.rend(); ++key)
      names.push_back(keys_.relation((*key)->child).qualified());
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

  static std::string uncounted(const Standing& standing, const char* why) {
    if (standing.rows < 0) return fmt::format("how many is not known: {}", why);
    return fmt::format("about {} in all; whose is not known: {}", base::count_of(standing.rows, "row"), why);
  }

  void add(const BoundTable& table, const Path& path) {
    const Key& key = *path.back();
    Cascade cascade{.child = keys_.relation(key.child).qualified(),
                    .with = table.qualified(),
                    .way = way(table, path),
                    .constraint = key.name};
    const bool readable =
        std::all_of(path.begin(), path.end(), [&](const Key* step) { return standings_[step->child].readable; });
    if (readable) {
      try {
        cascade.hanging = counted(table, path, cascade.rows);
      } catch (const base::Error& error) {
        if (error.sqlstate() != locked) throw;
        cascade.hanging = uncounted(standings_[key.child], "another session holds a lock on it");
      }
    } else {
      cascade.hanging = uncounted(standings_[key.child], "this role may not read it");
    }
    found_.push_back(std::move(cascade));
  }

  pg::Connection& connection_;
  const Keys keys_;
  std::map<Oid, Standing> standings_;
  std::vector<Cascade> found_;
  double spent_ = 0;
};

}  // namespace

std::vector<Cascade> read_cascades(const Bound& bound, pg::Connection& connection) {
  Cascades cascades(connection);
  std::set<Oid> tables;
  for (const BoundTable& table : bound.tables) tables.insert(table.oid);
  for (const BoundTable& table : bound.tables) cascades.follow(table, tables);
  return cascades.take();
}

Finding finding_of(const Cascade& cascade) {
  return {.rule = cascade_rule,
          .severity = Severity::note,
          .table = cascade.child,
          .rows = cascade.rows,
          .message = fmt::format("deleting from {} takes rows of {} with it{} (constraint {}): {}", cascade.with,
                                 cascade.child, cascade.way.empty() ? "" : ", by " + cascade.way, cascade.constraint,
                                 cascade.hanging),
          .advice = cascade_advice};
}

}  // namespace guard
