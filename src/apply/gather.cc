#include "apply/gather.h"

#include <fmt/core.h>

#include <functional>
#include <set>
#include <vector>

#include "apply/table_rows.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t places_at_once = 20'000;

class Gatherer {
 public:
  Gatherer(Target& target, const changeset::Relation& relation, changeset::Writer& out)
      : target_(target),
        out_(out),
        table_(pg::quote_qualified(relation.schema, relation.name)),
        relation_(out.add(relation)) {
    for (const changeset::Column& column : relation.columns) columns_ += ", t." + pg::quote_identifier(column.name);
  }

  void old_versions() {
    std::vector<Version> candidates;
    // Whatever we removed or replaced carries our mark in xmax, as does what anybody ever locked.
    target_.witness().each_row(
        fmt::format("SELECT t.ctid{} FROM ONLY {} t WHERE t.xmax <> '0'::pg_catalog.xid", columns_, table_), {},
        [&](const auto& values) {
          candidates.push_back(version(values));
          if (candidates.size() < places_at_once) return;
          add_gone(candidates);
          candidates.clear();
        });
    add_gone(candidates);
  }

  // Their transaction id is at or above ours and in progress, and we see them: they are ours, savepoints included.
  void new_versions() {
    const std::string top = target_.session().one_value("SELECT pg_catalog.pg_current_xact_id()::text").value();
    const std::string sql = fmt::format(
        "SELECT t.ctid{} FROM ONLY {} t,"
        " LATERAL (SELECT $1::numeric - mod($1::numeric, 4294967296) + t.xmin::text::numeric AS id) AS low,"
        " LATERAL (SELECT CASE WHEN low.id < $1::numeric THEN low.id + 4294967296 ELSE low.id END AS id) AS whole"
        " WHERE pg_catalog.age(t.xmin) <= pg_catalog.age($2::pg_catalog.xid)"
        " AND CASE WHEN whole.id < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric"
        "              OR whole.id <= $1::numeric + 1000000"
        "          THEN pg_catalog.pg_xact_status(whole.id::text::pg_catalog.xid8) = 'in progress' ELSE false END",
        columns_, table_);
    const std::string low = std::to_string(static_cast<std::uint32_t>(std::stoull(top)));
    target_.session().each_row(sql, {top, low}, [&](const auto& values) {
      out_.add(changeset::Change{.relation = relation_, .op = changeset::Op::insert, .after = version(values).tuple});
    });
  }

 private:
  struct Version {
    std::string place;
    std::string tuple;
  };

  static Version version(const std::vector<std::optional<std::string_view>>& values) {
    changeset::TupleWriter writer;
    for (std::size_t i = 1; i < values.size(); ++i) writer.add(values[i]);
    return {std::string(values.at(0).value()), writer.take()};
  }

  std::set<std::string> visible(pg::Connection& connection, const std::set<std::string>& places) const {
    ArrayLiteral array;
    for (const std::string& place : places) array.add(place);
    std::set<std::string> seen;
    connection.each_row(fmt::format("SELECT t.ctid FROM ONLY {} t WHERE t.ctid = ANY ($1::pg_catalog.tid[])", table_),
                        {array.take()}, [&](const auto& values) { seen.emplace(values.at(0).value()); });
    return seen;
  }

  void add_gone(const std::vector<Version>& candidates) {
    if (candidates.empty()) return;
    std::set<std::string> gone;
    for (const Version& candidate : candidates) gone.insert(candidate.place);
    for (const std::string& place : visible(target_.session(), gone)) gone.erase(place);
    gone = visible(target_.witness(), gone);
    for (const Version& candidate : candidates) {
      if (!gone.contains(candidate.place)) continue;
      out_.add(changeset::Change{.relation = relation_, .op = changeset::Op::erase, .before = candidate.tuple});
    }
  }

  Target& target_;
  changeset::Writer& out_;
  std::string table_;
  std::uint32_t relation_;
  std::string columns_;
};

}  // namespace

void gather(Target& target, const changeset::Relation& relation, changeset::Writer& out) {
  Gatherer gatherer(target, relation, out);
  gatherer.old_versions();
  gatherer.new_versions();
}

}  // namespace apply
