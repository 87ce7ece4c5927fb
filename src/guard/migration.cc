#include "guard/migration.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "guard/migration_ids.h"
#include "guard/migration_names.h"
#include "guard/sql_text.h"

namespace guard {

namespace {

class TableMigration {
 public:
  TableMigration(const TableNeeds& needs, SqlText& sql) : needs_(needs), table_(*needs.table), sql_(sql) {}

  void write() {
    if (needs_.column_missing) add_column();
    if (needs_.backfills()) fill();
    remove_strays();
    write_sequences(needs_, sql_);
    if (needs_.check_missing) add_check();
    if (needs_.index_missing) add_index();
    if (needs_.nullable) forbid_nulls();
    validate();
  }

 private:
  std::string column() const { return table_.population.quoted(); }

  void add_column() {
    sql_.step(fmt::format("{}: the population column", table_.qualified()),
              "What a row is stands in the row, never in its number. Without a default the table is not rewritten.");
    sql_.brief(fmt::format("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} text;\n", table_.quoted(), column()));
  }

  void fill() {
    const std::string name = pg::quote_qualified(table_.schema, fill_name(table_));
    sql_.step(fmt::format("{}: rows that do not say what they are", table_.qualified()),
              "New rows first: until the application names the population itself, this trigger does it by the id. It "
              "never makes test data. Drop it when every INSERT names the population.");
    const std::string value = population_of(table_, "NEW." + table_.id.quoted(), false);
    sql_.add(fmt::format(
        "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS {};\n", name,
        dollar_quoted(fmt::format("\nBEGIN\n  NEW.{} := {};\n  RETURN NEW;\nEND ", column(), value), "fill")));
    sql_.brief(
        fmt::format("CREATE OR REPLACE TRIGGER {0} BEFORE INSERT OR UPDATE ON {1}\n"
                    "  FOR EACH ROW WHEN (NEW.{2} IS NULL) EXECUTE FUNCTION {3}();\n",
                    pg::quote_identifier(fill_name(table_)), table_.quoted(), column(), name));
    sql_.comment(
        fmt::format("Then the rows that are there{}, by the id spaces of the contract, some pages at a time, each "
                    "batch committed by itself. Interrupted, it goes on where it stopped when it is run again. An id "
                    "that two populations may hold, or none, stays NULL: only a person knows.",
                    needs_.unpopulated ? fmt::format(" ({})", base::count_of(needs_.unpopulated, "row")) : ""));
    if (!needs_.triggers.empty()) {
      sql_.comment(fmt::format("Triggers that fire for every row of it: {}.", fmt::join(needs_.triggers, ", ")));
    }
    const std::string backfill = fmt::format(
        "\nDECLARE\n  page bigint := 0;\n"
        "  pages bigint := (\n    SELECT max(pg_relation_size(relid)) / current_setting('block_size')::bigint\n"
        "    FROM (SELECT {0}::regclass AS relid UNION SELECT relid FROM pg_partition_tree({0}) WHERE isleaf) parts);\n"
        "BEGIN\n  WHILE page <= pages LOOP\n"
        "    UPDATE {1} SET {2} = {3}\n"
        "    WHERE {2} IS NULL AND ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 500)::tid;\n"
        "    COMMIT;\n    page := page + 500;\n  END LOOP;\nEND ",
        literal(table_.quoted()), table_.quoted(), column(), population_of(table_, table_.id.quoted(), true));
    sql_.patient(fmt::format("DO {};\n", dollar_quoted(backfill, "backfill")));
  }

