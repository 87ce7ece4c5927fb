#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "apply/handed_values.h"
#include "apply/lacking.h"
#include "apply/references.h"
#include "apply/survey.h"
#include "apply/uniques.h"
#include "apply/value_batch.h"
#include "apply/write_order.h"
#include "apply/writer.h"
#include "base/error.h"
#include "changeset/tuple.h"
#include "pg/catalog_parts.h"

namespace apply {

namespace {

// Bits of pg_trigger.tgtype, src/include/catalog/pg_trigger.h.
constexpr int on_insert = 4;
constexpr int on_delete = 8;
constexpr int on_update = 16;

constexpr const char* how_to_silence =
    "GRANT SET ON PARAMETER session_replication_role to the role (PostgreSQL 15 and later), or connect as a superuser";

class Examination {
 public:
  Examination(Target& target, const pg::Catalog& catalog, const changeset::Reader& net, Way way)
      : connection_(target.session()),
        silenced_(target.offers().may_silence),
        role_(target.role()),
        net_(net),
        references_(read_references(connection_)),
        uniques_(read_uniques(connection_)),
        handed_(silenced_ ? HandedValues() : HandedValues(net, catalog, references_, uniques_)),
        survey_(net, catalog, uniques_, anew_where(silenced_, handed_, references_), way) {}

  std::optional<Unwritable> run() {
    if (!silenced_) {
      for (const TableGroup& group : write_order(survey_, references_, uniques_)) {
        if (group.by_insert()) inserted_.insert(group.tables.begin(), group.tables.end());
      }
    }
    for (const auto& [name, table] : survey_.tables()) {
      check_privileges(table);
      check_triggers(table);
      check_rules(table);
    }
    check_references();
    if (silenced_) check_exclusions();
    if (faults_.empty() && lacking_.empty()) return std::nullopt;
    return Unwritable{.why = why(), .remedy = remedy()};
  }

 private:
  static void add(std::vector<std::string>& all, std::string one) {
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }

  void fault(std::string what, std::string remedy) {
    add(faults_, std::move(what));
    add(remedies_, std::move(remedy));
  }

  std::string why() const {
    constexpr std::size_t shown = 10;
    std::vector<std::string> faults = faults_;
    for (const std::string& what : described(lacking_)) faults.push_back("it has no " + what);
    const auto end = faults.begin() + static_cast<std::ptrdiff_t>(std::min(shown, faults.size()));
    return fmt::format("rows cannot be written as role {}: {}{}", role_,
                       fmt::join(std::vector<std::string>(faults.begin(), end), "; "),
                       faults.size() > shown ? "; …" : "");
  }

  // Whole: it is to be copied.
  std::string remedy() const {
    std::vector<std::string> remedies;
    if (!lacking_.empty()) remedies.push_back(grants_for(lacking_, role_));
    remedies.insert(remedies.end(), remedies_.begin(), remedies_.end());
    return fmt::format("{}", fmt::join(remedies, "; "));
  }

  static int events(const SurveyedTable& table) {
    int events = 0;
    if (table.counts.inserted > 0) events |= on_insert;
    if (table.counts.deleted > 0) events |= on_delete;
    if (table.counts.updated > 0) events |= on_update;
    if (table.any_written_anew) events |= on_insert | on_delete;
    return events;
  }

  void need(const std::string& schema, const std::string& name, const std::vector<std::string>& privileges) {
    for (const std::string& privilege : privileges) {
      const pg::Row has = connection_.one_row(
          fmt::format("SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.{}(c.oid, $3)"
                      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                      " WHERE n.nspname = $1 AND c.relname = $2",
                      privilege == "DELETE" ? "has_table_privilege" : "has_any_column_privilege"),
          {schema, name, privilege});
      if (!pg::to_bool(has[0])) lacking_["SCHEMA " + pg::quote_identifier(schema)].insert("USAGE");
      if (!pg::to_bool(has[1])) lacking_[pg::quote_qualified(schema, name)].insert(privilege);
    }
  }

