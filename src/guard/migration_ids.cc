#include "guard/migration_ids.h"

#include <fmt/core.h>

#include "base/text.h"
#include "contract/test_ids.h"
#include "contract/toml_text.h"
#include "guard/migration_names.h"

namespace guard {

namespace {

using contract::IdRange;

std::string bounds(const IdRange& numbers) {
  return fmt::format("{} {} NO CYCLE",
                     numbers.low == IdRange::lowest ? "NO MINVALUE" : fmt::format("MINVALUE {}", numbers.low),
                     numbers.high == IdRange::highest ? "NO MAXVALUE" : fmt::format("MAXVALUE {}", numbers.high));
}

// Of a sequence that is to be made: where its ids have no end, as far as programs with doubles tell two apart.
IdRange bounded(const SequenceNeed& need) {
  constexpr std::int64_t most = contract::test_ids.high;
  IdRange numbers = need.numbers;
  if (numbers.high == IdRange::highest && need.start <= most) numbers.high = most;
  if (numbers.low == IdRange::lowest && need.start >= -most) numbers.low = -most;
  return numbers;
}

class SequenceMigration {
 public:
  SequenceMigration(const BoundTable& table, const SequenceNeed& need, SqlText& sql)
      : table_(table),
        need_(need),
        sql_(sql),
        name_(need.schema + "." + need.name),
        whose_(base::one_line(need.population->name, 60)) {}

  void write() {
    if (need_.far_ahead) offer();
    if (!need_.exists) make();
    if (need_.exists && need_.unbounded) bound();
    if (need_.allocator_missing) allocate();
  }

 private:
  void make() {
    sql_.step(fmt::format("{}: a sequence for the ids of {}", table_.qualified(), whose_),
              "Bounded, and without a second round: at the end of its ids it fails, or at 2^53 - 1, beyond which "
              "JavaScript takes two ids for one. Grant USAGE on it to those who make test data.");
    if (!need_.declared) {
      sql_.comment("The contract should name it, so that `audit` and `testdata` know it:");
      sql_.comment_code(fmt::format("[tables.{}.populations.{}]", contract::toml_key(table_.declared->name),
                                    contract::toml_key(need_.population->name)));
      if (need_.population->ids.ranges.empty())
        sql_.comment_code(fmt::format("ids = \"{}\"   (above 2^52, which no real id reaches)", need_.numbers.text()));
      const std::string name = table_.schema_leads ? pg::quote_identifier(need_.name) : need_.quoted();
      sql_.comment_code("minted_by = " + contract::toml_string(name));
    }
    const bool down = need_.descends;
    sql_.brief(fmt::format("CREATE SEQUENCE IF NOT EXISTS {} AS bigint\n  INCREMENT BY {} {} START WITH {};\n",
                           need_.quoted(), down ? -1 : 1, bounds(bounded(need_)), need_.start));
  }

  void bound() {
    sql_.step(fmt::format("{}: it ends where the ids of {} end", name_, whose_),
              "A sequence that runs on, or begins again, gives somebody else's ids.");
    sql_.brief(fmt::format("ALTER SEQUENCE {} {};\n", need_.quoted(), bounds(need_.numbers)));
  }

  // Whether rows were deleted or somebody set it, only people know: nothing is moved here.
  void offer() {
    sql_.step(
        fmt::format("{}: far ahead of its rows", name_),
        fmt::format("DECIDE: its next number is {}, and {} of {} came of it; from {} to {} there is no row. Either "
                    "somebody set it from a row, or rows that it minted were deleted since{}. Nothing is moved here: "
                    "`audit` says so until one of these is run.",
                    base::with_commas(need_.next), base::count_of(need_.minted, "row"), whose_,
                    base::with_commas(need_.gap_begins), base::with_commas(need_.gap_ends - 1),
                    need_.dense ? "; rows lie right before its next number, so that it has been minting there" : ""));
    sql_.comment(
        "a) Write the gap off: the next number stays what it is, and no id of the gap is ever given again. Always "
        "safe, "
        "and the only choice where people may have had such ids, in this database or in what remembers them (logs, "
        "caches, tokens, other services).");
    sql_.comment_code(fmt::format("ALTER SEQUENCE {} START WITH {};", need_.quoted(), need_.next));
    sql_.comment(fmt::format(
        "b) Set it back, to go on with {}. Only where nobody ever had an id of the gap. `plan` calls it sequence-back, "
        "for that is what it is. The number is written here, not computed from rows; where it was set back already, "
        "nothing happens.",
        base::with_commas(need_.gap_begins)));
    const std::string back = fmt::format(
        "\nBEGIN\n  IF (SELECT last_value FROM {0}) >= {1} THEN\n    ALTER SEQUENCE {0} RESTART WITH {2};\n"
        "  END IF;\nEND ",
        need_.quoted(), need_.gap_ends, need_.gap_begins);
    sql_.comment_code(fmt::format("DO {};", dollar_quoted("back", back)));
  }

