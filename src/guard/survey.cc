#include "guard/survey.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "guard/count.h"
#include "guard/keys.h"

namespace guard {

namespace {

constexpr std::size_t most_candidates = 3;
constexpr std::size_t most_populations = 40;  // a column with more values holds something else
constexpr int sample_rows = 50'000;
// Columns whose names say nothing are looked into as long as this lasts.
constexpr int most_samples = 200;
// A column named “type” is a population where others hang on the table, or where a value speaks for it; one named
// “source” anywhere.
constexpr int fit_of_kind = 5, fit_of_source = 6, fit_of_test = 8;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalpha(byte) || byte >= 0x80)
      words.back() += static_cast<char>(std::tolower(byte));
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

template <std::size_t N>
bool among(const std::string& word, const std::array<std::string_view, N>& known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

constexpr std::array<std::string_view, 20> test_words = {
    "test",     "tests",  "testing", "tester",  "qa",   "demo", "demos",   "dummy",     "fake", "fixture",
    "fixtures", "sample", "seed",    "sandbox", "mock", "e2e",  "staging", "synthetic", "dev",  "loadtest"};

// What a table of the catalog offers.
struct SeenTable {
  std::uint32_t oid = 0;
  std::string path_name;  // as the search path needs it: regclass
  std::string name;
  bool readable = false;
  std::int64_t rows = -1;
  std::string id;  // a key of one whole number; empty: none
  std::string id_why;
};

struct SeenColumn {
  std::uint32_t table = 0;
  std::string name, type, base;
  double distinct = 0;  // pg_stats: below 0 a share of the rows; 0 unknown
  int fit = 0;
};

std::uint32_t oid_of(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text));
}

class Surveyor {
 public:
  explicit Surveyor(pg::Connection& connection) : connection_(connection), keys_(connection) {}

  Survey survey() {
    read_tables();
    const std::vector<SeenColumn> columns = fitting_columns();
    std::map<std::uint32_t, SeenColumn> best;
    for (const SeenColumn& column : columns) {
      const auto known = best.find(column.table);
      if (known == best.end() || column.fit > known->second.fit) best.insert_or_assign(column.table, column);
    }
    std::vector<std::pair<int, std::uint32_t>> ranked;
    for (const auto& [oid, column] : best) ranked.emplace_back(-worth(tables_.at(oid), column), oid);
    std::sort(ranked.begin(), ranked.end());
    // Rows of what hangs on a better one have its populations already.
    std::set<std::uint32_t> hanging;
    for (const auto& [worth, oid] : ranked) {
      if (result_.candidates.size() == most_candidates || hanging.contains(oid)) continue;
      result_.candidates.push_back(candidate(tables_.at(oid), best.at(oid)));
      for (const std::uint32_t child : below(oid, [](const Key&) { return true; })) hanging.insert(child);
    }
    // From here on every name is qualified.
    connection_.none("set search_path = ''");
    std::erase_if(result_.candidates, [&](const auto& found) { return !count(*found); });
    return std::move(result_);
  }

 private:
  void read_tables() {
    for (const pg::Row& row : connection_.rows(
             "select c.oid, c.oid::pg_catalog.regclass::text, c.relname, c.reltuples::int8,"
             " pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')"
             "  and not pg_catalog.row_security_active(c.oid),"
             " k.attname, k.indisprimary"
             " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
             " left join lateral (select a.attname, i.indisprimary from pg_catalog.pg_index i"
             "  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]"
             "  where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indnkeyatts = 1 and i.indpred is null"
             "   and a.atttypid in ('pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype)"
             "  order by i.indisprimary desc, a.attnum limit 1) k on true"
             " where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'"
             "  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgrehearse')"
             "  and not exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass"
             "   and d.objid = c.oid and d.deptype = 'e')"
             " order by c.oid")) {
      SeenTable table{.oid = oid_of(*row[0]), .path_name = *row[1], .name = *row[2], .readable = row[4] == "t"};
      table.rows = std::stoll(*row[3]);
      if (row[5]) {
        table.id = *row[5];
        table.id_why = row[6] == "t" ? "the primary key, a whole number" : "unique, and a whole number";
      }
      ++result_.tables;
      if (!table.readable) result_.unreadable.push_back(table.path_name);
      tables_.emplace(table.oid, std::move(table));
    }
  }

  // Tables below `parent`, over foreign keys of which `follow` likes each.
  template <typename Follow>
  std::vector<std::uint32_t> below(std::uint32_t parent, Follow follow) const {
    std::vector<std::uint32_t> reached = {parent};
    for (std::size_t next = 0; next < reached.size(); ++next) {
      for (const Key& key : keys_.all()) {
        if (key.parent != reached[next] || !follow(key)) continue;
        if (std::find(reached.begin(), reached.end(), key.child) == reached.end()) reached.push_back(key.child);
      }
    }
    reached.erase(reached.begin());
    return reached;
  }

