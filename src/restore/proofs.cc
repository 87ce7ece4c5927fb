#include "restore/proofs.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace restore {

namespace {

using Name = std::pair<std::string, std::string>;  // schema, table

std::string shown(const Name& name) {
  return base::one_line(name.first + "." + name.second, 120);
}

std::string tables_phrase(std::size_t count) {
  return base::count_of(static_cast<std::int64_t>(count), "table");
}

// Tables that hold rows of their own and are no part of an extension.
std::set<Name> tables_here(pg::Connection& database) {
  std::set<Name> tables;
  for (const auto& row : database.rows(R"(
    select n.nspname, c.relname
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence <> 't'
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
                        and d.deptype = 'e'))")) {
    tables.emplace(*row[0], *row[1]);
  }
  return tables;
}

bool exists(pg::Connection& database, const Name& name) {
  return database
      .maybe_row(
          "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
          "where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'",
          {name.first, name.second})
      .has_value();
}

struct Miscount {
  Name table;
  std::int64_t expected = 0;
  std::int64_t found = 0;
  std::int64_t off() const { return std::abs(found - expected); }
};

std::string describe(const Miscount& miscount) {
  return fmt::format("{} has {} instead of {}", shown(miscount.table), base::count_of(miscount.found, "row"),
                     base::with_commas(miscount.expected));
}

// The sentence about the tables that differ, the worst first.
std::string describe(std::vector<Miscount> miscounts) {
  std::stable_sort(miscounts.begin(), miscounts.end(),
                   [](const Miscount& a, const Miscount& b) { return a.off() > b.off(); });
  std::vector<std::string> told;
  for (const Miscount& miscount : miscounts) told.push_back(describe(miscount));
  return some_of(told);
}

struct Index {
  std::string oid;
  std::string name;
  bool valid = true;
  bool unique = false;
};

constexpr int first_normal_oid = 16384;

std::vector<Index> btree_indexes(pg::Connection& database) {
  std::vector<Index> indexes;
  for (const auto& row : database.rows(fmt::format(R"(
    select c.oid, n.nspname || '.' || c.relname, i.indisvalid and i.indisready, i.indisunique
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         join pg_catalog.pg_am a on a.oid = c.relam
    where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence <> 't' and c.oid >= {}
    order by 2)",
                                                   first_normal_oid))) {
    indexes.push_back({*row[0], *row[1], row[2] == "t", row[3] == "t"});
  }
  return indexes;
}

std::optional<Amcheck> installed_amcheck(pg::Connection& database) {
  const auto found = database.maybe_row(R"(
    select n.nspname, pg_catalog.string_to_array(e.extversion, '.')::int[] >= array[1, 4]
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'amcheck')");
  if (!found) return std::nullopt;
  return Amcheck{.schema = pg::quote_identifier(*(*found)[0]), .checks_unique = (*found)[1] == "t"};
}

// What is wrong with it, if anything is.
std::optional<std::string> check_index(pg::Connection& database, const Amcheck& amcheck, const Index& index) {
  if (!index.valid) return "it is not valid";
  const std::string arguments =
      amcheck.checks_unique ? fmt::format("true, false, {}", index.unique) : std::string("true");
  try {
    database.none(fmt::format("select {}.bt_index_parent_check($1::oid, {})", amcheck.schema, arguments), {index.oid});
    return std::nullopt;
  } catch (const base::Error& error) {
    if (!is_about_data(error)) throw;
    return error.message();
  }
}

struct Key {
  std::string name;
  std::string child;   // quoted
  std::string parent;  // quoted
  std::string child_shown;
  bool child_whole = false;  // partitioned: with everything below it
  bool parent_whole = false;
  bool full = false;  // MATCH FULL
  bool temporal = false;
  std::vector<std::string> pairs;    // "p.id OPERATOR(pg_catalog.=) c.parent_id"
  std::vector<std::string> columns;  // "c.parent_id"
};

