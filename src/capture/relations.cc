#include "capture/relations.h"

#include <algorithm>

#include "base/error.h"

namespace capture {
namespace {

constexpr std::string_view kOwnSchema = "pgrehearse";
constexpr std::string_view kForgottenType = "???";  // what format_type() says of a type that was dropped

std::vector<std::uint32_t> key_of(std::uint32_t oid, const std::vector<changeset::Column>& columns,
                                  const KeyLookup& keys) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  std::vector<std::uint32_t> indexes;
  for (const std::string& name : keys(oid, names)) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return {};
    indexes.push_back(static_cast<std::uint32_t>(found - names.begin()));
  }
  return indexes;
}

}  // namespace

void Relations::describe(const pg::pgoutput::Relation& described, const KeyLookup& keys, pg::Connection& control) {
  changeset::Relation relation{described.oid, described.schema, described.name, {}, {}};
  std::vector<bool> left_out = generated_columns(described, control);
  for (std::size_t index = 0; index < described.columns.size(); ++index) {
    const auto& column = described.columns[index];
    if (!left_out[index]) relation.columns.push_back({column.name, type_name(column.type, control)});
  }
  relation.key = key_of(relation.oid, relation.columns, keys);

  Known& known = known_[described.oid];
  known.left_out = std::move(left_out);
  if (known.relation && *known.relation == relation) return;
  if (known.relation) replaced_.push_back(std::move(known.relation));
  known.relation = std::make_shared<const changeset::Relation>(std::move(relation));
  known.version = ++versions_;
  known.ours = described.schema == kOwnSchema;
}

std::vector<bool> Relations::generated_columns(const pg::pgoutput::Relation& described, pg::Connection& control) {
  std::vector<bool> generated(described.columns.size());
  if (control.server_major() < 18) return generated;
  const auto now = control.rows(
      "SELECT attname, attgenerated <> '' FROM pg_catalog.pg_attribute"
      " WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated <> 'v'"
      " ORDER BY attnum",
      {std::to_string(described.oid)});
  // The catalog is today's: a column may have got another name since, but not another place.
  const bool in_place = now.size() == described.columns.size();
  for (std::size_t index = 0; index < generated.size(); ++index) {
    for (std::size_t candidate = 0; candidate < now.size(); ++candidate) {
      const bool same = in_place ? candidate == index : now[candidate][0] == described.columns[index].name;
      if (same && now[candidate][1] == "t") generated[index] = true;
    }
  }
  return generated;
}

void Relations::announce(const pg::pgoutput::Type& type) {
  announced_.insert_or_assign(type.oid, pg::quote_qualified(type.schema, type.name));
}

const Relations::Known& Relations::at(std::uint32_t oid) const {
  const auto found = known_.find(oid);
  if (found == known_.end()) {
    throw base::Error(base::Code::server,
                      "a change names table " + std::to_string(oid) + ", which was never described");
  }
  return found->second;
}

const std::string& Relations::type_name(std::uint32_t oid, pg::Connection& control) {
  const auto [entry, is_new] = types_.try_emplace(oid);
  if (!is_new) return entry->second;
  entry->second = control.one_value("SELECT pg_catalog.format_type($1::oid, -1)", {std::to_string(oid)}).value();
  if (const auto named = announced_.find(oid); entry->second == kForgottenType && named != announced_.end()) {
    entry->second = named->second;
  }
  return entry->second;
}

}  // namespace capture
