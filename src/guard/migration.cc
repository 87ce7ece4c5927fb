#include "guard/migration.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "guard/migration_ids.h"
#include "guard/migration_names.h"
#include "guard/migration_rows.h"
#include "guard/sql_text.h"

namespace guard {

namespace {

class TableMigration {
 public:
  TableMigration(const TableNeeds& needs, SqlText& sql) : needs_(needs), table_(*needs.table), sql_(sql) {}

  void write() {
    decide_strays(needs_, sql_);
    if (needs_.column_missing) add_column();
    if (needs_.backfills()) backfill(needs_, sql_);
    decide_unpopulated(needs_, sql_);
    write_sequences(needs_, sql_);
    if (needs_.check_missing) add_check();
    if (needs_.index_missing) add_index();
    if (needs_.nullable && !needs_.stays_nullable()) forbid_nulls();
    validate();
  }

 private:
  std::string column() const { return table_.population.quoted(); }

  void add_column() {
    sql_.step(fmt::format("{}: the population column", table_.qualified()),
              "What a row is stands in the row, never in its number. Without a default the table is not rewritten.");
    sql_.brief(fmt::format("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} text;\n", table_.quoted(), column()));
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
        fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {};\n", name, table_.quoted(), literal(mark_of(expression))));
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

  void forbid_nulls() {
    const std::string name = pg::quote_identifier(null_check_name(table_));
    sql_.step(fmt::format("{}: no row without a population", table_.qualified()),
              "SET NOT NULL alone would read the whole table under an exclusive lock. With a validated CHECK it reads "
              "nothing: should it have to, it gives up after five seconds.");
    if (!needs_.null_check) {
      sql_.brief(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID;\n", table_.quoted(),
                             name, column()));
      sql_.add(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {};\n", name, table_.quoted(), literal(mark_of(name))));
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
    for (const std::string& name : names) {
      sql_.patient(
          fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};\n", table_.quoted(), pg::quote_identifier(name)));
    }
  }

  const TableNeeds& needs_;
  const BoundTable& table_;
  SqlText& sql_;
};

}  // namespace

namespace {

// `plan` binds the contract before the script runs.
bool unbound(const TableNeeds& table) {
  return table.column_missing || std::any_of(table.sequences.begin(), table.sequences.end(), [](const auto& sequence) {
           return sequence.declared && !sequence.exists;
         });
}

// What a rehearsal of it will say, so that its verdict is no surprise.
std::string expected_findings(const Needs& needs) {
  std::vector<std::string> parts;
  const auto any = [&](auto&& holds) { return std::any_of(needs.tables.begin(), needs.tables.end(), holds); };
  if (any(unbound)) {
    return " Columns or sequences that the contract names are not there yet, so that `plan` refuses it: rehearse this "
           "beside an empty file, --contract EMPTY.toml.";
  }
  if (any([](const TableNeeds& table) { return !table.strays.empty(); }))
    parts.emplace_back("script-failed, at the step that waits for a decision about rows");
  if (any([](const TableNeeds& table) { return table.backfills(); })) {
    parts.emplace_back(
        "population-rewritten, for rows that had no population and get one, and over-budget where they are more than "
        "the contract's [budget]");
  }
  if (parts.empty()) return "";
  return fmt::format(
      " Such a rehearsal finds: {}. That is what this does; anything else it finds is a reason not to run it.",
      fmt::join(parts, "; "));
}

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
  if (sql.text().find("\n-- DECIDE: ") != std::string::npos) {
    head.comment(
        "DECIDE stands where only a person knows what is right. Nothing of that is done here: what it takes is written "
        "below it as a comment. No row is ever deleted by this file.");
  }
  head.comment(
      "Read it, rehearse it (pgrehearse plan THIS.sql), then run it as the tables' owner, not inside a transaction: "
      "psql -X -v ON_ERROR_STOP=1 -f THIS.sql. A statement that gives up on lock_timeout has changed nothing: write "
      "the migration again, it holds what is still missing." +
      expected_findings(needs));
  return head.text() + sql.text() + (sql.sets() ? "\nRESET lock_timeout;\nRESET statement_timeout;\n" : "");
}

}  // namespace guard
