// What the rest of apply hangs on until its own files are here; each part goes when they come.
#include "apply/captured.h"
#include "apply/comparison.h"
#include "apply/decoded.h"
#include "apply/ending.h"
#include "base/error.h"
#include "changeset/fold.h"
#include "sys/clock.h"
#include "sys/clock.h"
namespace apply {
struct DecodingSlot::Inside {};
DecodingSlot DecodingSlot::create(const Target&) {
  throw base::Error(base::Code::refused, "the proof is not here");
}
DecodingSlot::DecodingSlot(std::unique_ptr<Inside> i) : inside_(std::move(i)) {}
DecodingSlot::DecodingSlot(DecodingSlot&&) noexcept = default;
DecodingSlot& DecodingSlot::operator=(DecodingSlot&&) noexcept = default;
DecodingSlot::~DecodingSlot() = default;
std::map<std::string, DecodingSlot::Touched> DecodingSlot::read(const std::string&, const pg::Catalog&,
                                                                changeset::Writer&) {
  return {};
}
Capture::Capture(pg::Connection& s, const pg::Catalog& c, const std::set<std::string>&) : session_(s), catalog_(c) {}
void Capture::collect(changeset::Writer&) {}
Record draft_record(Target& t) {
  Record r;
  r.target = t.parameters();
  r.started = sys::now();
  r.role = t.role();
  r.database = t.identity().database;
  r.system_identifier = t.identity().system_identifier;
  return r;
}
Fate commit(Target& t, RecordStore::Open& record, Act) {
  t.session().none("COMMIT");
  record.update([](Record& r) {
    r.state = State::applied;
    r.ended = sys::now();
  });
  return Fate::committed;
}
void prepare(Target&, RecordStore::Open&, Act) {}
Fate finish(Target&, RecordStore::Open&, Act, bool) {
  return Fate::unknown;
}
std::vector<std::string> resolve_leftovers(RecordStore&, Target&) {
  return {};
}
Shapes::Shapes(pg::Connection&, const pg::Catalog&) {}
std::vector<Difference> compare(const changeset::Reader& planned, const RunWindow&, const changeset::Reader& actual,
                                const RunWindow&, const Shapes&, const std::set<std::string>& tables,
                                const std::filesystem::path& dir) {
  std::filesystem::path p = dir / "cmp";
  changeset::Writer w(p);
  for (int side = 0; side < 2; ++side) {
    const changeset::Reader& r = side ? planned : actual;
    std::map<unsigned, unsigned> m;
    r.for_each([&](const changeset::Change& c, changeset::Position) {
      const auto& rel = r.relations().at(c.relation);
      if (!tables.contains(rel.qualified())) return;
      changeset::Change d = c;
      d.relation = w.add(rel);
      if (side) {
        std::swap(d.before, d.after);
        if (d.op == changeset::Op::insert)
          d.op = changeset::Op::erase;
        else if (d.op == changeset::Op::erase)
          d.op = changeset::Op::insert;
      }
      w.add(d);
    });
  }
  w.close();
  changeset::Reader r(p);
  changeset::Fold f({.directory = dir});
  r.for_each([&](const changeset::Change& c, changeset::Position pos) { f.add(r.relations().at(c.relation), c, pos); });
  std::map<std::string, Difference> ds;
  f.finish(r, [&](const changeset::Change& c) {
    auto& d = ds[r.relations().at(c.relation).qualified()];
    d.kind = DifferenceKind::unplanned;
    d.table = r.relations().at(c.relation).qualified();
    d.message = "stub";
    d.add(c.before.empty() ? c.after : c.before);
  });
  std::vector<Difference> all;
  for (auto& [k, d] : ds) all.push_back(d);
  return all;
}
}  // namespace apply
