#include "guard/code.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "guard/relation_names.h"
#include "lint/check.h"
#include "sql/facts.h"
#include "sql/lexer.h"

namespace guard {

namespace {

// The statements that ran most often come first; what is not among so many is rare.
constexpr int most_statements = 5'000;
constexpr std::size_t words_shown = 120;

Severity severity_of(lint::Severity severity) {
  switch (severity) {
    case lint::Severity::error:
      return Severity::error;
    case lint::Severity::warning:
      return Severity::warning;
    case lint::Severity::note:
      break;
  }
  return Severity::note;
}

class CodeRules {
 public:
  CodeRules(const contract::Contract& contract, const Bound& bound, pg::Connection& connection, Findings& findings,
            std::vector<std::string>& notes)
      : contract_(contract),
        bound_(bound),
        connection_(connection),
        findings_(findings),
        notes_(notes),
        names_(contract, bound, connection),
        tables_(&contract, names_.under(std::nullopt)) {}

  void judge() {
    judge_routines();
    judge_statements();
    judge_jobs();
  }

 private:
  void judge_routines() {
    std::string contract_tables;
    for (const BoundTable& table : bound_.tables)
      contract_tables += (contract_tables.empty() ? "" : ",") + std::to_string(table.oid);
    connection_.each_row(
        "select p.oid::pg_catalog.regprocedure::text, pg_catalog.pg_get_functiondef(p.oid),"
        " (select pg_catalog.string_agg(pg_catalog.format('%s of %s', t.tgname, t.tgrelid::pg_catalog.regclass), ', ' "
        "order by t.tgname)"
        "  from pg_catalog.pg_trigger t where t.tgfoid = p.oid and t.tgrelid = any ($1::oid[]) and not t.tgisinternal),"
        " (select pg_catalog.substr(setting, 13) from pg_catalog.unnest(p.proconfig) setting where setting like "
        "'search_path=%')"
        " from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
        " join pg_catalog.pg_language l on l.oid = p.prolang"
        " where l.lanname in ('sql', 'plpgsql') and p.prokind in ('f', 'p')"
        "  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgrehearse')"
        "  and not exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass"
        "   and d.objid = p.oid and d.deptype = 'e')"
        " order by 1",
        {"{" + contract_tables + "}"}, [&](const std::vector<std::optional<std::string_view>>& row) {
          judge_routine(std::string(*row[0]), *row[1], std::string(row[2].value_or("")), row[3]);
        });
  }

  void judge_routine(const std::string& name, std::string_view definition, const std::string& triggers,
                     const std::optional<std::string_view>& search_path) {
    const std::string who =
        fmt::format("function {}{}", name, triggers.empty() ? "" : fmt::format(" (trigger {})", triggers));
    if (!search_path) return judge_text(name, who, "its definition", definition, tables_);
    judge_text(name, who, "its definition", definition,
               lint::Tables(&contract_, names_.under(schemas_of(*search_path))));
  }

  // Everything that lint says of what lives under a name.
  void judge_text(const std::string& name, const std::string& who, const char* text_is, std::string_view sql,
                  const lint::Tables& tables) {
    for (const lint::Finding& found : lint::check(name, sql, tables)) {
      const std::string where = fmt::format("{}, line {} of {}", who, found.line, text_is);
      if (found.rule == lint::Rule::unparseable) {
        notes_.push_back(fmt::format("{}: {}", where, found.what));
        continue;
      }
      if (!lint::may_be_allowed(found.rule)) continue;
      const lint::RuleText& text = lint::text_of(found.rule);
      findings_.push_back({.rule = std::string(text.id),
                           .severity = severity_of(found.severity),
                           .table = name,
                           .message = fmt::format("{}: {}: {}", where, found.what, text.why),
                           .advice = std::string(text.instead)});
    }
  }

  // The schema of the extension; nullopt: it is not installed here.
  std::optional<std::string> statements_view() {
    const auto row = connection_.maybe_row(
        "select pg_catalog.format('%I.pg_stat_statements', n.nspname) from pg_catalog.pg_extension e"
        " join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'");
    return row ? row->front() : std::nullopt;
  }