// A key to or from a partitioned table is asked about once, at its topmost constraint.
std::vector<Key> valid_foreign_keys(pg::Connection& database) {
  const std::string temporal = database.server_major() >= 18 ? "k.conperiod" : "false";
  std::vector<Key> keys;
  std::string last;
  for (const auto& row : database.rows(fmt::format(R"(
    select k.oid, k.conname, cn.nspname, c.relname, c.relkind = 'p', pn.nspname, p.relname, p.relkind = 'p',
           k.confmatchtype = 'f', {}, ca.attname, pa.attname, opn.nspname, op.oprname
    from pg_catalog.pg_constraint k
         join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
         join pg_catalog.pg_class p on p.oid = k.confrelid join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
         cross join lateral rows from (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
                                       pg_catalog.unnest(k.conpfeqop)) with ordinality u(child, parent, op, place)
         join pg_catalog.pg_attribute ca on ca.attrelid = c.oid and ca.attnum = u.child
         join pg_catalog.pg_attribute pa on pa.attrelid = p.oid and pa.attnum = u.parent
         join pg_catalog.pg_operator op on op.oid = u.op join pg_catalog.pg_namespace opn on opn.oid = op.oprnamespace
    where k.contype = 'f' and k.convalidated and k.conparentid = 0
    order by cn.nspname, c.relname, k.conname, k.oid, u.place)",
                                                   temporal))) {
    if (*row[0] != last) {
      last = *row[0];
      keys.push_back({.name = *row[1],
                      .child = pg::quote_qualified(*row[2], *row[3]),
                      .parent = pg::quote_qualified(*row[5], *row[6]),
                      .child_shown = shown({*row[2], *row[3]}),
                      .child_whole = row[4] == "t",
                      .parent_whole = row[7] == "t",
                      .full = row[8] == "t",
                      .temporal = row[9] == "t",
                      .pairs = {},
                      .columns = {}});
    }
    const std::string child = "c." + pg::quote_identifier(*row[10]);
    keys.back().columns.push_back(child);
    keys.back().pairs.push_back(fmt::format("p.{} OPERATOR({}.{}) {}", pg::quote_identifier(*row[11]),
                                            pg::quote_identifier(*row[12]), *row[13], child));
  }
  return keys;
}

std::int64_t orphans(pg::Connection& database, const Key& key) {
  const std::string orphaned = fmt::format("not exists (select from {} {} p where {})", key.parent_whole ? "" : "only",
                                           key.parent, fmt::join(key.pairs, " and "));
  const auto nulls = [&](const char* word, const char* junction) {
    std::string text;
    for (const std::string& column : key.columns)
      text += fmt::format("{}{} is {}null", text.empty() ? "" : junction, column, word);
    return text;
  };
  std::string wrong = fmt::format("({} and {})", nulls("not ", " and "), orphaned);
  if (key.full) wrong += fmt::format(" or (({}) and ({}))", nulls("", " or "), nulls("not ", " or "));
  return std::stoll(*database.one_value(
      fmt::format("select count(*) from {} {} c where {}", key.child_whole ? "" : "only", key.child, wrong)));
}

}  // namespace

// Classes of SQLSTATE: insufficient resources, system error; and of operator intervention what ends sessions.
bool is_about_data(const base::Error& error) {
  const std::string& state = error.sqlstate();
  const bool elsewhere = state.starts_with("53") || state.starts_with("58") || state.starts_with("57P");
  return error.code() == base::Code::server && !state.empty() && !elsewhere;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  return base::some_of(names, most);
}

Proven prove_rows(pg::Connection& database, const std::vector<repository::TableRows>& expected, const Step& step) {
  std::set<Name> unexpected = tables_here(database);
  std::vector<std::string> missing;
  std::vector<Miscount> miscounts;
  std::int64_t rows = 0;
  std::size_t looked_at = 0;
  for (const repository::TableRows& table : expected) {
    if (step) step(looked_at++, expected.size());
    const Name name{table.schema, table.name};
    unexpected.erase(name);
    if (!exists(database, name)) {
      missing.push_back(shown(name));
      continue;
    }
    const std::int64_t found =
        std::stoll(*database.one_value("select count(*) from only " + pg::quote_qualified(table.schema, table.name)));
    rows += found;
    if (found != table.rows) miscounts.push_back({name, table.rows, found});
  }
  std::vector<std::string> faults;
  if (!missing.empty())
    faults.push_back(fmt::format("{} missing: {}", tables_phrase(missing.size()), some_of(missing)));
  if (!miscounts.empty()) faults.push_back(describe(miscounts));
  if (!unexpected.empty()) {
    std::vector<std::string> names;
    for (const Name& name : unexpected) names.push_back(shown(name));
    faults.push_back(
        fmt::format("{} that the manifest does not know: {}", tables_phrase(names.size()), some_of(names)));
  }
  if (!faults.empty()) return {false, fmt::format("{}", fmt::join(faults, "; "))};
  return {true,
          fmt::format("{} in {}, as in the manifest", base::count_of(rows, "row"), tables_phrase(expected.size()))};
}

