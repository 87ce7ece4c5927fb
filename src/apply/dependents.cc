#include "apply/dependents.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "apply/references.h"
#include "apply/savepoint.h"
#include "apply/uniques.h"
#include "apply/writer.h"
#include "base/hash.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

using Values = std::vector<changeset::Value>;

// How many times which values were seen.
class Digests {
 public:
  void add(const base::RowHasher::Digest& digest) { all_.push_back(digest); }
  void sort() { std::sort(all_.begin(), all_.end()); }
  std::int64_t count(const base::RowHasher::Digest& digest) const {
    const auto [first, last] = std::equal_range(all_.begin(), all_.end(), digest);
    return last - first;
  }

 private:
  std::vector<base::RowHasher::Digest> all_;
};

// What the changes do to the values of one foreign key, all of its partitions together.
struct Exchange {
  Digests gained;    // by parents
  Digests lost;      // by parents
  Digests leaving;   // by children
  Digests replaced;  // of parents: others have them now
};

// Equal numbers and blank-padded texts are spelt alike afterwards.
std::string normal(std::string_view value, const std::string& type) {
  if (type == "numeric" && value.find('.') != std::string_view::npos) {
    value = value.substr(0, value.find_last_not_of('0') + 1);
    if (value.ends_with('.')) value.remove_suffix(1);
  } else if (type == "bpchar") {
    value = value.substr(0, value.find_last_not_of(' ') + 1);
  }
  return std::string(value);
}

bool any_null(const Values& values) {
  return std::any_of(values.begin(), values.end(), [](const changeset::Value& value) { return !value; });
}

// Columns of one relation that a key is made of.
struct Columns {
  std::vector<std::uint32_t> places;
  std::vector<std::string> types;

  Values of(const std::string& image) const {
    const Values all = changeset::values_of(image);
    Values values;
    for (const std::uint32_t place : places) values.push_back(all.at(place));
    return values;
  }
  // The values that a change takes away; those that it brings.
  std::optional<Values> before(const changeset::Change& change) const { return picked(change, change.before); }
  std::optional<Values> after(const changeset::Change& change) const { return picked(change, change.after); }

 private:
  std::optional<Values> picked(const changeset::Change& change, const std::string& image) const {
    const bool update = change.op == changeset::Op::update;
    if (!update && (change.op == changeset::Op::insert) != (&image == &change.after)) return std::nullopt;
    if (update && of(change.before) == of(change.after)) return std::nullopt;
    return of(image);
  }
};

// A question about rows of one relation, asked a batch at a time.
class Question {
 public:
  Question(const changeset::Relation& relation, std::size_t columns) : relation_(relation), batch_(columns) {}

  using Answer = std::function<void(std::size_t)>;  // takes the number of values that stand in the way
  using Ask = std::function<void(ValueBatch&, const Answer&)>;

  void add(const changeset::Change& change, changeset::Position position, const Values& values) {
    std::string id = row_id(relation_, change.before.empty() ? change.after : change.before);
    const std::size_t number = batch_.add(values, id);
    rows_.push_back({position, std::move(id), number});
  }
  bool full() const { return batch_.full(); }
  using Bad = std::function<void(changeset::Position, const std::string& id, std::size_t number)>;
  void ask(const Ask& question, const Bad& bad) {
    if (batch_.empty()) return;
    std::vector<bool> in_the_way(batch_.size());
    question(batch_, [&](std::size_t number) { in_the_way.at(number) = true; });
    for (const Row& row : rows_) {
      if (in_the_way[row.number]) bad(row.position, row.id, row.number);
    }
    batch_.clear();
    rows_.clear();
  }

 private:
  struct Row {
    changeset::Position position;
    std::string id;
    std::size_t number;
  };
  const changeset::Relation& relation_;
  ValueBatch batch_;
  std::vector<Row> rows_;
};

class Search {
 public:
  Search(pg::Connection& connection, const changeset::Reader& inverse, const pg::Catalog& catalog,
         const std::function<void(const Dependent&)>& conflict)
      : connection_(connection),
        inverse_(inverse),
        references_(read_references(connection)),
        uniques_(read_uniques(connection)),
        conflict_(conflict) {
    for (const changeset::Relation& relation : inverse.relations()) {
      const pg::Table* table = catalog.find(relation.schema, relation.name);
      relations_.push_back(table ? keys_of(relation, table->oid) : Keys{});
    }
  }

  void see_replaced(const changeset::Reader& replaced) {
    const std::vector<changeset::Relation>& known = inverse_.relations();
    replaced.for_each([&](const changeset::Change& change, changeset::Position) {
      const auto relation = std::find(known.begin(), known.end(), replaced.relations()[change.relation]);
      if (relation == known.end()) return;
      for (const auto& held : relations_.at(static_cast<std::size_t>(relation - known.begin())).as_parent) {
        const auto values = held.columns.after(change);
        if (values) exchanges_[held.key->whole].replaced.add(digest(*values, held.columns));
      }
    });
  }