  std::vector<SeenColumn> fitting_columns() {
    std::vector<SeenColumn> columns;
    for (const pg::Row& row : connection_.rows(
             "select a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname, s.n_distinct"
             " from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid"
             " join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_type t on t.oid = a.atttypid"
             " left join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname"
             "  and s.attname = a.attname and s.inherited = (c.relkind = 'p')"
             " where a.attnum > 0 and not a.attisdropped and a.attgenerated = ''"
             "  and (t.typname in ('text', 'varchar', 'bpchar', 'bool', 'int2', 'int4') or t.typtype = 'e')"
             "  and not exists (select 1 from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in "
             "('p', 'f', 'u')"
             "   and a.attnum = any (k.conkey))"
             " order by a.attrelid, a.attnum")) {
      SeenColumn column{.table = oid_of(*row[0]), .name = *row[1], .type = *row[2], .base = *row[3]};
      const auto table = tables_.find(column.table);
      if (table == tables_.end() || !table->second.readable || table->second.id.empty()) continue;
      column.distinct = row[4] ? std::stod(*row[4]) : 0;
      column.fit = population_fit(column.name);
      if (column.base == "bool" && column.fit < fit_of_test) continue;  // is_test is one, is_active is not
      if (column.fit < 0 || !few_values(table->second, column)) continue;
      const bool hung_on = below_any(column.table);
      if (column.fit == 0 && (!hung_on || samples_ >= most_samples)) continue;
      if (holds_test_value(table->second, column)) column.fit += 6;
      if (column.fit >= (hung_on ? fit_of_kind : fit_of_source)) columns.push_back(std::move(column));
    }
    return columns;
  }

  bool below_any(std::uint32_t table) const {
    return std::any_of(keys_.all().begin(), keys_.all().end(),
                       [&](const Key& key) { return key.parent == table && key.child != table; });
  }

  static bool few_values(const SeenTable& table, const SeenColumn& column) {
    const double values = column.distinct < 0
                              ? -column.distinct * static_cast<double>(std::max<std::int64_t>(table.rows, 0))
                              : column.distinct;
    return values <= static_cast<double>(most_populations);
  }

  // From a sample: statistics leave out what is rare.
  bool holds_test_value(const SeenTable& table, SeenColumn& column) {
    if (column.base == "bool" || column.base == "int2" || column.base == "int4") return false;
    ++samples_;
    const std::string name = pg::quote_identifier(column.name);
    const auto rows = sampled(
        fmt::format("select distinct v::text from (select {} as v from {} limit {}) s where v is not null limit {}",
                    name, table.path_name, sample_rows, most_populations + 1));
    if (rows.size() > most_populations) column.fit = -1;
    return column.fit >= 0 &&
           std::any_of(rows.begin(), rows.end(), [](const pg::Row& row) { return looks_like_test(*row[0]); });
  }

  // Nothing where the server gave up: one column among many is not worth more.
  std::vector<pg::Row> sampled(const std::string& query) {
    try {
      return connection_.rows(query);
    } catch (const base::Error& error) {
      if (error.sqlstate() != "57014" && error.sqlstate() != "55P03") throw;
      return {};
    }
  }

  int worth(const SeenTable& table, const SeenColumn& column) const {
    static constexpr std::array<std::string_view, 12> people = {"user",     "users",     "account", "accounts",
                                                                "customer", "customers", "member",  "members",
                                                                "person",   "people",    "client",  "clients"};
    const std::vector<std::string> words = words_of(table.name);
    const bool of_people =
        std::any_of(words.begin(), words.end(), [](const std::string& word) { return among(word, people); });
    return column.fit + (of_people ? 4 : 0) +
           static_cast<int>(std::min<std::size_t>(below(table.oid, [](const Key&) { return true; }).size(), 12));
  }

  std::vector<std::string> names(const std::vector<std::uint32_t>& oids) const {
    std::vector<std::string> result;
    for (const std::uint32_t oid : oids) {
      const auto table = tables_.find(oid);
      if (table != tables_.end()) result.push_back(table->second.path_name);
    }
    return result;
  }

  // False where the rows tell that it is none.
  bool count(Candidate& found) {
    try {
      found.census = take_census(found.bound, connection_);
    } catch (const base::Error& error) {
      if (error.code() == base::Code::contract) return false;
      throw;
    }
    const std::size_t values = found.census.populations.size();
    return values >= 2 && values <= most_populations;
  }