  void check_privileges(const SurveyedTable& table) {
    std::vector<std::string> privileges = {"SELECT"};
    const int events = Examination::events(table);
    if (events & on_insert) privileges.emplace_back("INSERT");
    if (events & (on_update | on_delete)) privileges.emplace_back("UPDATE");  // rows are locked first
    if (events & on_delete) privileges.emplace_back("DELETE");
    need(table.table->schema, table.table->name, privileges);
    const std::string oid = std::to_string(table.table->oid);
    if (pg::to_bool(connection_.one_value("SELECT pg_catalog.row_security_active($1::pg_catalog.oid)", {oid}))) {
      fault(fmt::format("row-level security of {} applies to it", table.table->qualified()),
            "connect as a role with BYPASSRLS, or as the table's owner where it is not forced");
    }
  }

  // Those that fire although session_replication_role is `replica`, or those that fire because it is not.
  std::string firing(const char* column) const {
    return fmt::format("{} IN ({})", column, silenced_ ? "'A', 'R'" : "'A', 'O'");
  }

  void check_triggers(const SurveyedTable& table) {
    const std::string sql = fmt::format(
        "SELECT t.tgname FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $1::pg_catalog.oid AND {} {} AND t.tgtype & $2 "
        "<> 0 ORDER BY t.tgname",
        firing("t.tgenabled"), silenced_ ? "" : "AND NOT t.tgisinternal");
    for (const pg::Row& row :
         connection_.rows(sql, {std::to_string(table.table->oid), std::to_string(events(table))})) {
      fault(fmt::format("trigger {} of {} would fire", pg::to_text(row[0]), table.table->qualified()),
            silenced_
                ? fmt::format(
                      "trigger {0} is enabled ALWAYS or for REPLICA, and what it did is among the rows: ALTER TABLE "
                      "{1} ENABLE TRIGGER {0} for the time being",
                      pg::quote_identifier(pg::to_text(row[0])),
                      pg::quote_qualified(table.table->schema, table.table->name))
                : how_to_silence);
    }
  }

  // COPY knows no rules: those on INSERT are none of our business, unless rows of several tables come in one statement.
  void check_rules(const SurveyedTable& table) {
    const int events = Examination::events(table);
    std::string kinds;
    if (events & on_insert && inserted_.contains(table.table->qualified())) kinds += '3';
    if (events & on_update) kinds += '2';
    if (events & on_delete) kinds += '4';
    if (kinds.empty()) return;
    const std::string sql = fmt::format(
        "SELECT r.rulename FROM pg_catalog.pg_rewrite r WHERE r.ev_class = $1::pg_catalog.oid AND {} AND "
        "pg_catalog.strpos($2, r.ev_type::pg_catalog.text) > 0 ORDER BY r.rulename",
        firing("r.ev_enabled"));
    for (const pg::Row& row : connection_.rows(sql, {std::to_string(table.table->oid), kinds})) {
      fault(fmt::format("rule {} of {} would apply", pg::to_text(row[0]), table.table->qualified()),
            silenced_
                ? fmt::format(
                      "rule {0} is enabled ALWAYS or for REPLICA: ALTER TABLE {1} ENABLE RULE {0} for the time being",
                      pg::quote_identifier(pg::to_text(row[0])),
                      pg::quote_qualified(table.table->schema, table.table->name))
                : how_to_silence);
    }
  }

  // Their tables must be such as we may look at. Where triggers are silent the keys are ours to check: parents are then
  // locked, and the keys must be such as we can check.
  void check_references() {
    for (const Reference& reference : references_) {
      const SurveyedTable* child = reference.checks_child ? survey_.by_oid(reference.child) : nullptr;
      const SurveyedTable* parent = reference.checks_parent ? survey_.by_oid(reference.parent) : nullptr;
      const bool comes = child && (events(*child) & (on_insert | on_update));
      const bool goes = parent && (events(*parent) & (on_delete | on_update));
      if (!comes && !goes) continue;
      if (silenced_) check_columns(reference, comes ? child : nullptr, goes ? parent : nullptr);
      if (comes) need(reference.parent_schema, reference.parent_table, {"SELECT"});
      if (comes && silenced_) need(reference.parent_schema, reference.parent_table, {"UPDATE"});
      if (goes) need(reference.child_schema, reference.child_table, {"SELECT"});
      if (goes && lacking_.empty()) check_handed(reference, *parent);
    }
  }

