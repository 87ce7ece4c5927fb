#include "repository/manifest.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "repository/hashed_json.h"
#include "repository/point_id.h"

namespace repository {

namespace {

using nlohmann::json;

constexpr std::string_view body_name = "manifest";

// Names out of a database need not be UTF-8; JSON is.
std::string clean(const std::string& text) {
  return base::to_valid_utf8(text);
}

json object_to_json(const StoredObject& object) {
  return {{"name", object.name},
          {"bytes", object.bytes},
          {"sha256", object.sha256},
          {"compression", "zstd"},
          {"content_bytes", object.content_bytes},
          {"content_sha256", object.content_sha256},
          {"sealed_with", object.key_id.empty() ? json(nullptr) : json(object.key_id)}};
}

StoredObject object_from_json(const json& object) {
  StoredObject stored;
  object.at("name").get_to(stored.name);
  object.at("bytes").get_to(stored.bytes);
  object.at("sha256").get_to(stored.sha256);
  object.at("content_bytes").get_to(stored.content_bytes);
  object.at("content_sha256").get_to(stored.content_sha256);
  if (const json& key = object.at("sealed_with"); !key.is_null()) key.get_to(stored.key_id);
  return stored;
}

json audit_to_json(const std::optional<AuditState>& audit) {
  if (!audit) return nullptr;
  json findings = json::array();
  for (const auto& [rule, table] : audit->findings) findings.push_back({{"rule", rule}, {"table", clean(table)}});
  return findings;
}

json source_to_json(const std::optional<Source>& source) {
  if (!source) return nullptr;
  return {{"name", clean(source->database)}, {"system_identifier", clean(source->system_identifier)}};
}

json database_to_json(const DatabaseFacts& facts) {
  json tables = json::array();
  for (const TableRows& table : facts.tables)
    tables.push_back({{"schema", clean(table.schema)}, {"name", clean(table.name)}, {"rows", table.rows}});
  return {{"name", clean(facts.database)},       {"major", facts.major},
          {"version", clean(facts.version)},     {"system_identifier", clean(facts.system_identifier)},
          {"encoding", clean(facts.encoding)},   {"tables", std::move(tables)},
          {"audit", audit_to_json(facts.audit)}, {"continues", source_to_json(facts.continues)}};
}

DatabaseFacts database_from_json(const json& object) {
  DatabaseFacts facts;
  object.at("name").get_to(facts.database);
  object.at("major").get_to(facts.major);
  object.at("version").get_to(facts.version);
  object.at("system_identifier").get_to(facts.system_identifier);
  object.at("encoding").get_to(facts.encoding);
  for (const json& table : object.at("tables")) {
    facts.tables.push_back({table.at("schema"), table.at("name"), table.at("rows")});
  }
  if (const json& findings = object.at("audit"); !findings.is_null()) {
    facts.audit.emplace();
    for (const json& finding : findings) facts.audit->findings.emplace_back(finding.at("rule"), finding.at("table"));
  }
  if (const json& source = object.at("continues"); !source.is_null())
    facts.continues = Source{.system_identifier = source.at("system_identifier"), .database = source.at("name")};
  return facts;
}

json redis_to_json(const RedisFacts& facts) {
  json databases = json::array();
  for (const RedisDatabase& database : facts.databases) {
    databases.push_back({{"index", database.index},
                         {"keys", database.keys},
                         {"expiring", database.expiring},
                         {"names", database.names},
                         {"expiries", database.expiries}});
  }
  return {{"server", clean(facts.server)},
          {"continues", facts.continues ? json(clean(*facts.continues)) : json(nullptr)},
          {"version", clean(facts.version)},
          {"databases", std::move(databases)}};
}

RedisFacts redis_from_json(const json& object) {
  RedisFacts facts;
  object.at("server").get_to(facts.server);
  if (const json& before = object.at("continues"); !before.is_null()) facts.continues = before;
  object.at("version").get_to(facts.version);
  for (const json& entry : object.at("databases")) {
    RedisDatabase& database = facts.databases.emplace_back();
    entry.at("index").get_to(database.index);
    entry.at("keys").get_to(database.keys);
    entry.at("expiring").get_to(database.expiring);
    entry.at("names").get_to(database.names);
    entry.at("expiries").get_to(database.expiries);
  }
  return facts;
}

// How a person restores the point with what every machine has; sealed objects are opened first
// (docs/formats/sealed.md).
json commands(const Manifest& manifest) {
  json lines = json::array();
  for (const StoredObject& object : manifest.objects) {
    lines.push_back(fmt::format("sha256sum {}  # {}", object.name, object.sha256));
    if (object.key_id.empty()) continue;
    lines.push_back(
        fmt::format("# sealed with key {}: docs/formats/sealed.md, and unseal.py beside it", object.key_id));
    lines.push_back(fmt::format("python3 unseal.py KEY_FILE {} <{} >opened && mv opened {}",
                                object_key(manifest.id, object.name), object.name, object.name));
  }
  if (manifest.redis) {
    lines.emplace_back("zstd -d dump.rdb.zst && redis-server --dbfilename dump.rdb --dir .");
  } else {
    lines.emplace_back("zstd -dc roles.sql.zst | psql postgres");
    lines.push_back(fmt::format("zstd -dc dump.pgdump.zst | {} --dbname=postgres", pg_restore_by_hand));
    lines.emplace_back(about_tablespaces);
  }
  return lines;
}

json body_of(const Manifest& manifest) {
  json objects = json::array();
  for (const StoredObject& object : manifest.objects) objects.push_back(object_to_json(object));
  return {{"id", manifest.id},
          {"tier", manifest.tier},
          {"what", contract::name(manifest.what)},
          {"taken", base::to_rfc3339(manifest.taken)},
          {"finished", base::to_rfc3339(manifest.finished)},
          {"source", clean(manifest.source)},
          {"program", manifest.program},
          {"objects", std::move(objects)},
          {"database", manifest.database ? database_to_json(*manifest.database) : json(nullptr)},
          {"redis", manifest.redis ? redis_to_json(*manifest.redis) : json(nullptr)},
          {"restore", commands(manifest)}};
}

Manifest from_body(const json& body) {
  Manifest manifest;
  body.at("id").get_to(manifest.id);
  body.at("tier").get_to(manifest.tier);
  manifest.what =
      body.at("what") == contract::name(contract::What::redis) ? contract::What::redis : contract::What::dump;
  manifest.taken = base::parse_rfc3339(body.at("taken").get<std::string>());
  manifest.finished = base::parse_rfc3339(body.at("finished").get<std::string>());
  body.at("source").get_to(manifest.source);
  body.at("program").get_to(manifest.program);
  for (const json& object : body.at("objects")) manifest.objects.push_back(object_from_json(object));
  if (const json& database = body.at("database"); !database.is_null()) manifest.database = database_from_json(database);
  if (const json& redis = body.at("redis"); !redis.is_null()) manifest.redis = redis_from_json(redis);
  return manifest;
}

}  // namespace

std::uint64_t Manifest::bytes() const {
  std::uint64_t sum = 0;
  for (const StoredObject& object : objects) sum += object.bytes;
  return sum;
}

const StoredObject* Manifest::find(std::string_view name) const {
  for (const StoredObject& object : objects) {
    if (object.name == name) return &object;
  }
  return nullptr;
}

Source source_of(const Manifest& manifest) {
  if (manifest.redis) return {.system_identifier = {}, .database = manifest.redis->server};
  if (!manifest.database) return {};
  return {.system_identifier = manifest.database->system_identifier, .database = manifest.database->database};
}

std::optional<Source> continues_of(const Manifest& manifest) {
  if (manifest.database) return manifest.database->continues;
  if (!manifest.redis || !manifest.redis->continues) return std::nullopt;
  return Source{.system_identifier = {}, .database = *manifest.redis->continues};
}

void set_continues(Manifest& manifest, const std::optional<Source>& before) {
  if (manifest.database) manifest.database->continues = before;
  if (manifest.redis) manifest.redis->continues = before ? std::optional(before->database) : std::nullopt;
}

std::string to_json(const Manifest& manifest, const KeyRing* keys) {
  return to_hashed_json(body_name, Manifest::version, body_of(manifest), keys ? &keys->writing() : nullptr);
}

Manifest parse_manifest(std::string_view text, const std::string& id) {
  const HashedJson read = read_hashed_json(body_name, Manifest::version, text);
  Manifest manifest;
  try {
    manifest = from_body(read.body);
  } catch (const json::exception&) {
    throw base::Error(base::Code::storage, "it lacks what a manifest says");
  }
  manifest.sha256 = read.sha256;
  manifest.mac = read.mac;
  if (manifest.id != id)
    throw base::Error(base::Code::storage, fmt::format("it is the manifest of {}", base::one_line(manifest.id, 80)));
  if (manifest.database.has_value() != (manifest.what == contract::What::dump) ||
      manifest.redis.has_value() != (manifest.what == contract::What::redis))
    throw base::Error(base::Code::storage, "it does not say what it is a backup of");
  return manifest;
}

}  // namespace repository
