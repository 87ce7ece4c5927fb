#include "guard/setting_functions.h"

#include <fmt/core.h>

#include <algorithm>

#include "guard/handlers.h"
#include "guard/migration_names.h"
#include "lint/check.h"
#include "pg/catalog_parts.h"
#include "sql/names.h"

namespace guard {

namespace {

using Sequence = std::pair<std::string, std::string>;

// Line and column of a byte, as lint counts them.
std::pair<int, int> place_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto columns = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line), before.end(),
                                     [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1, static_cast<int>(columns) + 1};
}

// A function that may set a sequence, judged.
class Judged {
 public:
  Judged(const pg::Row& row, const lint::Tables& tables, const std::vector<Sequence>& sequences,
         const std::vector<std::string>& ambiguous)
      : sequences_(sequences),
        ambiguous_(ambiguous),
        body_(pg::to_text(row[1])),
        definition_(pg::to_text(row[2])),
        body_at_(definition_.rfind(body_)) {
    function_.signature = pg::to_text(row[0]);
    for (const lint::Finding& finding : lint::check(function_.signature, definition_, tables)) {
      if (finding.rule == lint::Rule::sequence_follows_data) places_.emplace_back(finding.line, finding.column);
    }
    if (row[3] == "plpgsql") settings_ = settings_in(body_);
  }

  // nullopt: it has nothing to do with the sequences.
  std::optional<SettingFunction> function() {
    bool unknown = !settings_ || settings_->empty();
    for (const Setting& setting : settings_.value_or(std::vector<Setting>())) {
      const auto sequence = std::find_if(sequences_.begin(), sequences_.end(), [&](const Sequence& each) {
        return setting.name && means(*setting.name, each.first, each.second);
      });
      if (sequence != sequences_.end()) {
        function_.sequence = sequence->first + "." + sequence->second;
      } else if (!setting.name) {
        unknown = true;
      }
    }
    if (places_.empty()) {
      if (function_.sequence.empty()) return std::nullopt;
      function_.way = SettingFunction::Case::left_alone;
      return std::move(function_);
    }
    if (function_.sequence.empty() && !unknown) return std::nullopt;
    propose();
    return std::move(function_);
  }

 private:
  // What it would be, raising where lint finds that rows are followed; and whether that is all that sets a sequence.
  void propose() {
    if (!settings_ || body_at_ == std::string::npos || function_.sequence.empty()) return;
    bool sure = settings_->size() == places_.size();
    std::vector<std::pair<std::size_t, std::size_t>> statements;
    for (const Setting& setting : *settings_) {
      const auto place = place_of(definition_, body_at_ + setting.at);
      const bool follows = std::find(places_.begin(), places_.end(), place) != places_.end();
      const bool ours = setting.name && is_ours(*setting.name);
      sure = sure && follows && ours && setting.in_handler && setting.end > 0;
      if (!follows || !ours || setting.end == 0) continue;
      if (statements.empty() || statements.back().first != setting.begin)
        statements.emplace_back(setting.begin, setting.end);
    }
    if (statements.empty()) return;
    for (const auto& [begin, end] : statements) function_.replaced.push_back(body_.substr(begin, end - begin));
    function_.definition = definition_;
    function_.definition.replace(body_at_, body_.size(), raise_instead(body_, statements, function_.sequence));
    if (sure) function_.way = SettingFunction::Case::heals;
  }

  bool is_ours(const std::string& written) const {
    return std::any_of(sequences_.begin(), sequences_.end(),
                       [&](const Sequence& each) {
                         return means(written, each.first, each.second) &&
                                function_.sequence == each.first + "." + each.second;
                       }) &&
           std::none_of(ambiguous_.begin(), ambiguous_.end(),
                        [&](const std::string& name) { return means(written, "", name); });
  }

  const std::vector<Sequence>& sequences_;
  const std::vector<std::string>& ambiguous_;
  const std::string body_;
  const std::string definition_;
  const std::size_t body_at_;
  std::vector<std::pair<int, int>> places_;  // line and column in the definition: what lint finds
  std::optional<std::vector<Setting>> settings_;
  SettingFunction function_;
};

}  // namespace

bool means(std::string_view written, const std::string& schema, const std::string& name) {
  const sql::TableName meant = sql::qualified_name(written);
  return meant.name == name && (meant.schema.empty() || meant.schema == schema);
}

std::string raise_instead(std::string_view body, const std::vector<std::pair<std::size_t, std::size_t>>& statements,
                          std::string_view sequence) {
  std::string changed;
  std::size_t copied = 0;
  for (const auto& [begin, end] : statements) {
    changed.append(body.substr(copied, begin - copied));
    changed.append(
        fmt::format("RAISE unique_violation USING MESSAGE = {},\n        HINT = {};",
                    literal(fmt::format("the id that {} gave is taken", sequence)),
                    literal(fmt::format("find the row that it did not mint; {} is never set from rows", sequence))));
    copied = end;
  }
  return changed.append(body.substr(copied));
}

std::vector<SettingFunction> read_setting_functions(const contract::Contract& contract, pg::Connection& connection,
                                                    const std::vector<Sequence>& sequences) {
  const lint::Tables tables(&contract);
  // A name without a schema means whatever the search path of the day says, where several bear it.
  std::vector<std::string> ambiguous;
  for (const pg::Row& row : connection.rows("select relname from pg_catalog.pg_class where relkind = 'S'"
                                            " group by relname having count(*) > 1")) {
    ambiguous.push_back(pg::to_text(row[0]));
  }
  std::vector<SettingFunction> functions;
  for (const pg::Row& row : connection.rows(
           "select p.oid::regprocedure::text, p.prosrc, pg_catalog.pg_get_functiondef(p.oid), l.lanname"
           " from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
           " join pg_catalog.pg_language l on l.oid = p.prolang"
           " where p.prokind in ('f', 'p') and p.prosrc ~* '\\m(setval|restart)\\M' and n.nspname !~ '^pg_'"
           " and l.lanname in ('sql', 'plpgsql')"
           " and n.nspname <> 'information_schema' and not exists (select from pg_catalog.pg_depend d"
           "  where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') order by 1")) {
    if (auto function = Judged(row, tables, sequences, ambiguous).function()) functions.push_back(std::move(*function));
  }
  return functions;
}

}  // namespace guard