  void judge_statements() {
    const auto view = statements_view();
    if (!view) return;
    try {
      const auto hidden = connection_.one_value(
          fmt::format("select count(*) from {} where dbid = (select oid from pg_catalog.pg_database"
                      " where datname = pg_catalog.current_database()) and query = '<insufficient privilege>'",
                      *view));
      if (hidden && *hidden != "0") {
        notes_.push_back(fmt::format(
            "{} statements of other roles in pg_stat_statements: GRANT pg_read_all_stats shows them", *hidden));
      }
      // One statement of several roles, or at the top and nested, is one here.
      connection_.each_row(
          fmt::format(
              "select query, sum(calls)::int8, sum(rows)::int8 from {} where dbid = (select oid from"
              " pg_catalog.pg_database where datname = pg_catalog.current_database())"
              " and query ~* '(delete|update|merge|conflict|setval|restart)' group by query order by 2 desc limit {}",
              *view, most_statements),
          {}, [&](const std::vector<std::optional<std::string_view>>& row) {
            judge_statement(*row[0], std::stoll(std::string(*row[1])), std::stoll(std::string(*row[2])));
          });
    } catch (const base::Error& error) {
      // 42501: not granted; 55000: installed, and its library not loaded.
      if (error.sqlstate() != "42501" && error.sqlstate() != "55000") throw;
      notes_.push_back("pg_stat_statements: " + error.message());
    }
  }

  // CREATE FUNCTION and its like ran, and what they hold did not: functions are judged where they live.
  static bool defines(std::string_view sql) {
    sql::Lexer lexer(sql);
    return sql::is_word(lexer.text(lexer.next()), "create");
  }

  void judge_statement(std::string_view sql, std::int64_t calls, std::int64_t rows) {
    if (defines(sql)) return;
    static constexpr std::array wanted = {lint::Rule::identity_range_delete, lint::Rule::identity_upsert,
                                          lint::Rule::sequence_follows_data};
    for (const lint::Finding& found : lint::check("pg_stat_statements", sql, tables_)) {
      if (std::find(wanted.begin(), wanted.end(), found.rule) == wanted.end()) continue;
      const lint::RuleText& text = lint::text_of(found.rule);
      findings_.push_back({.rule = std::string(text.id),
                           .severity = severity_of(found.severity),
                           .table = written_table(sql),
                           .rows = rows,
                           .message = fmt::format("a statement that ran {}: {}: “{}”", base::count_of(calls, "time"),
                                                  found.what, base::one_line(sql, words_shown)),
                           .advice = fmt::format("{}; once nothing sends it any more, pg_stat_statements_reset() makes "
                                                 "this finding go, unless it comes back",
                                                 text.instead)});
    }
  }

  // The contract table that it writes to.
  std::string written_table(std::string_view sql) const {
    for (const sql::Write& write : sql::analyse(sql).writes) {
      const auto target = tables_.find(write.table.schema, write.table.name);
      for (const BoundTable& table : bound_.tables) {
        if (target && target->table == table.declared) return table.qualified();
      }
    }
    return "pg_stat_statements";
  }

  // What pg_cron runs, whose extension is in one database of the server alone, and may run it in another.
  void judge_jobs() {
    const pg::Row place = connection_.one_row(
        "select pg_catalog.to_regclass('cron.job') is not null, pg_catalog.current_setting('cron.database_name', true),"
        " pg_catalog.current_database()");
    if (place[0] != "t") {
      if (place[1] && place[1] != place[2]) {
        notes_.push_back(
            fmt::format("pg_cron's jobs, which are in database {}: lint what its table cron.job holds for {}",
                        *place[1], *place[2]));
      }
      return;
    }
    try {
      const bool all = connection_.one_value("select pg_catalog.row_security_active('cron.job')") != "t";
      if (!all) {
        notes_.emplace_back("jobs of other roles in cron.job: this one sees its own alone");
        connection_.none("set row_security = on");
      }
      const auto jobs = connection_.rows(
          "select jobid, coalesce(jobname, ''), schedule, command, active from cron.job"
          " where database = pg_catalog.current_database() order by jobid");
      if (!all) connection_.none("set row_security = off");
      for (const pg::Row& job : jobs) judge_job(job);
    } catch (const base::Error& error) {
      // 42501: not granted; 42703: something else of that name.
      if (error.sqlstate() != "42501" && error.sqlstate() != "42703") throw;
      notes_.push_back("cron.job: " + error.message());
    }
  }

  void judge_job(const pg::Row& job) {
    const std::string number = "cron.job " + *job[0];
    const std::string name = job[1]->empty() ? "" : fmt::format(" “{}”", base::one_line(*job[1], 60));
    judge_text(number,
               fmt::format("{} of pg_cron{} ({}{})", number, name, base::one_line(*job[2], 60),
                           job[4] == "t" ? "" : ", not active"),
               "its command", *job[3], tables_);
  }

  const contract::Contract& contract_;
  const Bound& bound_;
  pg::Connection& connection_;
  Findings& findings_;
  std::vector<std::string>& notes_;
  const RelationNames names_;
  const lint::Tables tables_;
};

}  // namespace

void judge_code(const contract::Contract& contract, const Bound& bound, pg::Connection& connection, Findings& findings,
                std::vector<std::string>& notes) {
  CodeRules(contract, bound, connection, findings, notes).judge();
}

}  // namespace guard