  void allocate() {
    const std::string function = allocator_name(table_, need_);
    const std::string body = allocator_body(table_, need_);
    const std::string made = fmt::format(
        "CREATE OR REPLACE FUNCTION {0}() RETURNS bigint LANGUAGE plpgsql SET search_path = '' AS {1};\n"
        "COMMENT ON FUNCTION {0}() IS {2};\n",
        function, dollar_quoted("mint", body), literal(mark_of(body)));
    sql_.step(fmt::format("{}: ids of {} are drawn here, and nowhere else", table_.qualified(), whose_),
              "An id that is taken, or is not the population's, is an error to be looked at. Nothing is tried again "
              "and nothing is healed: that is how a sequence was carried off.");
    if (!need_.allocator_foreign) {
      sql_.add(made);
      return;
    }
    sql_.comment(fmt::format(
        "DECIDE: a function {}() is there already, and pgrehearse did not make it: it is left as it is. Rename it, and "
        "write the migration again; or take this in its place:",
        function));
    sql_.comment_code(made);
    sql_.comment("To keep yours, and to read no more of it:");
    sql_.comment_code(fmt::format("COMMENT ON FUNCTION {}() IS {};", function, literal(kept_mark)));
  }

  const BoundTable& table_;
  const SequenceNeed& need_;
  SqlText& sql_;
  const std::string name_;
  const std::string whose_;
};

}  // namespace

namespace {

void replace(const SettingFunction& function, SqlText& sql) {
  sql.step(fmt::format("{} fails loudly", function.signature),
           fmt::format("It set {} from the rows when an id was taken, and one row made by hand was enough to carry "
                       "every later id off. The function is as it was, but that it raises there: read it. What goes:",
                       function.sequence));
  for (const std::string& statement : function.replaced) sql.comment_code(statement);
  sql.add(function.definition + ";\n");
}

void leave_to_a_person(const SettingFunction& function, SqlText& sql) {
  const std::string sequence = function.sequence.empty() ? "a sequence" : function.sequence;
  sql.step(
      fmt::format("{} sets {}", function.signature, sequence),
      "DECIDE: it sets it to what rows hold (`pgrehearse lint --explain sequence-follows-data`). What it has to do "
      "instead, a program cannot tell: it is left as it is.");
  if (function.definition.empty()) {
    sql.comment("Take the setval or RESTART out of it yourself, and let it fail where an id is taken.");
    return;
  }
  sql.comment("One way is to raise in place of that, and to change nothing else. What would go:");
  for (const std::string& statement : function.replaced) sql.comment_code(statement);
  sql.comment("The function as it would be then:");
  sql.comment_code(function.definition + ";\n");
}

}  // namespace

void write_functions(const std::vector<SettingFunction>& functions, SqlText& sql) {
  std::string left;
  for (const SettingFunction& function : functions) {
    if (function.way == SettingFunction::Case::heals) {
      replace(function, sql);
    } else if (function.way == SettingFunction::Case::follows) {
      leave_to_a_person(function, sql);
    } else {
      left += fmt::format("{}{} ({})", left.empty() ? "" : ", ", function.signature, function.sequence);
    }
  }
  if (!left.empty()) {
    sql.add("\n");
    sql.comment(fmt::format(
        "Left as they are, for lint finds nothing in them of rows, though they set sequences of the contract: {}.",
        left));
  }
}

void write_sequences(const TableNeeds& needs, SqlText& sql) {
  for (const SequenceNeed& need : needs.sequences) SequenceMigration(*needs.table, need, sql).write();
}

}  // namespace guard
