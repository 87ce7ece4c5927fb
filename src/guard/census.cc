#include "guard/census.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "contract/test_ids.h"

namespace guard {

namespace {

using contract::IdRange;
using contract::Population;

constexpr std::size_t most_unknown = 10;

void add(Cell& sum, const Cell& cell) {
  if (cell.rows == 0) return;
  sum.low = sum.rows ? std::min(sum.low, cell.low) : cell.low;
  sum.high = sum.rows ? std::max(sum.high, cell.high) : cell.high;
  sum.rows += cell.rows;
  sum.exact &= cell.exact;
}

std::string ids_of(const Cell& cell) {
  return IdRange{cell.low, cell.high}.text();
}

bool has_space(const Population* population) {
  return population && !population->ids.ranges.empty();
}

class RowRules {
 public:
  RowRules(const BoundTable& table, const Census& census, Findings& findings)
      : table_(table), census_(census), findings_(findings), column_(table.declared->population) {}

  void judge() {
    judge_unpopulated();
    judge_all_unknown();
    for (const auto& [name, cells] : census_.populations) {
      if (const Population* declared = table_.find(name); has_space(declared)) judge_outside(*declared, cells);
    }
    judge_overlaps();
  }

 private:
  void report(const char* rule, Severity severity, std::int64_t rows, std::string message, std::string advice) {
    findings_.push_back({rule, severity, table_.qualified(), rows, std::move(message), std::move(advice)});
  }

  void judge_unpopulated() {
    if (census_.unpopulated == 0) return;
    report("null-population", Severity::error, census_.unpopulated,
           fmt::format(
               "{} of {} {} no {}: nobody can say whose they are, and no clean-up by population will ever see them",
               base::count_of(census_.unpopulated, "row"), table_.qualified(),
               census_.unpopulated == 1 ? "has" : "have", column_),
           fmt::format("find out what they are and set {}, then make the column NOT NULL", column_));
  }

  // One finding each, until there are too many to be slips.
  void judge_all_unknown() {
    std::vector<std::pair<std::string, Cell>> unknown;
    for (const auto& [name, cells] : census_.populations) {
      const Cell all = sum(cells, census_.pieces, {}, true);
      if (!table_.find(name) && all.rows) unknown.emplace_back(name, all);
    }
    std::sort(unknown.begin(), unknown.end(),
              [](const auto& a, const auto& b) { return a.second.rows > b.second.rows; });
    Cell rest;
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      if (i < most_unknown)
        judge_unknown(unknown[i].first, unknown[i].second);
      else
        add(rest, unknown[i].second);
    }
    if (rest.rows == 0) return;
    report("unknown-population", Severity::warning, rest.rows,
           fmt::format("{} of {} have {} other values of {} that the contract does not name", rows_of(rest),
                       table_.qualified(), unknown.size() - most_unknown, column_),
           "so many values are seldom populations: is this the right column?");
  }

  void judge_unknown(const std::string& name, const Cell& all) {
    const std::string shown = base::one_line(name, 60);
    report(
        "unknown-population", Severity::warning, all.rows,
        fmt::format("{} of {} (ids {}) {} {} “{}”, which the contract does not name: they count as protected, and may "
                    "have any id",
                    rows_of(all), table_.qualified(), ids_of(all), all.rows == 1 ? "has" : "have", column_, shown),
        "declare the population with its id space, or correct the rows if the value is a slip");
  }

  void judge_outside(const Population& population, const std::vector<Cell>& cells) {
    const Cell outside = sum(cells, census_.pieces, population.ids, false);
    if (outside.rows == 0) return;
    std::vector<std::string> hosts;
    for (const Population& other : table_.declared->populations) {
      if (&other == &population || other.ids.ranges.empty()) continue;
      Cell there;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (other.ids.contains(census_.pieces[i].low) && !population.ids.contains(census_.pieces[i].low))
          add(there, cells[i]);
      }
      if (there.rows) hosts.push_back(fmt::format("{} in that of {}", base::with_commas(there.rows), other.name));
    }
    report("outside-id-space", Severity::error, outside.rows,
           fmt::format("{} of {} in {} {} outside of {} id space ({}), with ids {}{}", rows_of(outside),
                       population.name, table_.qualified(), outside.rows == 1 ? "lies" : "lie",
                       outside.rows == 1 ? "its" : "their", population.ids.text(), ids_of(outside),
                       hosts.empty() ? "" : fmt::format(", {}", fmt::join(hosts, ", "))),
           population.disposable
               ? fmt::format(
                     "look at each: one that has a life of its own is a real person whose {} an upsert rewrote, and "
                     "gets it back by its id. The rest goes by attribute ({} = '{}'), never by a range: `pgrehearse "
                     "testdata clean` counts it and says the word that deletes these, too",
                     column_, column_, population.name)
               : "rows keep their ids: widen the id space so that it tells the truth, and mend what minted them");
  }

  // Two populations whose rows lie among each other, or rows without a declared space in somebody else's.
  void judge_overlaps() {
    for (auto first = census_.populations.begin(); first != census_.populations.end(); ++first) {
      for (auto second = std::next(first); second != census_.populations.end(); ++second) {
        judge_pair(first->first, first->second, second->first, second->second);
      }
    }
    // A declared space in which others live already, though none of its own rows does.
    for (const Population& population : table_.declared->populations) {
      if (!has_space(&population) || census_.populations.contains(table_.canonical(population.name))) continue;
      const std::vector<Cell> empty(census_.pieces.size());
      for (const auto& [name, cells] : census_.populations) judge_pair(population.name, empty, name, cells);
    }
  }