  void run() {
    inverse_.for_each([&](const changeset::Change& change, changeset::Position) { sum(change); });
    for (auto& [whole, exchange] : exchanges_) {
      exchange.gained.sort();
      exchange.lost.sort();
      exchange.leaving.sort();
      exchange.replaced.sort();
    }
    for (auto& [unique, leaving] : leaving_) leaving.sort();
    std::optional<std::uint32_t> current;
    inverse_.for_each([&](const changeset::Change& change, changeset::Position position) {
      if (current && *current != change.relation) finish(*current);
      current = change.relation;
      look_at(change, position);
    });
    if (current) finish(*current);
  }

 private:
  template <typename Key>
  struct Held {
    const Key* key;
    Columns columns;
    Question question;
  };
  struct HeldAlone {
    const Unique* key;
    Holders holders;
    Columns columns;
    Question question;
  };
  struct Keys {
    std::vector<Held<Reference>> as_child;
    std::vector<Held<Reference>> as_parent;
    std::vector<HeldAlone> uniques;
  };

  Keys keys_of(const changeset::Relation& relation, std::uint32_t oid) const {
    Keys keys;
    for (const Reference& reference : references_) {
      if (reference.temporal) continue;
      Columns child;
      Columns parent;
      std::vector<std::string> child_names;
      std::vector<std::string> parent_names;
      for (const Reference::Column& column : reference.columns) {
        child_names.push_back(column.child);
        child.types.push_back(column.child_type);
        parent_names.push_back(column.parent);
        parent.types.push_back(column.parent_type);
      }
      if (reference.child == oid && reference.checks_child) {
        child.places = places_of(relation, child_names);
        hold(keys.as_child, reference, std::move(child), relation);
      }
      if (reference.parent == oid && reference.checks_parent) {
        parent.places = places_of(relation, parent_names);
        hold(keys.as_parent, reference, std::move(parent), relation);
      }
    }
    std::vector<std::string> types;
    for (const Unique& unique : uniques_) {
      if (unique.table != oid || (unique.primary && !unique.exclusion)) continue;  // by key all rows were looked for
      if (types.empty()) types = base_types(connection_, relation);
      std::optional<Holders> holders = Holders::of(unique, relation, types);
      if (!holders) continue;
      Columns columns{.places = holders->places(), .types = {}};
      const std::size_t count = columns.places.size();
      keys.uniques.push_back({&unique, std::move(*holders), std::move(columns), Question(relation, count)});
    }
    return keys;
  }

  template <typename Key>
  static void hold(std::vector<Held<Key>>& keys, const Key& key, Columns columns, const changeset::Relation& relation) {
    if (columns.places.empty()) return;
    const std::size_t count = columns.places.size();
    keys.push_back({&key, std::move(columns), Question(relation, count)});
  }

  std::string id_of(const changeset::Change& change, const std::string& image) const {
    return row_id(inverse_.relations()[change.relation], image);
  }

