#include "rehearse/probes.h"

#include <charconv>

#include "changeset/tuple.h"

namespace rehearse {

namespace {

std::optional<std::int64_t> whole_number(const changeset::Value& value) {
  std::int64_t number = 0;
  if (!value) return std::nullopt;
  const char* end = value->data() + value->size();
  const auto [at, error] = std::from_chars(value->data(), end, number);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace

ProbeResult ProbeRun::result() const {
  ProbeResult result{.name = name, .error = error};
  for (const LandedRow& row : landed) result.landed.push_back(row.shown);
  return result;
}

// Calls `visit` with table, id and population of every row of a contract table that was changed so since the last
// drain.
template <typename Visit>
void ProbeTrial::each_row(changeset::Op op, Visit visit) {
  watch_.drain(keys_, [&](const capture::Event& event) {
    const auto* row = std::get_if<capture::RowEvent>(&event);
    if (!row || row->op != op) return;
    const BoundTable* bound = subject_.contract_table(row->relation->oid);
    const auto at = bound ? subject_.positions(*row->relation, {bound->id, bound->population}) : std::nullopt;
    if (!at) return;
    const std::string_view tuple = op == changeset::Op::erase ? row->before : row->after;
    visit(*bound, *row->relation, changeset::value_at(tuple, (*at)[0]), changeset::value_at(tuple, (*at)[1]));
  });
}

std::vector<ProbeRun> ProbeTrial::run(const std::vector<contract::Probe>& probes) {
  std::vector<ProbeRun> runs;
  ScriptRunner runner(instance_, watch_, session_);
  for (const contract::Probe& probe : probes) {
    ProbeRun run{.name = probe.name, .error = runner.probe(probe)};
    each_row(changeset::Op::insert, [&](const BoundTable& bound, const auto& relation, auto id, auto population) {
      LandedRow landed{.shown = {.table = relation.qualified(),
                                 .id = std::string(id.value_or("NULL")),
                                 .population = std::string(population.value_or(no_population))}};
      if (const auto number = whole_number(id)) landed.row = RowId{bound.oid, *number};
      if (population) landed.population = bound.declared->find(*population);
      run.landed.push_back(std::move(landed));
    });
    runs.push_back(std::move(run));
  }
  return runs;
}

std::optional<std::set<RowId>> ProbeTrial::deleted_by(const std::vector<Script>& scripts) {
  Marks marks;
  ScriptRunner runner(instance_, watch_, session_);
  runner.run(scripts, marks);
  std::set<RowId> deleted;
  each_row(changeset::Op::erase, [&](const BoundTable& bound, const auto&, auto id, auto) {
    if (const auto number = whole_number(id)) deleted.emplace(bound.oid, *number);
  });
  return runner.failure() ? std::nullopt : std::optional(std::move(deleted));
}

}  // namespace rehearse
