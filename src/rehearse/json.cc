#include "rehearse/json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "rehearse/application.h"
#include "rehearse/json_parts.h"

namespace rehearse {

namespace {

using Json = nlohmann::ordered_json;

// Names of the enumerations, as the format has them.
constexpr const char* via_names[] = {"statement", "cascade", "trigger"};
constexpr const char* change_names[] = {"added", "dropped", "changed"};

template <typename Enum, std::size_t N>
Enum from_name(const std::string& name, const char* const (&names)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  throw base::Error(base::Code::input, fmt::format("“{}” is not a word of this format", base::one_line(name, 40)));
}

Json optional_number(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

std::optional<std::int64_t> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<std::int64_t>());
}

template <typename T, typename Convert>
std::vector<T> vector_of(const Json& array, Convert convert) {
  std::vector<T> items;
  for (const Json& item : array) items.push_back(convert(item));
  return items;
}

void put_counts(Json& json, const Counts& counts) {
  json["inserted"] = counts.inserted;
  json["updated"] = counts.updated;
  json["deleted"] = counts.deleted;
}

Counts get_counts(const Json& json) {
  return {json.at("inserted").get<std::int64_t>(), json.at("updated").get<std::int64_t>(),
          json.at("deleted").get<std::int64_t>()};
}

Json write(const PopulationEffect& population) {
  Json json = {{"name", population.name}, {"protected", population.is_protected}};
  put_counts(json, population.counts);
  return json;
}

PopulationEffect read_population(const Json& json) {
  return {json.at("name").get<std::string>(), json.at("protected").get<bool>(), get_counts(json)};
}

Json write(const TableEffect& effect) {
  Json json = {{"table", effect.table}, {"root", effect.root}};
  put_counts(json, effect.counts);
  json["truncated"] = effect.truncated;
  json["via"] = via_names[static_cast<int>(effect.via)];
  json["populations"] = array_of(effect.populations, [](const auto& population) { return write(population); });
  json["samples"] = {
      {"inserted", effect.samples.inserted}, {"updated", effect.samples.updated}, {"deleted", effect.samples.deleted}};
  return json;
}

TableEffect read_effect(const Json& json) {
  TableEffect effect{.table = json.at("table").get<std::string>(),
                     .root = json.at("root").get<std::string>(),
                     .via = from_name<Via>(json.at("via").get<std::string>(), via_names),
                     .counts = get_counts(json),
                     .truncated = json.at("truncated").get<bool>()};
  effect.populations = vector_of<PopulationEffect>(json.at("populations"), read_population);
  const Json& samples = json.at("samples");
  samples.at("inserted").get_to(effect.samples.inserted);
  samples.at("updated").get_to(effect.samples.updated);
  samples.at("deleted").get_to(effect.samples.deleted);
  return effect;
}

Json write(const UpsertEffect& upsert) {
  return {{"table", upsert.table},
          {"rows", upsert.rows},
          {"columns", upsert.columns},
          {"populations", array_of(upsert.populations, [](const auto& population) { return write(population); })},
          {"ids", upsert.ids}};
}

UpsertEffect read_upsert(const Json& json) {
  return {.table = json.at("table").get<std::string>(),
          .rows = json.at("rows").get<std::int64_t>(),
          .columns = json.at("columns").get<std::vector<std::string>>(),
          .populations = vector_of<PopulationEffect>(json.at("populations"), read_population),
          .ids = json.at("ids").get<std::vector<std::string>>()};
}

Json write(const StatementEffect& statement) {
  return {{"number", statement.number},
          {"file", statement.file},
          {"line", statement.line},
          {"words", statement.words},
          {"effects", array_of(statement.effects, [](const auto& effect) { return write(effect); })},
          {"upserts", array_of(statement.upserts, [](const auto& upsert) { return write(upsert); })}};
}

StatementEffect read_statement(const Json& json) {
  return {.number = json.at("number").get<int>(),
          .file = json.at("file").get<std::string>(),
          .line = json.at("line").get<int>(),
          .words = json.at("words").get<std::string>(),
          .effects = vector_of<TableEffect>(json.at("effects"), read_effect),
          .upserts = vector_of<UpsertEffect>(json.at("upserts"), read_upsert)};
}

Json write(const Failure& failure) {
  return {{"statement", failure.statement}, {"file", failure.file},       {"line", failure.line},
          {"sqlstate", failure.sqlstate},   {"message", failure.message}, {"left", failure.left}};
}

Failure read_failure(const Json& json) {
  return {.statement = json.at("statement").get<int>(),
          .file = json.at("file").get<std::string>(),
          .line = json.at("line").get<int>(),
          .sqlstate = json.at("sqlstate").get<std::string>(),
          .message = json.at("message").get<std::string>(),
          .left = json.at("left").get<std::string>()};
}

Json write(const SequenceMove& move) {
  return {{"name", move.name},
          {"before", optional_number(move.before)},
          {"after", optional_number(move.after)},
          {"next", move.next},
          {"rows", move.rows},
          {"set", move.set},
          {"first", optional_number(move.first)},
          {"last", optional_number(move.last)}};
}

SequenceMove read_move(const Json& json) {
  return {.name = json.at("name").get<std::string>(),
          .before = optional_number(json.at("before")),
          .after = optional_number(json.at("after")),
          .next = json.at("next").get<std::int64_t>(),
          .rows = json.at("rows").get<std::int64_t>(),
          .set = json.at("set").get<bool>(),
          .first = optional_number(json.at("first")),
          .last = optional_number(json.at("last"))};
}

Json write(const Run& run) {
  return {{"began", run.began},
          {"ended", run.ended},
          {"sets_sequences", run.sets_sequences},
          {"large_objects", run.large_objects},
          {"refreshed", run.refreshed},
          {"backends", run.backends},
          {"first_xid", run.first_xid},
          {"next_xid", run.next_xid},
          {"session_options", run.session_options}};
}

Run read_run(const Json& json) {
  return {.began = json.at("began").get<std::int64_t>(),
          .ended = json.at("ended").get<std::int64_t>(),
          .large_objects = json.at("large_objects").get<bool>(),
          .sets_sequences = json.at("sets_sequences").get<bool>(),
          .refreshed = json.value("refreshed", std::vector<std::string>()),
          .backends = json.value("backends", std::vector<int>()),
          .first_xid = json.value("first_xid", std::int64_t{0}),
          .next_xid = json.value("next_xid", std::int64_t{0}),
          .session_options = json.at("session_options").get<std::string>()};
}

Json write(const Definition& definition) {
  return {{"object", definition.object}, {"sha256", definition.sha256}};
}

Definition read_definition(const Json& json) {
  return {json.at("object").get<std::string>(), json.at("sha256").get<std::string>()};
}

Json write(const ProbeResult& probe) {
  Json json = {{"name", probe.name},
               {"landed", array_of(probe.landed, [](const Landing& landing) { return json_of(landing); })}};
  json["error"] = probe.error.empty() ? Json(nullptr) : Json(probe.error);
  return json;
}

ProbeResult read_probe(const Json& json) {
  const Json& error = json.at("error");
  return {.name = json.at("name").get<std::string>(),
          .landed = vector_of<Landing>(json.at("landed"),
                                       [](const Json& landing) {
                                         return Landing{landing.at("table").get<std::string>(),
                                                        landing.at("id").get<std::string>(),
                                                        landing.at("population").get<std::string>()};
                                       }),
          .error = error.is_null() ? "" : error.get<std::string>()};
}

Json write(const Finding& finding) {
  return {{"rule", finding.rule},
          {"statement", finding.statement},
          {"table", finding.table},
          {"rows", finding.rows},
          {"message", finding.message},
          {"ids", finding.ids},
          {"population", finding.population}};
}

Finding read_finding(const Json& json) {
  return {.rule = json.at("rule").get<std::string>(),
          .statement = json.at("statement").get<int>(),
          .table = json.at("table").get<std::string>(),
          .rows = json.at("rows").get<std::int64_t>(),
          .message = json.at("message").get<std::string>(),
          .ids = json.at("ids").get<std::vector<std::string>>(),
          .population = json.value("population", "")};
}

Json write(const ScriptFile& script) {
  return {{"name", script.name}, {"command", script.command}, {"bytes", script.bytes}, {"sha256", script.sha256}};
}

ScriptFile read_script(const Json& json) {
  return {json.at("name").get<std::string>(), json.at("command").get<bool>(), json.at("bytes").get<std::uint64_t>(),
          json.at("sha256").get<std::string>()};
}

Json write(const CatalogChange& change) {
  return {{"change", change_names[static_cast<int>(change.kind)]}, {"object", change.object}};
}

CatalogChange read_catalog_change(const Json& json) {
  return {from_name<CatalogChange::Kind>(json.at("change").get<std::string>(), change_names),
          json.at("object").get<std::string>()};
}

Json write_head(const Plan& plan) {
  Json json = {{"version", Plan::version},
               {"program", plan.program},
               {"created", base::to_rfc3339(plan.created)},
               {"verdict", plan.verdict() == Verdict::keeps ? "keeps" : "breaks"},
               {"plan", plan.file},
               {"source", plan.source},
               {"database", plan.database},
               {"role", plan.role},
               {"server_major", plan.server_major},
               {"system_identifier", plan.system_identifier}};
  json["image"] = {{"name", plan.image}, {"taken", base::to_rfc3339(plan.image_taken)}, {"reused", plan.image_reused}};
  json["sandboxed"] = plan.sandboxed;
  json["contract"] =
      plan.contract_file.empty() ? Json(nullptr) : Json{{"file", plan.contract_file}, {"sha256", plan.contract_hash}};
  json["scripts"] = array_of(plan.scripts, [](const auto& script) { return write(script); });
  const Application application = application_of(plan);
  json["application"] = {{"as", application.as_rows ? "rows" : "script"},
                         {"silent_triggers", application.silent_triggers}};
  return json;
}

void read_head(const Json& json, Plan& plan) {
  json.at("program").get_to(plan.program);
  plan.created = base::parse_rfc3339(json.at("created").get<std::string>());
  json.at("plan").get_to(plan.file);
  json.at("source").get_to(plan.source);
  json.at("database").get_to(plan.database);
  json.at("role").get_to(plan.role);
  json.at("server_major").get_to(plan.server_major);
  json.at("system_identifier").get_to(plan.system_identifier);
  json.at("image").at("name").get_to(plan.image);
  plan.image_taken = base::parse_rfc3339(json.at("image").at("taken").get<std::string>());
  json.at("image").at("reused").get_to(plan.image_reused);
  json.at("sandboxed").get_to(plan.sandboxed);
  if (const Json& contract = json.at("contract"); !contract.is_null()) {
    contract.at("file").get_to(plan.contract_file);
    contract.at("sha256").get_to(plan.contract_hash);
  }
  plan.scripts = vector_of<ScriptFile>(json.at("scripts"), read_script);
}

}  // namespace

