#include "apply/key_checks.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"

namespace apply {

namespace {

constexpr std::size_t ids_named = 10;

// The first rows of each bad value.
struct Violation {
  bool more = false;
  std::vector<std::string> ids;
  void add(const std::string& id) {
    more = ids.size() == ids_named;
    if (!more) ids.push_back(id);
  }
};

[[noreturn]] void refuse(const std::string& table, const Violation& violation, const std::string& why) {
  throw base::Error(
      base::Code::refused,
      fmt::format("rows of {} {}: {}{}", table, why, fmt::join(violation.ids, ", "), violation.more ? ", …" : ""),
      "somebody else wrote in the meantime, or the rows hang on others that are not part of this");
}

// One question about the rows of one relation, asked batch by batch.
class Check {
 public:
  explicit Check(std::vector<std::uint32_t> places) : places_(std::move(places)), batch_(places_.size()) {}
  virtual ~Check() = default;

  void look_at(const changeset::Relation& relation, const changeset::Change& change) {
    if (!holds(change)) return;
    const std::string& image = image_of(change);
    const std::vector<changeset::Value> values = picked(image);
    if (change.op == changeset::Op::update && values == picked(other_of(change))) return;
    if (!counts(values)) return;
    batch_.add(values, row_id(relation, image));
    if (batch_.full()) ask();
  }
  void finish() {
    if (!batch_.empty()) ask();
    if (!violation_.ids.empty()) report(violation_);
  }

 protected:
  virtual bool holds(const changeset::Change& change) const = 0;
  virtual const std::string& image_of(const changeset::Change& change) const = 0;
  virtual const std::string& other_of(const changeset::Change& change) const = 0;
  // Whether these values, NULLs among them, are a matter for the check at all.
  virtual bool counts(const std::vector<changeset::Value>& values) = 0;
  virtual void question(ValueBatch& batch, const std::function<void(std::size_t)>& bad) = 0;
  [[noreturn]] virtual void report(const Violation& violation) const = 0;

  static bool any_null(const std::vector<changeset::Value>& values) {
    return std::any_of(values.begin(), values.end(), [](const changeset::Value& value) { return !value; });
  }

 private:
  std::vector<changeset::Value> picked(const std::string& image) const {
    const std::vector<changeset::Value> all = changeset::values_of(image);
    std::vector<changeset::Value> values;
    for (const std::uint32_t place : places_) values.push_back(all.at(place));
    return values;
  }
  void ask() {
    question(batch_, [&](std::size_t number) { violation_.add(batch_.id(number)); });
    batch_.clear();
  }

  std::vector<std::uint32_t> places_;
  ValueBatch batch_;
  Violation violation_;
};

class OfImageAfter : public Check {
 public:
  using Check::Check;

 protected:
  bool holds(const changeset::Change& change) const override {
    return change.op == changeset::Op::insert || change.op == changeset::Op::update;
  }
  const std::string& image_of(const changeset::Change& change) const override { return change.after; }
  const std::string& other_of(const changeset::Change& change) const override { return change.before; }
};

class HasParents : public OfImageAfter {
 public:
  HasParents(pg::Connection& connection, const Reference& reference, std::vector<std::uint32_t> places)
      : OfImageAfter(std::move(places)), connection_(connection), reference_(reference) {}

 protected:
  bool counts(const std::vector<changeset::Value>& values) override {
    if (!any_null(values)) return true;
    const bool whole = std::none_of(values.begin(), values.end(), [](const auto& value) { return value.has_value(); });
    return reference_.match_full && !whole;  // no parent has a NULL there: found missing
  }
  void question(ValueBatch& batch, const std::function<void(std::size_t)>& bad) override {
    find_orphans(connection_, reference_, batch, true, bad);
  }
  void report(const Violation& violation) const override {
    refuse(reference_.child_name, violation,
           fmt::format("would hang on rows of {} that are not there ({})", reference_.parent_name, reference_.name));
  }