std::variant<Amcheck, std::string> find_amcheck(pg::Connection& database) {
  constexpr const char* schema = "pgrehearse_amcheck";
  if (auto installed = installed_amcheck(database)) return std::move(*installed);
  if (!database.maybe_row("select 1 from pg_catalog.pg_available_extensions where name = 'amcheck'"))
    return "no index was read: the extension amcheck is not installed for this server";
  try {
    database.none(fmt::format("create schema if not exists {}", schema));
    database.none(fmt::format("create extension amcheck with schema {}", schema));
  } catch (const base::Error& error) {
    if (!is_about_data(error)) throw;
    return fmt::format("no index was read: the extension amcheck cannot be created: {}", error.message());
  }
  return *installed_amcheck(database);
}

Proven prove_indexes(pg::Connection& database, const Amcheck& amcheck, const Step& step) {
  const auto indexes = btree_indexes(database);
  const std::string all = base::count_of(static_cast<std::int64_t>(indexes.size()), "btree index", "btree indexes");
  std::vector<std::string> broken;
  std::size_t looked_at = 0;
  for (const Index& index : indexes) {
    if (step) step(looked_at++, indexes.size());
    if (const auto wrong = check_index(database, amcheck, index))
      broken.push_back(fmt::format("{} ({})", base::one_line(index.name, 120), base::one_line(*wrong, 200)));
  }
  if (broken.empty()) return {true, all + " read by amcheck"};
  return {false, fmt::format("{} of {} broken: {}", broken.size(), all, some_of(broken))};
}

Proven prove_foreign_keys(pg::Connection& database, const Step& step) {
  std::vector<std::string> broken;
  std::int64_t checked = 0;
  std::int64_t temporal = 0;
  const std::vector<Key> keys = valid_foreign_keys(database);
  std::size_t looked_at = 0;
  for (const Key& key : keys) {
    if (step) step(looked_at++, keys.size());
    if (key.temporal) {
      ++temporal;
      continue;
    }
    ++checked;
    if (const std::int64_t count = orphans(database, key); count > 0)
      broken.push_back(fmt::format("{} of {} without their parent under {}", base::count_of(count, "row"),
                                   key.child_shown, base::one_line(key.name, 80)));
  }
  const std::string left_out =
      temporal > 0 ? fmt::format("; {} not looked at", base::count_of(temporal, "temporal key")) : "";
  if (!broken.empty()) return {false, some_of(broken) + left_out};
  return {true,
          fmt::format("{} {}{}", base::count_of(checked, "foreign key"), checked == 1 ? "holds" : "hold", left_out)};
}

Proven prove_answer(pg::Connection& database, const std::string& sql) {
  const std::string question = base::one_line(sql, 120);
  const auto fails = [&](const std::string& why) { return Proven{false, fmt::format("{}: {}", why, question)}; };
  std::int64_t rows = 0;
  std::size_t columns = 0;
  std::optional<std::string> value;
  database.none("begin read only");
  try {
    database.none("set local statement_timeout = '60s'");
    database.each_row(sql, {}, [&](const std::vector<std::optional<std::string_view>>& row) {
      columns = row.size();
      if (++rows == 1 && columns == 1 && row[0]) value = std::string(*row[0]);
    });
    database.none("rollback");
  } catch (const base::Error& error) {
    if (!is_about_data(error)) throw;
    database.none("rollback");
    return fails(error.message());
  }
  if (rows != 1 || columns != 1) {
    return fails(fmt::format("it answered {} of {} instead of one value", base::count_of(rows, "row"),
                             base::count_of(static_cast<std::int64_t>(columns), "column")));
  }
  if (value == "t") return {true, question};
  return fails(value ? fmt::format("it answered {}", base::one_line(*value == "f" ? "false" : *value, 60))
                     : "it answered NULL");
}

}  // namespace restore