  base::RowHasher::Digest digest(const Values& values, const Columns& columns) const {
    changeset::TupleWriter writer;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i]) {
        writer.add(normal(*values[i], columns.types[i]));
      } else {
        writer.add(std::nullopt);
      }
    }
    return hash_(writer.take());
  }

  void sum(const changeset::Change& change) {
    const Keys& keys = relations_.at(change.relation);
    for (const auto& held : keys.as_parent) {
      Exchange& exchange = exchanges_[held.key->whole];
      if (const auto values = held.columns.after(change)) exchange.gained.add(digest(*values, held.columns));
      if (const auto values = held.columns.before(change)) exchange.lost.add(digest(*values, held.columns));
    }
    for (const auto& held : keys.as_child) {
      const auto values = held.columns.before(change);
      if (values) exchanges_[held.key->whole].leaving.add(digest(*values, held.columns));
    }
    for (const auto& held : keys.uniques) {
      if (held.columns.before(change)) leaving_[held.key].add(hash_(id_of(change, change.before)));
    }
  }

  void look_at(const changeset::Change& change, changeset::Position position) {
    Keys& keys = relations_.at(change.relation);
    for (auto& held : keys.as_child) {
      const auto values = held.columns.after(change);
      if (values && needs_parent(*values, *held.key)) {
        look_for_parent(held, change, position, *values);
        if (held.question.full()) ask_for_parents(held, change.relation);
      }
    }
    for (auto& held : keys.as_parent) {
      const auto values = held.columns.before(change);
      if (!values || any_null(*values)) continue;
      if (exchanges_[held.key->whole].gained.count(digest(*values, held.columns)) > 0) continue;
      held.question.add(change, position, *values);
      if (held.question.full()) ask_for_children(held, change.relation);
    }
    for (auto& held : keys.uniques) {
      const auto values = held.columns.after(change);
      if (!values) continue;
      held.question.add(change, position, *values);
      if (held.question.full()) ask_for_holders(held, change.relation);
    }
  }

  static bool needs_parent(const Values& values, const Reference& reference) {
    if (!any_null(values)) return true;
    return reference.match_full && std::any_of(values.begin(), values.end(), [](const auto& value) { return !!value; });
  }

  void look_for_parent(Held<Reference>& held, const changeset::Change& change, changeset::Position position,
                       const Values& values) {
    const Exchange& exchange = exchanges_[held.key->whole];
    const base::RowHasher::Digest wanted = digest(values, held.columns);
    if (exchange.gained.count(wanted) > 0) return;
    const std::string id = id_of(change, change.after);
    if (exchange.replaced.count(wanted) > 0) {
      conflict_({inverse_.relations()[change.relation], position, id, "orphaned",
                 fmt::format("the row of {} that it hung on does not come back: another one has its key",
                             held.key->parent_name)});
    } else if (exchange.lost.count(wanted) == 0) {
      held.question.add(change, position, values);
    } else {
      orphaned(*held.key, change.relation, position, id);
    }
  }

  void orphaned(const Reference& reference, std::uint32_t relation, changeset::Position position,
                const std::string& id) {
    conflict_({inverse_.relations()[relation], position, id, "orphaned",
               fmt::format("the row of {} that it hangs on is not there", reference.parent_name)});
  }

  void ask_for_parents(Held<Reference>& held, std::uint32_t relation) {
    held.question.ask([&](ValueBatch& batch,
                          const Question::Answer& bad) { find_orphans(connection_, *held.key, batch, false, bad); },
                      [&](changeset::Position position, const std::string& id, std::size_t) {
                        orphaned(*held.key, relation, position, id);
                      });
  }

  void ask_for_children(Held<Reference>& held, std::uint32_t relation) {
    const Digests& leaving = exchanges_[held.key->whole].leaving;
    ask_beyond(
        held, leaving,
        [&](ValueBatch& batch, const auto& count) { count_children(connection_, *held.key, batch, count); },
        [&](changeset::Position position, const std::string& id, std::size_t) {
          conflict_({inverse_.relations()[relation], position, id, "referenced",
                     fmt::format("rows of {} hang on it", held.key->child_name)});
        });
  }

  // Bad is a holder that is not on its way out.
  void ask_for_holders(HeldAlone& held, std::uint32_t relation) {
    const Digests& leaving = leaving_[held.key];
    std::map<std::size_t, std::string> holders;
    held.question.ask(
        [&](ValueBatch& batch, const Question::Answer& answer) {
          in_savepoint(
              connection_, "pgrehearse_question",
              [&] {
                held.holders.find(connection_, batch, [&](std::size_t number, const std::string& holder) {
                  if (leaving.count(hash_(holder)) > 0) return;
                  holders.emplace(number, holder);
                  answer(number);
                });
              },
              cannot_be_asked);
        },
        [&](changeset::Position position, const std::string& id, std::size_t number) {
          conflict_({inverse_.relations()[relation], position, id, "unique",
                     fmt::format("another row has what must be there once ({})", held.key->name), holders.at(number)});
        });
  }

  // Bad are values that more rows of production have than are on their way out.
  template <typename Key, typename Count, typename Bad>
  void ask_beyond(Held<Key>& held, const Digests& leaving, Count count, Bad bad) {
    held.question.ask(
        [&](ValueBatch& batch, const Question::Answer& answer) {
          count(batch, [&](std::size_t number, std::int64_t rows) {
            const Values values = changeset::values_of(batch.spelt(number));
            if (rows > leaving.count(digest(values, held.columns))) answer(number);
          });
        },
        bad);
  }

  void finish(std::uint32_t relation) {
    Keys& keys = relations_.at(relation);
    for (auto& held : keys.as_child) ask_for_parents(held, relation);
    for (auto& held : keys.as_parent) ask_for_children(held, relation);
    for (auto& held : keys.uniques) ask_for_holders(held, relation);
  }

  pg::Connection& connection_;
  const changeset::Reader& inverse_;
  std::vector<Reference> references_;
  std::vector<Unique> uniques_;
  const std::function<void(const Dependent&)>& conflict_;
  const base::RowHasher hash_;
  std::vector<Keys> relations_;  // by the index of the relation
  std::map<std::uint32_t, Exchange> exchanges_;
  std::map<const Unique*, Digests> leaving_;
};

}  // namespace

void find_dependents(pg::Connection& connection, const changeset::Reader& inverse, const pg::Catalog& catalog,
                     const std::function<void(const Dependent&)>& conflict, const changeset::Reader* replaced) {
  Search search(connection, inverse, catalog, conflict);
  if (replaced) search.see_replaced(*replaced);
  search.run();
}

}  // namespace apply