  std::unique_ptr<Candidate> candidate(const SeenTable& table, const SeenColumn& column) {
    auto found = std::make_unique<Candidate>();
    found->declared = {.name = table.path_name, .id = table.id, .population = column.name};
    contract::Contract alone;
    alone.tables.push_back(found->declared);
    found->bound = bind(alone, connection_).tables.front();
    found->bound.declared = &found->declared;
    found->hanging = names(below(table.oid, [](const Key&) { return true; }));
    found->cascading = names(below(table.oid, [](const Key& key) { return key.on_delete == OnDelete::cascade; }));
    found->reasons = {found->hanging.empty()
                          ? fmt::format("{} has a column that seems to say where a row comes from", table.path_name)
                          : fmt::format("{} on {}",
                                        base::count_of(static_cast<std::int64_t>(found->hanging.size()), "table hangs",
                                                       "tables hang"),
                                        table.path_name),
                      fmt::format("{} is {}", table.id, table.id_why),
                      fmt::format("{} ({}) is named like a source, and holds few values", column.name, column.type)};
    read_needed(*found);
    read_sequences(*found);
    return found;
  }

  void read_needed(Candidate& found) {
    for (Column& column : read_columns(connection_, found.bound)) {
      if (column.has_to && column.name != found.bound.id.name && column.name != found.bound.population.name)
        found.needed.push_back(std::move(column));
    }
  }

  // The id's own, and those that belong to no other column.
  void read_sequences(Candidate& found) {
    for (const pg::Row& row : connection_.rows(
             "select s.oid::pg_catalog.regclass::text, pg_catalog.format('%I.%I', n.nspname, s.relname),"
             " o.refobjid is not null, exists (select from pg_catalog.pg_proc p"
             "  where p.prosrc ~ ('nextval\\s*\\(\\s*''[^'']*' || pg_catalog.regexp_replace(s.relname, '\\W', '.', "
             "'g') || '\\W'))"
             " from pg_catalog.pg_sequence q join pg_catalog.pg_class s on s.oid = q.seqrelid"
             " join pg_catalog.pg_namespace n on n.oid = s.relnamespace"
             " left join lateral (select d.refobjid from pg_catalog.pg_depend d"
             "  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')"
             "   and d.refobjid = $1 and d.refobjsubid = $2"
             "  union all select f.adrelid from pg_catalog.pg_attrdef f join pg_catalog.pg_depend d"
             "   on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid and d.refobjid = s.oid"
             "   where f.adrelid = $1 and f.adnum = $2 limit 1) o on true"
             " where n.nspname !~ '^pg_' and pg_catalog.has_sequence_privilege(q.seqrelid, 'SELECT')"
             "  and (o.refobjid is not null or not exists (select 1 from pg_catalog.pg_depend d"
             "   where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')"
             "    and d.refobjsubid > 0))"
             " order by o.refobjid is null, s.oid limit 100",
             {std::to_string(found.bound.oid), std::to_string(found.bound.id.number)})) {
      const pg::Row stands = connection_.one_row("select last_value, is_called from " + *row[1]);
      found.sequences.push_back({*row[0], std::stoll(*stands[0]), stands[1] == "t", row[2] == "t", row[3] == "t"});
    }
  }

  pg::Connection& connection_;
  const Keys keys_;
  Survey result_;
  std::map<std::uint32_t, SeenTable> tables_;
  int samples_ = 0;
};

}  // namespace

int population_fit(std::string_view column) {
  static constexpr std::array<std::string_view, 8> source = {"source",   "origin",     "provider", "population",
                                                             "audience", "provenance", "realm",    "src"};
  static constexpr std::array<std::string_view, 8> kind = {"kind",  "type",     "role", "channel",
                                                           "class", "category", "env",  "environment"};
  static constexpr std::array<std::string_view, 22> other = {
      "status",   "state",  "plan",     "tier",    "country", "currency", "locale", "lang",
      "language", "gender", "timezone", "mime",    "color",   "level",    "format", "method",
      "unit",     "theme",  "content",  "version", "size",    "priority"};
  int fit = 0;
  for (const std::string& word : words_of(column)) {
    if (among(word, test_words)) return fit_of_test;
    if (among(word, other)) return -1;
    if (among(word, source)) fit = std::max(fit, fit_of_source);
    if (among(word, kind)) fit = std::max(fit, fit_of_kind);
  }
  return fit;
}

bool looks_like_test(std::string_view value) {
  const std::vector<std::string> words = words_of(value);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) { return among(word, test_words); });
}

Survey survey(pg::Connection& connection) {
  return Surveyor(connection).survey();
}

}  // namespace guard