 private:
  pg::Connection& connection_;
  const Reference& reference_;
};

class NotReferenced : public Check {
 public:
  NotReferenced(pg::Connection& connection, const Reference& reference, std::vector<std::uint32_t> places)
      : Check(std::move(places)), connection_(connection), reference_(reference) {}

 protected:
  bool holds(const changeset::Change& change) const override {
    return change.op == changeset::Op::erase || change.op == changeset::Op::update;
  }
  const std::string& image_of(const changeset::Change& change) const override { return change.before; }
  const std::string& other_of(const changeset::Change& change) const override { return change.after; }
  bool counts(const std::vector<changeset::Value>& values) override { return !any_null(values); }
  void question(ValueBatch& batch, const std::function<void(std::size_t)>& bad) override {
    find_referenced(connection_, reference_, batch, bad);
  }
  void report(const Violation& violation) const override {
    refuse(reference_.parent_name, violation,
           fmt::format("would go though rows of {} hang on them ({})", reference_.child_name, reference_.name));
  }

 private:
  pg::Connection& connection_;
  const Reference& reference_;
};

class NotTwice : public OfImageAfter {
 public:
  NotTwice(pg::Connection& connection, const Unique& unique, const pg::Table& table, Holders holders)
      : OfImageAfter(holders.places()),
        connection_(connection),
        unique_(unique),
        table_(table),
        holders_(std::move(holders)) {}

 protected:
  bool counts(const std::vector<changeset::Value>&) override { return true; }
  void question(ValueBatch& batch, const std::function<void(std::size_t)>& bad) override {
    std::vector<bool> itself(batch.size());
    holders_.find(connection_, batch, [&](std::size_t number, const std::string& holder) {
      if (holder == batch.id(number) && !itself[number]) {
        itself[number] = true;
      } else {
        bad(number);
      }
    });
  }
  void report(const Violation& violation) const override {
    refuse(table_.qualified(), violation, fmt::format("would have values that others have ({})", unique_.name));
  }

 private:
  pg::Connection& connection_;
  const Unique& unique_;
  const pg::Table& table_;
  Holders holders_;
};

using Checks = std::vector<std::unique_ptr<Check>>;

Checks checks_of(pg::Connection& connection, const changeset::Relation& relation, const pg::Table& table,
                 const std::vector<Reference>& references, const std::vector<Unique>& uniques) {
  Checks checks;
  for (const Reference& reference : references) {
    std::vector<std::string> child;
    std::vector<std::string> parent;
    for (const Reference::Column& column : reference.columns) {
      child.push_back(column.child);
      parent.push_back(column.parent);
    }
    if (reference.child == table.oid && reference.checks_child) {
      if (auto places = places_of(relation, child); !places.empty()) {
        checks.push_back(std::make_unique<HasParents>(connection, reference, std::move(places)));
      }
    }
    if (reference.parent == table.oid && reference.checks_parent) {
      if (auto places = places_of(relation, parent); !places.empty()) {
        checks.push_back(std::make_unique<NotReferenced>(connection, reference, std::move(places)));
      }
    }
  }
  std::vector<std::string> types;
  for (const Unique& unique : uniques) {
    if (unique.table != table.oid || !unique.deferrable) continue;
    if (types.empty()) types = base_types(connection, relation);
    if (std::optional<Holders> holders = Holders::of(unique, relation, types)) {
      checks.push_back(std::make_unique<NotTwice>(connection, unique, table, std::move(*holders)));
    }
  }
  return checks;
}

}  // namespace

void check_keys(pg::Connection& connection, const changeset::Reader& net, const Survey& survey,
                const std::vector<Reference>& references, const std::vector<Unique>& uniques) {
  Checks checks;
  std::uint32_t current = UINT32_MAX;
  const auto finish = [&] {
    for (const auto& check : checks) check->finish();
  };
  net.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = net.relations()[change.relation];
    if (change.relation != current) {
      finish();
      current = change.relation;
      checks = checks_of(connection, relation, *survey.at(relation).table, references, uniques);
    }
    for (const auto& check : checks) check->look_at(relation, change);
  });
  finish();
}

}  // namespace apply
