#include "guard/migration_rows.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "guard/migration_names.h"

namespace guard {

namespace {

std::string shown(const std::string& population) {
  return base::one_line(population, 60);
}

std::string more(std::int64_t rows, std::size_t named) {
  return static_cast<std::size_t>(rows) > named ? ", …" : "";
}

void decide(const BoundTable& table, const Strays& strays, SqlText& sql) {
  const contract::Population& population = *strays.population;
  const std::string outside = fmt::format("{} = {} AND NOT ({})", table.population.quoted(), literal(population.name),
                                          within(table.id.quoted(), population.ids.ranges));
  const std::string one = strays.ids.empty() ? "…" : strays.ids.front();
  sql.step(fmt::format("{}: rows of {} among the ids of others", table.qualified(), shown(population.name)),
           fmt::format("DECIDE: {} of {} with ids outside of {}: {}{}. Nothing here changes or deletes them, and this "
                       "step fails while they are there: a CHECK beside them would fail every UPDATE of them. These "
                       "are they:",
                       base::count_of(strays.rows, "row"), shown(population.name), population.ids.text(),
                       fmt::join(strays.ids, ", "), more(strays.rows, strays.ids.size())));
  sql.add(
      fmt::format("SELECT * FROM {} WHERE {} ORDER BY {} LIMIT 100;\n", table.quoted(), outside, table.id.quoted()));
  std::string hint;
  if (population.disposable) {
    sql.comment(
        "One that has a life of its own is a real person whose population an upsert rewrote. It gets back what it was, "
        "by its id (here for one; the right population is yours to say):");
    sql.comment_code(give_population(table, "'…'", one));
    sql.comment(
        "The rest is test data, and goes by what it is, wherever it stands. The first counts, with all that hangs on "
        "it, and names the rows outside of their ids; the second deletes exactly that, or nothing, once you have "
        "looked at these and say how many they are. `testdata create` makes new rows where they belong.");
    sql.comment_code("pgrehearse testdata clean\npgrehearse testdata clean --execute --outside-space ROWS");
    hint = "give real people their population back, then: pgrehearse testdata clean";
  } else {
    sql.comment(
        "Either the rows are wrong, and get the population that they have in truth (here for one), or the contract is, "
        "and gets wider ids. Then write the migration again.");
    sql.comment_code(give_population(table, "'…'", one));
    hint = "correct the rows or widen the ids in the contract";
  }
  const std::string gate = fmt::format(
      "\nBEGIN\n  IF EXISTS (SELECT FROM {} WHERE {}) THEN\n    RAISE EXCEPTION USING MESSAGE = {},\n      HINT = {};\n"
      "  END IF;\nEND ",
      table.quoted(), outside,
      literal(fmt::format("decide about the rows of {} outside of {} in {} first: this step changed nothing",
                          population.name, population.ids.text(), table.qualified())),
      literal(hint));
  sql.patient(fmt::format("DO {};\n", dollar_quoted("decide", gate)));
}

// By ranges of ids that one population alone may hold, as the contract has them.
std::string meaning(const TableNeeds& needs) {
  std::vector<std::string> parts;
  for (const auto& [population, rows] : needs.unpopulated.becoming)
    parts.push_back(fmt::format("{} ({})", shown(population), base::count_of(rows, "row")));
  return parts.empty() ? "" : fmt::format(" By their ids they are: {}.", fmt::join(parts, ", "));
}

void fill_new_rows(const BoundTable& table, SqlText& sql) {
  const std::string function = pg::quote_qualified(table.schema, fill_name(table));
  const std::string body = fill_body(table);
  sql.add(
      fmt::format("CREATE OR REPLACE FUNCTION {0}() RETURNS trigger LANGUAGE plpgsql AS {1};\n"
                  "COMMENT ON FUNCTION {0}() IS {2};\n",
                  function, dollar_quoted("fill", body), literal(mark_of(body))));
  sql.brief(
      fmt::format("CREATE OR REPLACE TRIGGER {0} BEFORE INSERT OR UPDATE ON {1}\n"
                  "  FOR EACH ROW WHEN (NEW.{2} IS NULL) EXECUTE FUNCTION {3}();\n",
                  pg::quote_identifier(fill_name(table)), table.quoted(), table.population.quoted(), function));
}

// Rows that others hold are passed over and met again in the next round.
std::string batches(const BoundTable& table) {
  const std::string value = population_of(table, table.id.quoted(), true);
  const std::string span = "ctid >= format('(%s,0)', page_)::tid AND ctid < format('(%s,0)', page_ + 500)::tid";
  return fmt::format(
      "\nDECLARE\n  page_ bigint;\n"
      "  pages_ bigint := (\n    SELECT max(pg_relation_size(relid)) / current_setting('block_size')::bigint\n"
      "    FROM (SELECT {0}::regclass AS relid UNION SELECT relid FROM pg_partition_tree({0}) WHERE isleaf) parts);\n"
      "BEGIN\n  FOR round IN 1..20 LOOP\n    page_ := 0;\n    WHILE page_ <= pages_ LOOP\n"
      "      WITH free AS MATERIALIZED (\n"
      "        SELECT tableoid AS part_, ctid AS place_ FROM {1}\n"
      "        WHERE {2} IS NULL AND {3} IS NOT NULL\n          AND {4}\n        FOR UPDATE SKIP LOCKED)\n"
      "      UPDATE {1} SET {2} = {3}\n      FROM free\n"
      "      WHERE {2} IS NULL AND tableoid = part_ AND ctid = place_\n        AND {4};\n"
      "      COMMIT;\n      page_ := page_ + 500;\n    END LOOP;\n"
      "    IF NOT EXISTS (SELECT FROM {1} WHERE {2} IS NULL AND {3} IS NOT NULL) THEN\n      RETURN;\n    END IF;\n"
      "    COMMIT;\n    PERFORM pg_sleep(1);\n  END LOOP;\n"
      "  RAISE EXCEPTION 'rows are held by transactions that do not end: end those, and run this again';\nEND ",
      literal(table.quoted()), table.quoted(), table.population.quoted(), value, span);
}

}  // namespace

void decide_strays(const TableNeeds& needs, SqlText& sql) {
  for (const Strays& strays : needs.strays) decide(*needs.table, strays, sql);
}

void decide_unpopulated(const TableNeeds& needs, SqlText& sql) {
  if (!needs.stays_nullable()) return;
  const BoundTable& table = *needs.table;
  const Unpopulated& rows = needs.unpopulated;
  sql.step(fmt::format("{}: rows that say no population", table.qualified()),
           rows.few
               ? fmt::format("DECIDE: {}, few enough for a person to look at each. What the id says is a guess: a test "
                             "row made by hand among real ids would become somebody real, and stay.",
                             base::count_of(rows.rows, "row says none", "rows say none"))
               : fmt::format("DECIDE: the ids of {} fit no population, or several. They stay without one.",
                             base::count_of(rows.unclear, "row")));
  for (const Unpopulated::Row& row : rows.named)
    sql.comment_code(give_population(table, row.population.empty() ? "'…'" : literal(row.population), row.id));
  if (static_cast<std::size_t>(rows.few ? rows.rows : rows.unclear) > rows.named.size()) sql.comment_code("…");
  sql.comment("NOT NULL is left out until they have one: then write the migration again.");
}

void backfill(const TableNeeds& needs, SqlText& sql) {
  const BoundTable& table = *needs.table;
  sql.step(fmt::format("{}: rows that do not say what they are", table.qualified()),
           "New rows first: until the application names the population itself, this trigger does it by the id. It "
           "never makes test data. Drop it when every INSERT names the population.");
  fill_new_rows(table, sql);
  sql.comment(fmt::format(
      "Then the rows that are there, by the id spaces of the contract, some pages at a time, each batch committed by "
      "itself; rows that others hold are passed over and met again. Interrupted, it goes on where it stopped when it "
      "is run again.{} An id that two populations may hold, or none, stays NULL: only a person knows.",
      meaning(needs)));
  if (!needs.triggers.empty())
    sql.comment(fmt::format("Triggers that fire for every row of it: {}.", fmt::join(needs.triggers, ", ")));
  sql.patient(fmt::format("DO {};\n", dollar_quoted("backfill", batches(table))));
}

}  // namespace guard
