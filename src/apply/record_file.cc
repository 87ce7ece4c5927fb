#include "apply/record_file.h"

#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace apply {

namespace {

using nlohmann::json;

constexpr std::array states = {State::running, State::deciding, State::applied,       State::refused,
                               State::undoing, State::undone,   State::undone_in_part};

State state_from(const std::string& text) {
  for (const State state : states) {
    if (name(state) == text) return state;
  }
  throw base::Error(base::Code::input, fmt::format("\"{}\" is not a state", base::one_line(text, 40)));
}

// Paths and names need not be UTF-8; JSON is.
std::string clean(const std::string& text) {
  return base::to_valid_utf8(text);
}

bool is_secret(const std::string& keyword) {
  for (const char* part : {"password", "secret", "scram"}) {
    if (keyword.find(part) != std::string::npos) return true;
  }
  return false;
}

json instant(const std::optional<base::Instant>& when) {
  return when ? json(base::to_rfc3339(*when)) : json(nullptr);
}

std::optional<base::Instant> instant_from(const json& text) {
  if (text.is_null()) return std::nullopt;
  return base::parse_rfc3339(text.get<std::string>());
}

json parameters(const pg::Parameters& target) {
  json object = json::object();
  for (const auto& [keyword, value] : target) {
    if (!is_secret(keyword)) object[keyword] = clean(value);
  }
  return object;
}

json transaction(const Transaction& transaction) {
  return {{"xid", transaction.xid},
          {"gid", transaction.gid},
          {"decided", transaction.decided},
          {"backend", transaction.backend},
          {"backend_start", transaction.backend_start},
          {"timeline", transaction.timeline}};
}

Transaction transaction_from(const json& object) {
  Transaction transaction;
  object.at("xid").get_to(transaction.xid);
  object.at("gid").get_to(transaction.gid);
  object.at("decided").get_to(transaction.decided);
  object.at("backend").get_to(transaction.backend);
  object.at("backend_start").get_to(transaction.backend_start);
  object.at("timeline").get_to(transaction.timeline);
  return transaction;
}

json body(const Record& record) {
  return {{"id", clean(record.id)},
          {"state", name(record.state)},
          {"started", base::to_rfc3339(record.started)},
          {"ended", instant(record.ended)},
          {"undone", instant(record.undone)},
          {"person", clean(record.person)},
          {"role", clean(record.role)},
          {"target", parameters(record.target)},
          {"database", clean(record.database)},
          {"database_oid", record.database_oid},
          {"system_identifier", clean(record.system_identifier)},
          {"plan_file", clean(record.plan_file)},
          {"plan_hash", clean(record.plan_hash)},
          {"proof", clean(record.proof)},
          {"outcome", clean(record.outcome)},
          {"inserted", record.inserted},
          {"updated", record.updated},
          {"deleted", record.deleted},
          {"transaction", transaction(record.transaction)},
          {"undo_transaction", transaction(record.undo_transaction)},
          {"undone_from", name(record.undone_from)},
          {"undone_by", clean(record.undone_by)},
          {"undo_leaves", record.undo_leaves},
          {"rows_not_undone", record.rows_not_undone},
          {"undone_parts", record.undone_parts}};
}

Record from_body(const json& object) {
  Record record;
  object.at("id").get_to(record.id);
  record.state = state_from(object.at("state"));
  record.started = base::parse_rfc3339(object.at("started").get<std::string>());
  record.ended = instant_from(object.at("ended"));
  record.undone = instant_from(object.at("undone"));
  object.at("person").get_to(record.person);
  object.at("role").get_to(record.role);
  object.at("target").get_to(record.target);
  object.at("database").get_to(record.database);
  record.database_oid = object.value("database_oid", "");
  object.at("system_identifier").get_to(record.system_identifier);
  object.at("plan_file").get_to(record.plan_file);
  object.at("plan_hash").get_to(record.plan_hash);
  object.at("proof").get_to(record.proof);
  object.at("outcome").get_to(record.outcome);
  object.at("inserted").get_to(record.inserted);
  object.at("updated").get_to(record.updated);
  object.at("deleted").get_to(record.deleted);
  record.transaction = transaction_from(object.at("transaction"));
  record.undo_transaction = transaction_from(object.at("undo_transaction"));
  record.undone_from = state_from(object.at("undone_from"));
  object.at("undone_by").get_to(record.undone_by);
  object.at("undo_leaves").get_to(record.undo_leaves);
  object.at("rows_not_undone").get_to(record.rows_not_undone);
  object.at("undone_parts").get_to(record.undone_parts);
  return record;
}

}  // namespace

std::string record_to_text(const Record& record) {
  const json object = body(record);
  const json file = {{"version", Record::version}, {"sha256", base::sha256_hex(object.dump())}, {"record", object}};
  return file.dump(1) + "\n";
}

Record record_from_text(std::string_view text) {
  try {
    const json file = json::parse(text);
    if (const auto& version = file.at("version"); version != Record::version) {
      throw base::Error(base::Code::input, fmt::format("it is of version {}", base::one_line(version.dump(), 20)));
    }
    const json& object = file.at("record");
    if (file.at("sha256") != base::sha256_hex(object.dump())) {
      throw base::Error(base::Code::input, "its contents do not match its hash");
    }
    return from_body(object);
  } catch (const json::exception&) {
    throw base::Error(base::Code::input, "it was cut short or altered");
  }
}

}  // namespace apply
