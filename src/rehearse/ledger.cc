#include "rehearse/ledger.h"

#include <algorithm>

#include "changeset/fold.h"

namespace rehearse {

namespace {

constexpr std::uint32_t beyond_limit = UINT32_MAX;

const pg::Table* table_of(const LedgerInput& input, std::uint32_t oid) {
  for (const pg::Catalog* catalog : {&input.before, &input.after}) {
    const auto found = catalog->tables.find(oid);
    if (found != catalog->tables.end()) return &found->second;
  }
  return nullptr;
}

std::vector<TableEffect> sorted_effects(const std::vector<std::pair<std::uint32_t, TableEffect>>& ranked) {
  auto copy = ranked;
  std::sort(copy.begin(), copy.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.table) < std::tie(b.first, b.second.table);
  });
  std::vector<TableEffect> effects;
  for (auto& [rank, effect] : copy) effects.push_back(std::move(effect));
  return effects;
}

}  // namespace

Ledger::Ledger(LedgerInput input) : input_(std::move(input)), names_(input_.subject), stream_(input_.recording.path()) {
  for (const Note& note : input_.recording.notes()) {
    if (note.what == "drop") drops_.push_back(&note);
  }
}

void Ledger::compare(const EarlierRows& earlier, pg::Connection& after) {
  auto [pairs, oids] = tables_to_compare(input_.before, input_.after, input_.recording);
  compared_ = std::move(oids);
  if (pairs.empty()) return;
  const std::filesystem::path path = input_.directory / "comparison";
  changeset::Writer writer(path);
  for (const TablePair& pair : pairs) {
    const RowSource source = pair.before ? earlier(*pair.before) : RowSource{};
    if (pair.before && !source) {
      uncompared_.push_back(*pair.before);
      continue;
    }
    shapes_.push_back(std::make_unique<changeset::Relation>(common_shape(pair)));
    const changeset::Relation& shape = *shapes_.back();
    changeset::Change change{.relation = writer.add(shape), .statement = pair.statement, .op = changeset::Op::erase};
    if (source) {
      each_row(source, pair, true, [&](std::string tuple) {
        change.before = std::move(tuple);
        input_.populations.observe_original(shape, change.before);
        writer.add(change);
      });
    }
    if (!pair.after) continue;
    change.op = changeset::Op::insert;
    change.before.clear();
    each_row(after, pair, false, [&](std::string tuple) {
      change.after = std::move(tuple);
      input_.populations.observe(shape, {}, change.after);
      writer.add(change);
    });
  }
  writer.close();
  comparison_ = std::make_unique<changeset::Reader>(path);
}

void Ledger::resolve(pg::Connection& after) {
  std::vector<const changeset::Reader*> readers = {&stream_};
  if (comparison_) readers.push_back(comparison_.get());
  for (const changeset::Reader* reader : readers) {
    const auto& relations = reader->relations();
    const bool any = std::any_of(relations.begin(), relations.end(), [&](const changeset::Relation& relation) {
      return input_.subject.link(relation.oid) != nullptr;
    });
    if (!any) continue;
    reader->for_each([&](const changeset::Change& change, changeset::Position) {
      input_.populations.expect(relations[change.relation], change.before);
      input_.populations.expect(relations[change.relation], change.after);
    });
  }
  input_.populations.resolve(after, input_.after);
}

RowFacts Ledger::facts_of(const changeset::Relation& relation, const changeset::Change& change) {
  RowFacts facts{.relation = relation, .change = change};
  if (change.op != changeset::Op::insert) facts.before = input_.populations.of(relation, change.before);
  if (change.op != changeset::Op::erase) facts.after = input_.populations.of(relation, change.after);
  return facts;
}

void Ledger::sum_statements(const RowVisitor& visit) {
  count_standing();
  const auto& relations = stream_.relations();
  stream_.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = relations[change.relation];
    if (!drops_.empty()) apply_drops(change.statement);
    if (change.op == changeset::Op::truncate) return empty_standing(relation, change.statement, true);
    Totals& totals = statement_totals(relation, change.statement, change.op);
    RowFacts row = facts_of(relation, change);
    row.via = totals.tally.via;
    row.root = totals.root;
    add(totals, row);
    if (compared(relation)) move_standing(row);
    visit(row);
  });
  apply_drops(UINT32_MAX);
}