  void judge_pair(const std::string& a, const std::vector<Cell>& cells_a, const std::string& b,
                  const std::vector<Cell>& cells_b) {
    const Population* declared_a = table_.find(table_.canonical(a));
    const Population* declared_b = table_.find(table_.canonical(b));
    if (accepted(declared_a, declared_b)) return;
    Cell of_a, of_b;
    for (std::size_t i = 0; i < census_.pieces.size(); ++i) {
      const IdRange& piece = census_.pieces[i];
      const bool among =
          cells_a[i].rows && cells_b[i].rows && cells_a[i].low <= cells_b[i].high && cells_b[i].low <= cells_a[i].high;
      if (among || (lodges(declared_b, declared_a, piece) && cells_b[i].rows)) add(of_b, cells_b[i]);
      if (among || (lodges(declared_a, declared_b, piece) && cells_a[i].rows)) add(of_a, cells_a[i]);
    }
    if (of_a.rows == 0 && of_b.rows == 0) return;
    // The guest is the disposable one, or the smaller.
    const bool a_is_guest =
        disposable(declared_a) != disposable(declared_b) ? disposable(declared_a) : of_a.rows <= of_b.rows;
    report_overlap(a_is_guest ? a : b, a_is_guest ? of_a : of_b, a_is_guest ? b : a, a_is_guest ? of_b : of_a,
                   disposable(declared_a) != disposable(declared_b));
  }

  static bool disposable(const Population* population) { return population && population->disposable; }

  // Whatever a protected population declares, its rows have no business where rows may be thrown away.
  static bool lodges(const Population* guest, const Population* host, const IdRange& piece) {
    if (!has_space(host) || !host->ids.contains(piece.low)) return false;
    return !has_space(guest) || (disposable(host) && !disposable(guest));
  }

  // No harm comes of two that may be thrown away, nor of two protected ones that somebody wrote down to share ids. Of
  // an undeclared one among protected ones it is said already that nobody knows it.
  static bool accepted(const Population* a, const Population* b) {
    if (disposable(a) || disposable(b)) return disposable(a) && disposable(b);
    if (!a || !b) return true;
    const auto names = [](const Population& one, const Population& other) {
      return std::find(one.overlaps.begin(), one.overlaps.end(), other.name) != one.overlaps.end();
    };
    return names(*a, *b) || names(*b, *a);
  }

  void report_overlap(const std::string& guest, const Cell& guests, const std::string& host, const Cell& hosts,
                      bool dangerous) {
    const std::string guest_name = base::one_line(table_.spelt(guest), 60);
    const std::string host_name = base::one_line(table_.spelt(host), 60);
    const std::string who =
        guests.rows == 0  ? fmt::format("the id space of {} is inhabited: {} of {} {} there (ids {})", guest_name,
                                        rows_of(hosts), host_name, hosts.rows == 1 ? "lies" : "lie", ids_of(hosts))
        : hosts.rows == 0 ? fmt::format("{} of {} {} in the id space of {} (ids {})", rows_of(guests), guest_name,
                                        guests.rows == 1 ? "lies" : "lie", host_name, ids_of(guests))
                          : fmt::format("{} of {} (ids {}) and {} of {} (ids {}) lie among each other", rows_of(guests),
                                        guest_name, ids_of(guests), rows_of(hosts), host_name, ids_of(hosts));
    report(
        "id-spaces-overlap", dangerous ? Severity::error : Severity::warning, guests.rows ? guests.rows : hosts.rows,
        fmt::format("{} in {}: whoever speaks of one by a range of ids speaks of the other", who, table_.qualified()),
        dangerous ? apart(guest_name, hosts)
                  : "give each its own id space, or declare with `overlaps` that they share one");
  }

  std::string apart(const std::string& guest, const Cell& real_rows) const {
    const IdRange apart = table_.test_ids();
    if (real_rows.rows && real_rows.low >= apart.low) {
      return fmt::format(
          "real rows keep their ids: find out what gave them, and give {} a space in which none of them lies", guest);
    }
    return fmt::format("move {} to a space that no real path reaches, {} ({})", guest,
                       apart.low == contract::test_ids.low ? "above 2^52" : "the last ids of its type", apart.text());
  }

  const BoundTable& table_;
  const Census& census_;
  Findings& findings_;
  const std::string& column_;
};

}  // namespace

std::vector<IdRange> cut_ids(const contract::Table& table) {
  std::vector<std::int64_t> starts = {IdRange::lowest};
  for (const Population& population : table.populations) {
    for (const IdRange& range : population.ids.ranges) {
      starts.push_back(range.low);
      if (range.high != IdRange::highest) starts.push_back(range.high + 1);
    }
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  std::vector<IdRange> pieces;
  for (std::size_t i = 0; i < starts.size(); ++i)
    pieces.push_back({starts[i], i + 1 < starts.size() ? starts[i + 1] - 1 : IdRange::highest});
  return pieces;
}

std::string rows_of(const Cell& cell) {
  return (cell.exact ? "" : "about ") + base::count_of(cell.rows, "row");
}

Cell sum(const std::vector<Cell>& cells, const std::vector<IdRange>& pieces, const contract::IdSpace& wanted,
         bool inside) {
  Cell result;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (wanted.contains(pieces[i].low) == inside) add(result, cells[i]);
  }
  return result;
}

void judge_rows(const BoundTable& table, const Census& census, Findings& findings) {
  RowRules(table, census, findings).judge();
}

}  // namespace guard
