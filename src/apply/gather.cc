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

  void new_versions() {
    const std::string xid = target_.session().one_value("SELECT pg_catalog.pg_current_xact_id()::text").value();
    const std::string sql =
        fmt::format("SELECT t.ctid{} FROM ONLY {} t WHERE {}", columns_, table_, written_in_progress(xid));
    target_.session().each_row(sql, {}, [&](const auto& values) {
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

// xmin is the lower half of an id. How far ahead of `xid` it is says the whole one, up to half way round; what nobody
// was given yet cannot be asked for.
std::string written_in_progress(std::string_view xid) {
  const std::string ahead = fmt::format("((t.xmin::text::int8 - {}::int8) & 4294967295)", xid);
  return fmt::format(
      "(CASE WHEN {0} < 2147483648 AND ({0} + {1}::int8 <"
      " pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8 OR {0} <= 1000000)"
      " THEN pg_catalog.pg_xact_status(({0} + {1}::int8)::text::pg_catalog.xid8) = 'in progress' ELSE false END)",
      ahead, xid);
}

void gather(Target& target, const changeset::Relation& relation, changeset::Writer& out) {
  Gatherer gatherer(target, relation, out);
  gatherer.old_versions();
  gatherer.new_versions();
}

}  // namespace apply
