#include "apply/gather.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "apply/table_rows.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t places_at_once = 20'000;
constexpr std::int64_t blocks_at_first = 64;
constexpr std::int64_t wider_each_time = 8;

class Gatherer {
 public:
  Gatherer(Target& target, const changeset::Relation& relation, const rehearse::Counts& counted, changeset::Writer& out)
      : target_(target),
        counted_(counted),
        out_(out),
        table_(pg::quote_qualified(relation.schema, relation.name)),
        relation_(out.add(relation)) {
    for (const changeset::Column& column : relation.columns) columns_ += ", t." + pg::quote_identifier(column.name);
  }

  // Whatever we removed or replaced carries our mark in xmax, as does what anybody ever locked: places first, contents
  // of those alone that are ours. By a cursor, because the same session is asked again for each handful.
  void old_versions() {
    if (counted_.updated + counted_.deleted == 0) return;
    pg::Connection& witness = target_.witness();
    witness.none(
        fmt::format("DECLARE pgrehearse_old NO SCROLL CURSOR FOR SELECT t.ctid, t.xmin FROM ONLY {} t WHERE t.xmax <> "
                    "'0'::pg_catalog.xid",
                    table_));
    for (bool more = true; more;) {
      std::map<std::string, std::string> candidates;  // writer by place
      witness.each_row(fmt::format("FETCH {} FROM pgrehearse_old", places_at_once), {},
                       [&](const auto& values) { candidates.emplace(values.at(0).value(), values.at(1).value()); });
      more = !candidates.empty();
      add_gone(candidates);
    }
    witness.none("CLOSE pgrehearse_old");
  }

  // From the table's end, where rows mostly go, backwards until as many are found as were counted, which is never too
  // few.
  void new_versions() {
    std::int64_t left = counted_.inserted + counted_.updated;
    if (left == 0) return;
    pg::Connection& session = target_.session();
    const std::string xid = session.one_value("SELECT pg_catalog.pg_current_xact_id()::text").value();
    std::int64_t end =
        std::stoll(*session.one_value("SELECT pg_catalog.pg_relation_size($1::pg_catalog.text::pg_catalog.regclass) / "
                                      "pg_catalog.current_setting('block_size')::int8",
                                      {table_}));
    std::string below;
    for (std::int64_t width = blocks_at_first; left > 0 && (below.empty() || end > 0); width *= wider_each_time) {
      const std::int64_t begin = std::max<std::int64_t>(0, end - width);
      session.each_row(fmt::format("SELECT t.ctid{} FROM ONLY {} t WHERE t.ctid >= '({},0)'::pg_catalog.tid{} AND {}",
                                   columns_, table_, begin, below, written_in_progress(xid)),
                       {}, [&](const auto& values) {
                         --left;
                         out_.add({.relation = relation_, .op = changeset::Op::insert, .after = tuple(values, 1)});
                       });
      below = fmt::format(" AND t.ctid < '({},0)'::pg_catalog.tid", begin);
      end = begin;
    }
  }

 private:
  static std::string tuple(const std::vector<std::optional<std::string_view>>& values, std::size_t first) {
    changeset::TupleWriter writer;
    for (std::size_t i = first; i < values.size(); ++i) writer.add(values[i]);
    return writer.take();
  }

  // Those that our session does not see, though nobody committed them after its snapshot was taken: in REPEATABLE READ
  // it does not see these either.
  std::set<std::string> unseen(const std::map<std::string, std::string>& candidates) const {
    ArrayLiteral places;
    ArrayLiteral writers;
    for (const auto& [place, writer] : candidates) {
      places.add(place);
      writers.add(writer);
    }
    const std::string now = target_.witness()
                                .one_value("SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text")
                                .value();
    std::set<std::string> unseen;
    target_.session().each_row(
        fmt::format("SELECT k.place FROM (SELECT pg_catalog.pg_current_snapshot() AS seen) AS s,"
                    " LATERAL (SELECT pg_catalog.pg_snapshot_xmin(s.seen)::text::int8 AS first) AS f,"
                    " unnest($1::pg_catalog.tid[], $2::int8[]) AS k(place, writer),"
                    " LATERAL (SELECT f.first + ((k.writer - f.first) & 4294967295) AS writer) AS w"
                    " WHERE NOT EXISTS (SELECT FROM ONLY {} t WHERE t.ctid = k.place)"
                    " AND (w.writer >= $3::int8"
                    " OR pg_catalog.pg_visible_in_snapshot(w.writer::text::pg_catalog.xid8, s.seen))",
                    table_),
        {places.take(), writers.take(), now}, [&](const auto& values) { unseen.emplace(values.at(0).value()); });
    return unseen;
  }

  void add_gone(const std::map<std::string, std::string>& candidates) {
    if (candidates.empty()) return;
    ArrayLiteral places;
    for (const std::string& place : unseen(candidates)) places.add(place);
    target_.witness().each_row(
        fmt::format("SELECT t.ctid, t.xmin{} FROM ONLY {} t WHERE t.ctid = ANY ($1::pg_catalog.tid[])", columns_,
                    table_),
        {places.take()}, [&](const auto& values) {
          if (candidates.at(std::string(values.at(0).value())) != values.at(1).value()) return;
          out_.add({.relation = relation_, .op = changeset::Op::erase, .before = tuple(values, 2)});
        });
  }

  Target& target_;
  rehearse::Counts counted_;
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

void gather(Target& target, const changeset::Relation& relation, const rehearse::Counts& counted,
            changeset::Writer& out) {
  Gatherer gatherer(target, relation, counted, out);
  gatherer.old_versions();
  gatherer.new_versions();
}

}  // namespace apply