void Ledger::add(Totals& totals, const RowFacts& row) {
  const changeset::Op op = row.change.op;
  totals.tally.add(row.change, row.before, row.after);
  if (totals.tally.wants_sample(op)) {
    totals.tally.add_sample(
        op, names_.of(row.relation, op == changeset::Op::insert ? row.change.after : row.change.before));
  }
}

void Ledger::count_standing() {
  if (!comparison_) return;
  const auto& relations = comparison_->relations();
  comparison_->for_each([&](const changeset::Change& change, changeset::Position) {
    if (change.op != changeset::Op::erase) return;
    const changeset::Relation& relation = relations[change.relation];
    ++standing_[relation.oid][input_.populations.of(relation, change.before)];
  });
}

void Ledger::move_standing(const RowFacts& row) {
  Standing& standing = standing_[row.relation.oid];
  if (row.change.op != changeset::Op::insert) --standing[row.before];
  if (row.change.op != changeset::Op::erase) ++standing[row.after];
}

void Ledger::empty_standing(const changeset::Relation& relation, std::uint32_t statement, bool truncated) {
  Totals& totals = statement_totals(relation, statement, changeset::Op::truncate);
  totals.tally.truncated |= truncated;
  for (auto& [population, rows] : standing_[relation.oid]) {
    if (rows > 0) totals.tally.add_deleted(population, rows);
    rows = 0;
  }
}

// What was dropped stood in no change stream: its rows are those that stood there when the statement ran.
void Ledger::apply_drops(std::uint32_t until) {
  while (!drops_.empty() && drops_.front()->statement < until) {
    const Note& note = *drops_.front();
    drops_.erase(drops_.begin());
    const pg::Table* table = table_of(input_, static_cast<std::uint32_t>(std::stoul(note.subject)));
    if (!table || table->kind != 'r') continue;
    empty_standing({.oid = table->oid, .schema = table->schema, .name = table->name}, note.statement, false);
  }
}

Ledger::Totals& Ledger::statement_totals(const changeset::Relation& relation, std::uint32_t statement,
                                         changeset::Op op) {
  Key key{statement, relation.qualified()};
  if (statement > statements_limit) {
    key.first = beyond_limit;
    left_out_ = true;
  }
  const auto [entry, fresh] = by_statement_.try_emplace(key);
  Totals& totals = entry->second;
  if (fresh) {
    totals.root = root_name(relation);
    totals.rank = rank(relation);
  }
  if (fresh || totals.statement != statement) {
    totals.statement = statement;
    totals.tally.via = via(relation, statement, op);
    changed_roots_.emplace(statement, input_.subject.root(relation.oid));
  }
  return totals;
}

bool Ledger::named(const changeset::Relation& relation, const sql::Facts& facts) const {
  if (facts.writes_table(relation.schema, relation.name)) return true;
  const pg::Table* root = table_of(input_, input_.subject.root(relation.oid));
  return root && facts.writes_table(root->schema, root->name);
}

// The first change of a table tells for all that the statement did to it.
Via Ledger::via(const changeset::Relation& relation, std::uint32_t statement, changeset::Op op) {
  const sql::Facts& facts = input_.facts.of(statement);
  if (named(relation, facts)) return Via::statement;
  const bool runs_other_code = !facts.parsed || facts.opaque;
  if (runs_other_code && (!input_.nested.told() || named(relation, input_.nested.facts()))) return Via::statement;
  if (by_cascade(relation, statement, op)) return Via::cascade;
  const bool says_nothing = facts.writes.empty() && facts.kind != sql::Kind::commit && !runs_other_code;
  return says_nothing ? Via::statement : Via::trigger;
}

// True where a foreign key carries such a change here from a table that the same statement has changed already.
bool Ledger::by_cascade(const changeset::Relation& relation, std::uint32_t statement, changeset::Op op) const {
  if (op == changeset::Op::insert) return false;
  const auto sets = [](char action) { return action == 'n' || action == 'd'; };
  const auto carries = [&](const pg::ForeignKey& key) {
    if (op == changeset::Op::truncate) return true;
    if (op == changeset::Op::erase) return key.on_delete == 'c';
    return sets(key.on_delete) || sets(key.on_update) || key.on_update == 'c';
  };
  for (const pg::Catalog* catalog : {&input_.before, &input_.after}) {
    for (const pg::ForeignKey& key : catalog->foreign_keys) {
      if (!carries(key) || input_.subject.root(key.table) != input_.subject.root(relation.oid)) continue;
      if (changed_roots_.contains({statement, input_.subject.root(key.target)})) return true;
    }
  }
  return false;
}