  // The server looks at one row at a time: of two that change places, it has others follow the first that goes.
  void check_handed(const Reference& reference, const SurveyedTable& parent) {
    if (any_follows(reference)) {
      fault(fmt::format("what rows of {} refer to goes from one row of {} to another, and {} would follow the first",
                        reference.child_name, reference.parent_name, reference.name),
            how_to_silence);
    }
    if (reference.acts_on_delete && handed_.among_updates().contains(parent.table->oid)) {
      fault(fmt::format("rows of {} change places in what must be there once, and {} has rows of {} follow those that "
                        "are taken out for that",
                        parent.table->qualified(), reference.name, reference.child_name),
            how_to_silence);
    }
  }

  bool any_follows(const Reference& reference) const {
    const auto followed = handed_.followed().find(reference.whole);
    if (followed == handed_.followed().end()) return false;
    bool any = false;
    ValueBatch values(reference.columns.size());
    const auto ask = [&] {
      count_children(connection_, reference, values, [&](std::size_t, std::int64_t) { any = true; });
      values.clear();
    };
    for (const std::string& value : followed->second) {
      values.add(changeset::values_of(value), {});
      if (values.full()) ask();
    }
    if (!values.empty()) ask();
    return any;
  }

  void check_columns(const Reference& reference, const SurveyedTable* child, const SurveyedTable* parent) {
    bool can = !reference.temporal;
    for (const changeset::Relation& relation : net_.relations()) {
      for (const Reference::Column& column : reference.columns) {
        if (child && relation.qualified() == child->table->qualified()) {
          can = can && !places_of(relation, {column.child}).empty();
        }
        if (parent && relation.qualified() == parent->table->qualified()) {
          can = can && !places_of(relation, {column.parent}).empty();
        }
      }
    }
    if (can) return;
    fault(fmt::format("foreign key {} of {} {}", reference.name, reference.child_name,
                      reference.temporal ? "is over a period" : "is over a generated column"),
          "such keys cannot be checked by pgrehearse yet");
  }

  void check_exclusions() {
    for (const Unique& unique : uniques_) {
      const SurveyedTable* table = survey_.by_oid(unique.table);
      if (!table || !unique.deferrable) continue;
      for (const changeset::Relation& relation : net_.relations()) {
        if (relation.qualified() != table->table->qualified()) continue;
        if (!places_of(relation, unique.uses).empty()) continue;
        fault(fmt::format("constraint {} of {} is deferrable, and over a column that is not among the rows' own",
                          unique.name, table->table->qualified()),
              "such constraints cannot be checked by pgrehearse yet");
      }
    }
  }

  pg::Connection& connection_;
  bool silenced_;
  std::string role_;
  const changeset::Reader& net_;
  std::vector<Reference> references_;
  std::vector<Unique> uniques_;
  HandedValues handed_;
  Survey survey_;
  std::set<std::string> inserted_;  // "schema.table", not by COPY
  std::vector<std::string> faults_;
  std::vector<std::string> remedies_;
  Lacking lacking_;
};

}  // namespace

std::optional<Unwritable> why_not_writable(Target& target, const pg::Catalog& catalog, const changeset::Reader& net,
                                           Way way) {
  return Examination(target, catalog, net, way).run();
}

void check_writable(Target& target, const pg::Catalog& catalog, const changeset::Reader& net) {
  const std::optional<Unwritable> found = why_not_writable(target, catalog, net, Way::forth);
  if (found) throw base::Error(base::Code::refused, found->why, found->remedy);
}

}  // namespace apply
