#include "guard/migration_ids.h"

#include <fmt/core.h>

#include "base/text.h"
#include "guard/migration_names.h"

namespace guard {

namespace {

std::string bounds(const SequenceNeed& need) {
  return fmt::format(
      "{} {} NO CYCLE",
      need.numbers.low == contract::IdRange::lowest ? "NO MINVALUE" : fmt::format("MINVALUE {}", need.numbers.low),
      need.numbers.high == contract::IdRange::highest ? "NO MAXVALUE" : fmt::format("MAXVALUE {}", need.numbers.high));
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
    if (need_.back_to) set_back();
    if (!need_.exists) make();
    if (need_.exists && need_.unbounded) bound();
    if (need_.allocator_missing) allocate();
  }

 private:
  void make() {
    sql_.step(fmt::format("{}: a sequence for the ids of {}", table_.qualified(), whose_),
              "Bounded, and without a second round: at the end of its ids it fails. Grant USAGE on it to those who "
              "make test data.");
    if (!need_.declared) {
      sql_.comment("The contract should name it, so that `audit` and `testdata` know it:");
      sql_.comment_code(fmt::format("[tables.{}.populations.{}]", table_.declared->name, whose_));
      if (need_.population->ids.ranges.empty())
        sql_.comment_code(fmt::format("ids = \"{}\"   (above 2^52, which no real id reaches)", need_.numbers.text()));
      sql_.comment_code(fmt::format("minted_by = \"{}\"", need_.name));
    }
    const bool down = need_.descends;
    sql_.brief(fmt::format("CREATE SEQUENCE IF NOT EXISTS {} AS bigint\n  INCREMENT BY {} {} START WITH {};\n",
                           need_.quoted(), down ? -1 : 1, bounds(need_), need_.start));
  }

  void bound() {
    sql_.step(fmt::format("{}: it ends where the ids of {} end", name_, whose_),
              "A sequence that runs on, or begins again, gives somebody else's ids.");
    sql_.brief(fmt::format("ALTER SEQUENCE {} {};\n", need_.quoted(), bounds(need_)));
  }

  void set_back() {
    if (!need_.witnessed) return leave_far_ahead();
    sql_.step(
        fmt::format("{}: back to the last id that it really minted", name_),
        fmt::format("It minted {} of {}, and stands at {} or beyond: somebody set it from a row. The next number is {} "
                    "again; ids that were given meanwhile stay what they are. The number below is written here, not "
                    "computed from rows; should the sequence have been set back already, nothing happens.",
                    base::count_of(need_.minted, "row"), whose_, base::with_commas(need_.carried_to),
                    base::with_commas(*need_.back_to)));
    sql_.brief(
        fmt::format("DO $back$\nBEGIN\n  IF (SELECT last_value FROM {0}) >= {1} THEN\n"
                    "    ALTER SEQUENCE {0} RESTART WITH {2};\n"
                    "  END IF;\nEND $back$;\n",
                    need_.quoted(), need_.carried_to, *need_.back_to));
  }

  void leave_far_ahead() {
    sql_.step(fmt::format("{}: far ahead of the rows that it minted", name_),
              fmt::format("DECIDE: it minted {} of {}, and stands at {} or beyond. If rows were deleted, their numbers "
                          "were given, and must not be given again: logs, tokens and caches would speak of somebody "
                          "else. Then this tells that it begins there, and moves nothing:",
                          base::count_of(need_.minted, "row"), whose_, base::with_commas(need_.carried_to)));
    sql_.comment_code(fmt::format("ALTER SEQUENCE {} START WITH {};", need_.quoted(), need_.carried_to));
    sql_.comment("If somebody set it, and the numbers in between were never given, this goes back to them:");
    sql_.comment_code(fmt::format("ALTER SEQUENCE {} RESTART WITH {};", need_.quoted(), *need_.back_to));
  }

  void allocate() {
    const std::string function = allocator_name(table_, need_);
    if (need_.allocator_taken) {
      sql_.step(fmt::format("{}: ids of {} are drawn in one place, and nowhere else", table_.qualified(), whose_),
                fmt::format("DECIDE: a function {}() is there, and none of pgrehearse's. It is left as it is. Give it "
                            "another name, and write this migration again.",
                            function));
      return;
    }
    sql_.step(fmt::format("{}: ids of {} are drawn here, and nowhere else", table_.qualified(), whose_),
              "An id that is taken, or is not the population's, is an error to be looked at. Nothing is tried again "
              "and nothing is healed: that is how a sequence was carried off.");
    sql_.add(
        fmt::format("CREATE OR REPLACE FUNCTION {}() RETURNS bigint LANGUAGE plpgsql SET search_path = '' AS {};\n",
                    function, dollar_quoted(allocator_body(table_, need_), "mint")));
  }

  const BoundTable& table_;
  const SequenceNeed& need_;
  SqlText& sql_;
  const std::string name_;
  const std::string whose_;
};

}  // namespace

void write_functions(const std::vector<SettingFunction>& functions, SqlText& sql) {
  for (const SettingFunction& function : functions) {
    if (function.definition.empty()) {
      sql.comment(
          fmt::format("DECIDE: {} sets {}. It could not be changed by a program: take the setval or RESTART out of it "
                      "yourself, and let it fail.",
                      function.signature, function.sequence));
      continue;
    }
    sql.step(fmt::format("{} fails loudly", function.signature),
             fmt::format("It set {} from the rows when an id was taken, and one row made by hand was enough to carry "
                         "every later id off. The function is as it was, but that it raises there: read it.",
                         function.sequence));
    sql.add(function.definition + ";\n");
  }
}

void write_sequences(const TableNeeds& needs, SqlText& sql) {
  for (const SequenceNeed& need : needs.sequences) SequenceMigration(*needs.table, need, sql).write();
}

}  // namespace guard