Json json_of(const TableEffect& effect) {
  return write(effect);
}
Json json_of(const SequenceMove& move) {
  return write(move);
}
Json json_of(const Finding& finding) {
  return write(finding);
}
Json json_of(const ScriptFile& script) {
  return write(script);
}
Json json_of(const Landing& landing) {
  return {{"table", landing.table}, {"id", landing.id}, {"population", landing.population}};
}
Json json_of(const Counts& counts) {
  Json json;
  put_counts(json, counts);
  return json;
}

std::string to_json(const Plan& plan) {
  Json json = write_head(plan);
  json["effects"] = array_of(plan.effects, [](const auto& effect) { return write(effect); });
  json["statements_run"] = plan.statements_run;
  json["statements"] = array_of(plan.statements, [](const auto& statement) { return write(statement); });
  json["failure"] = plan.failure ? write(*plan.failure) : Json(nullptr);
  json["sequences"] = array_of(plan.sequences, [](const auto& move) { return write(move); });
  json["catalog"] = array_of(plan.catalog, [](const auto& change) { return write(change); });
  json["probes"] = array_of(plan.probes, [](const auto& probe) { return write(probe); });
  json["findings"] = array_of(plan.findings, [](const auto& finding) { return write(finding); });
  json["notes"] = plan.notes;
  json["run"] = write(plan.run);
  json["definitions"] = array_of(plan.definitions, [](const auto& definition) { return write(definition); });
  // Values of a SQL_ASCII database may be anything.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Plan plan_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (const int version = json.at("version").get<int>(); version != Plan::version) {
      throw base::Error(
          base::Code::input,
          fmt::format("the plan has version {}, and this program reads version {}", version, Plan::version),
          "use the pgrehearse that wrote it, or plan anew");
    }
    Plan plan;
    read_head(json, plan);
    plan.effects = vector_of<TableEffect>(json.at("effects"), read_effect);
    json.at("statements_run").get_to(plan.statements_run);
    plan.statements = vector_of<StatementEffect>(json.at("statements"), read_statement);
    if (!json.at("failure").is_null()) plan.failure = read_failure(json.at("failure"));
    plan.sequences = vector_of<SequenceMove>(json.at("sequences"), read_move);
    plan.catalog = vector_of<CatalogChange>(json.at("catalog"), read_catalog_change);
    plan.probes = vector_of<ProbeResult>(json.at("probes"), read_probe);
    plan.findings = vector_of<Finding>(json.at("findings"), read_finding);
    json.at("notes").get_to(plan.notes);
    plan.run = read_run(json.at("run"));
    plan.definitions = vector_of<Definition>(json.at("definitions"), read_definition);
    return plan;
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(base::Code::input, fmt::format("the plan's report cannot be read: {}", error.what()));
  }
}

}  // namespace rehearse