Ledger::Totals& Ledger::net_totals(const changeset::Relation& relation) {
  const auto [entry, fresh] = net_.try_emplace(relation.qualified());
  if (fresh) {
    entry->second.root = root_name(relation);
    entry->second.rank = rank(relation);
  }
  return entry->second;
}

void Ledger::sum_net(const RowVisitor& visit) {
  changeset::Writer net(net_path());
  fold(stream_, false, net, visit);
  if (comparison_) fold(*comparison_, true, net, visit);
  net.close();
  mark_truncated();
}

void Ledger::fold(const changeset::Reader& reader, bool of_comparison, changeset::Writer& net,
                  const RowVisitor& visit) {
  changeset::Fold fold(
      {.directory = input_.directory, .rank = [this](const auto& relation) { return rank(relation); }});
  const auto& relations = reader.relations();
  reader.for_each([&](const changeset::Change& change, changeset::Position position) {
    const changeset::Relation& relation = relations[change.relation];
    if (change.op != changeset::Op::truncate && compared(relation) == of_comparison)
      fold.add(relation, change, position);
  });
  Totals* totals = nullptr;
  std::uint32_t last = UINT32_MAX;
  fold.finish(reader, [&](const changeset::Change& change) {
    const changeset::Relation& relation = relations[change.relation];
    if (change.relation != last) totals = &net_totals(relation);
    last = change.relation;
    RowFacts row = facts_of(relation, change);
    const auto statement = by_statement_.find({change.statement, relation.qualified()});
    if (statement != by_statement_.end()) row.via = statement->second.tally.via;
    row.root = totals->root;
    add(*totals, row);
    visit(row);
    changeset::Change written = change;
    written.relation = net.add(relation);
    net.add(written);
  });
}

void Ledger::mark_truncated() {
  for (const auto& [oid, statement] : input_.recording.truncated()) {
    const auto now = input_.after.tables.find(oid);
    const pg::Table* table = now != input_.after.tables.end() ? &now->second : table_of(input_, oid);
    if (!table || table->kind != 'r') continue;
    net_totals({.oid = oid, .schema = table->schema, .name = table->name}).tally.truncated = true;
  }
}

std::vector<TableEffect> Ledger::effects() const {
  std::vector<std::pair<std::uint32_t, TableEffect>> ranked;
  for (const auto& [name, totals] : net_) {
    TableEffect effect = totals.tally.effect(input_.populations);
    effect.table = name;
    effect.root = totals.root;
    ranked.emplace_back(totals.rank, std::move(effect));
  }
  return sorted_effects(ranked);
}

std::vector<StatementEffect> Ledger::statements(std::size_t ran) const {
  std::vector<StatementEffect> result;
  auto at = by_statement_.lower_bound(Key{1, ""});
  for (std::uint32_t number = 1; number <= std::min(ran, statements_limit); ++number) {
    result.push_back(input_.facts.describe(number));
    std::vector<std::pair<std::uint32_t, TableEffect>> ranked;
    for (; at != by_statement_.end() && at->first.first == number; ++at) {
      const auto& [key, totals] = *at;
      if (totals.tally.empty()) continue;
      TableEffect effect = totals.tally.effect(input_.populations);
      effect.table = key.second;
      effect.root = totals.root;
      ranked.emplace_back(totals.rank, std::move(effect));
    }
    result.back().effects = sorted_effects(ranked);
  }
  return result;
}

std::string Ledger::root_name(const changeset::Relation& relation) const {
  const pg::Table* root = table_of(input_, input_.subject.root(relation.oid));
  return root && root->oid != relation.oid ? root->qualified() : relation.qualified();
}

std::uint32_t Ledger::rank(const changeset::Relation& relation) const {
  if (input_.subject.contract_table(relation.oid)) return 0;
  return input_.subject.link(relation.oid) ? 1 : 2;
}

}  // namespace rehearse