  void add_check() {
    const bool unknown_pass = !needs_.unknown.empty();
    const std::string expression = ids_check(table_, unknown_pass);
    const std::string name = pg::quote_identifier(ids_check_name(table_));
    sql_.step(fmt::format("{}: every population keeps to its ids", table_.qualified()),
              "NOT VALID: new rows are held to it from here on, and an INSERT outside of its population's ids fails "
              "loudly. Rows that are there are looked at below, without a lock that writers wait for.");
    if (unknown_pass) {
      std::vector<std::string> names;
      for (const UnknownPopulation& each : needs_.unknown) {
        names.push_back(fmt::format("{} ({})", base::one_line(each.name, 60), base::count_of(each.rows, "row")));
      }
      sql_.comment(
          fmt::format("DECIDE: the contract does not know {}. Until it does, the constraint lets every unknown "
                      "population pass. Declare them, and write this migration again.",
                      fmt::join(names, ", ")));
    }
    const std::string drop = needs_.check_outdated ? fmt::format("DROP CONSTRAINT {}, ", name) : "";
    sql_.brief(fmt::format("ALTER TABLE {} {}ADD CONSTRAINT {} CHECK (\n  {}\n) NOT VALID;\n", table_.quoted(), drop,
                           name, expression));
    sql_.add(
        fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {};\n", name, table_.quoted(), literal(check_mark(expression))));
  }

  void add_index() {
    sql_.step(fmt::format("{}: an index on the population", table_.qualified()),
              "A clean-up by population is then as quick as one by ids. CONCURRENTLY waits for others and lets nobody "
              "wait; it cannot run inside a transaction. A wait for old transactions is no reason to give up, so "
              "lock_timeout is off.");
    const std::string columns = fmt::format("({}, {})", column(), table_.id.quoted());
    for (const Part& part : needs_.parts) {
      const std::string name = index_name(part, table_);
      const std::string quoted = pg::quote_qualified(part.schema, name);
      if (!part.leaf) {
        sql_.brief(fmt::format("CREATE INDEX IF NOT EXISTS {} ON ONLY {} {};\n", pg::quote_identifier(name),
                               part.quoted(), columns));
      } else {
        if (part.index_broken) {
          sql_.comment("Left behind by a run that was interrupted.");
          sql_.concurrently(fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {};\n", quoted));
        }
        sql_.concurrently(fmt::format("CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {} {};\n",
                                      pg::quote_identifier(name), part.quoted(), columns));
      }
      if (!part.parent) continue;
      const Part& parent = needs_.parts[*part.parent];
      sql_.brief(fmt::format("ALTER INDEX {} ATTACH PARTITION {};\n",
                             pg::quote_qualified(parent.schema, index_name(parent, table_)), quoted));
    }
  }

  void remove_strays() {
    for (const Strays& strays : needs_.strays) {
      if (strays.population->disposable) remove_disposable(strays);
    }
  }

  void remove_disposable(const Strays& strays) {
    const std::string name = base::one_line(strays.population->name, 60);
    const std::string id = table_.id.quoted();
    const std::string is = fmt::format("{} = {}", column(), literal(strays.population->name));
    sql_.step(fmt::format("{}: rows of {} among the ids of others", table_.qualified(), name),
              fmt::format("DECIDE: {} of {} with ids outside of {}: {}{}. Read them before you run this.",
                          base::count_of(strays.rows, "row"), name, strays.population->ids.text(),
                          fmt::join(strays.ids, ", "),
                          static_cast<std::size_t>(strays.rows) > strays.ids.size() ? ", …" : ""));
    sql_.add(fmt::format("SELECT * FROM {} WHERE {} AND NOT ({});\n", table_.quoted(), is,
                         within(id, strays.population->ids.ranges)));
    sql_.comment(fmt::format(
        "One of them that has a life of its own may be a real person whose population an upsert rewrote. Give it back "
        "what it was, by its id, before the rest goes (here for the first; the right population is yours to say):"));
    sql_.comment_code(
        fmt::format("UPDATE {} SET {} = '…' WHERE {} = {};", table_.quoted(), column(), id, strays.ids.front()));
    if (!strays.hindrances.empty()) return leave_to_a_person(strays);
    sql_.comment(fmt::format(
        "The rest is test data, and goes by what it is, with what hangs on it; none of it has an id that a sequence "
        "gave to somebody. What stands where it belongs stays. A range of ids would take whoever lives there. "
        "`pgrehearse testdata clean` shows what hangs on test data, `testdata create` makes new rows of it. Should "
        "there be more than were counted above, nothing is deleted."));
    const std::string body = fmt::format(
        "\nDECLARE\n  gone bigint;\nBEGIN\n  DELETE FROM {} WHERE {} AND NOT ({});\n"
        "  GET DIAGNOSTICS gone = ROW_COUNT;\n  IF gone > {} THEN\n"
        "    RAISE EXCEPTION 'there are more of them than when this was written: write the migration again';\n"
        "  END IF;\nEND ",
        table_.quoted(), is, within(id, strays.population->ids.ranges), strays.rows);
    sql_.patient(fmt::format("DO {};\n", dollar_quoted(body, "strays")));
  }

  void leave_to_a_person(const Strays& strays) {
    sql_.comment(fmt::format(
        "The deletion is left out: {}. Settle that by hand, row by row, and write the migration again; until then the "
        "last step fails.",
        fmt::join(strays.hindrances, "; ")));
  }

  void forbid_nulls() {
    const std::string name = pg::quote_identifier(null_check_name(table_));
    sql_.step(fmt::format("{}: no row without a population", table_.qualified()),
              "SET NOT NULL alone would read the whole table under an exclusive lock. With a validated CHECK it reads "
              "nothing: should it have to, it gives up after five seconds.");
    if (!needs_.null_check) {
      sql_.brief(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID;\n", table_.quoted(),
                             name, column()));
    }
    sql_.patient(fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};\n", table_.quoted(), name));
    sql_.brief(fmt::format("ALTER TABLE {0} ALTER COLUMN {1} SET NOT NULL;\nALTER TABLE {0} DROP CONSTRAINT {2};\n",
                           table_.quoted(), column(), name));
  }

  void validate() {
    std::vector<std::string> names = needs_.unvalidated;
    const std::string own = ids_check_name(table_);
    if (needs_.check_missing && std::find(names.begin(), names.end(), own) == names.end()) names.push_back(own);
    if (names.empty()) return;
    sql_.step(fmt::format("{}: the rows that were there before", table_.qualified()),
              "VALIDATE reads the table once; readers and writers go on meanwhile.");
    for (const Strays& strays : needs_.strays) {
      if (!strays.population->disposable) name_protected(strays);
    }
    for (const std::string& name : names) {
      sql_.patient(
          fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};\n", table_.quoted(), pg::quote_identifier(name)));
    }
  }

  void name_protected(const Strays& strays) {
    sql_.comment(fmt::format(
        "DECIDE: {} of {} with ids outside of {}: {}{}. VALIDATE fails while they are there, and that is right: nobody "
        "but you can say whether the rows are wrong or the contract is. These are they:",
        base::count_of(strays.rows, "row"), base::one_line(strays.population->name, 60), strays.population->ids.text(),
        fmt::join(strays.ids, ", "), static_cast<std::size_t>(strays.rows) > strays.ids.size() ? ", …" : ""));
    sql_.add(fmt::format("SELECT {0}, {1} FROM {2} WHERE {1} = {3} AND NOT ({4}) LIMIT 100;\n", table_.id.quoted(),
                         column(), table_.quoted(), literal(strays.population->name),
                         within(table_.id.quoted(), strays.population->ids.ranges)));
  }

  const TableNeeds& needs_;
  const BoundTable& table_;
  SqlText& sql_;
};

}  // namespace

std::string write_migration(const Needs& needs, const MigrationContext& context) {
  SqlText sql;
  write_functions(needs.functions, sql);
  for (const TableNeeds& table : needs.tables) TableMigration(table, sql).write();
  SqlText head;
  head.comment(
      fmt::format("Brings {} under the contract {}. Written by `pgrehearse contract sql`, which changed nothing.",
                  context.database, context.contract));
  if (sql.steps() == 0) {
    head.comment("Nothing is missing: there is nothing to run.");
    return head.text() + sql.text();
  }
  head.comment(
      "Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a transaction: "
      "psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has changed nothing: write "
      "the migration again, it holds what is still missing.");
  return head.text() + sql.text() + "\nRESET lock_timeout;\nRESET statement_timeout;\n";
}

}  // namespace guard
