#include "apply/decoded.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "apply/table_rows.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "changeset/tuple.h"
#include "pg/replication.h"

namespace apply {

namespace {

constexpr std::string_view change_prefix = "table ";
constexpr int longest_prefix = 400;  // two quoted names of 63 bytes, each byte a doubled quote, and the operation
constexpr int patience = 5;          // times the lock timeout

[[noreturn]] void malformed(std::string_view line) {
  throw base::Error(
      base::Code::server,
      fmt::format("the transaction's log has a line that test_decoding should not print: {}", base::one_line(line, 80)),
      "use --proof locked-rows");
}

// What stands between two marks like the first byte of `rest`, where one of the text is doubled; taken off with them.
std::string take_quoted(std::string_view& rest, std::string_view line) {
  const char mark = rest.front();
  std::string text;
  for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == mark) {
      rest.remove_prefix(1);
      if (!rest.starts_with(mark)) return text;
    }
    text += rest.front();
  }
  malformed(line);
}

// A name as quote_identifier() prints it, taken off `rest`.
std::string take_name(std::string_view& rest, std::string_view line) {
  if (rest.starts_with('"')) return take_quoted(rest, line);
  const std::size_t end = rest.find_first_of(".:, [");
  if (end == std::string_view::npos || end == 0) malformed(line);
  std::string name(rest.substr(0, end));
  rest.remove_prefix(end);
  return name;
}

void count(Decoded& table, DecodedLine::Op op) {
  switch (op) {
    case DecodedLine::Op::insert:
      ++table.rows.inserted;
      break;
    case DecodedLine::Op::update:
      ++table.rows.updated;
      break;
    case DecodedLine::Op::erase:
      ++table.rows.deleted;
      break;
    case DecodedLine::Op::truncate:
      table.truncated = true;
      break;
  }
}

}  // namespace

std::optional<DecodedLine> parse_decoded(std::string_view line) {
  if (!line.starts_with(change_prefix)) return std::nullopt;
  std::string_view rest = line.substr(change_prefix.size());
  DecodedLine decoded;
  decoded.table = take_name(rest, line);
  if (!rest.starts_with('.')) malformed(line);
  rest.remove_prefix(1);
  decoded.table += "." + take_name(rest, line);
  if (rest.starts_with(", ")) {  // several tables: only TRUNCATE names them
    decoded.op = DecodedLine::Op::truncate;
    return decoded;
  }
  static constexpr std::array words = {std::pair{std::string_view(": INSERT:"), DecodedLine::Op::insert},
                                       std::pair{std::string_view(": UPDATE:"), DecodedLine::Op::update},
                                       std::pair{std::string_view(": DELETE:"), DecodedLine::Op::erase},
                                       std::pair{std::string_view(": TRUNCATE:"), DecodedLine::Op::truncate}};
  for (const auto& [word, op] : words) {
    if (!rest.starts_with(word)) continue;
    decoded.op = op;
    decoded.values = rest.substr(word.size());
    return decoded;
  }
  malformed(line);
}

namespace {

// A value as SQL has it, taken off `rest`; nullopt: NULL.
std::optional<std::string> take_value(std::string_view& rest, std::string_view line) {
  if (rest.starts_with("B'")) rest.remove_prefix(1);
  if (rest.starts_with('\'')) return take_quoted(rest, line);
  const std::string_view bare = rest.substr(0, rest.find(' '));
  rest.remove_prefix(bare.size());
  return bare == "null" ? std::nullopt : std::optional<std::string>(bare);
}

}  // namespace

std::optional<std::string> decoded_id(std::string_view values, const changeset::Relation& relation) {
  constexpr std::string_view before = " old-key:";
  constexpr std::string_view after = " new-tuple:";
  std::string_view rest = values;
  if (rest.starts_with(before)) rest.remove_prefix(before.size());
  std::map<std::string, std::optional<std::string>> found;
  while (rest.starts_with(' ') && !rest.starts_with(after) && !rest.starts_with(" (")) {
    rest.remove_prefix(1);
    const std::string name = take_name(rest, values);
    const std::size_t type = rest.find("]:");
    if (!rest.starts_with('[') || type == std::string_view::npos) malformed(values);
    rest.remove_prefix(type + 2);
    found[name] = take_value(rest, values);
  }
  changeset::TupleWriter tuple;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const auto value = found.find(relation.columns[i].name);
    const bool of_key = std::find(relation.key.begin(), relation.key.end(), i) != relation.key.end();
    if (of_key && value == found.end()) return std::nullopt;
    tuple.add(value == found.end() || !value->second ? changeset::Value() : changeset::Value(*value->second));
  }
  return row_id(relation, tuple.take());
}

DecodingSlot DecodingSlot::create(const Target& target) {
  Limits limits = target.limits();
  limits.statement_timeout = patience * limits.lock_timeout;
  auto settings = session_settings(limits);
  settings.insert(pg::pinned_settings().begin(), pg::pinned_settings().end());
  settings["idle_in_transaction_session_timeout"] = "0";
  pg::Connection connection = pg::Connection::open(target.parameters(), settings);
  std::string name = "pgrehearse_" + base::random_hex(8);
  try {
    connection.none("SELECT pg_catalog.pg_create_logical_replication_slot($1, 'test_decoding', true, true)", {name});
  } catch (const base::Error& error) {
    // 57014: the time is up.
    throw base::Error(base::Code::refused,
                      error.sqlstate() == "57014"
                          ? "transactions that began earlier are still writing, and a slot has to wait for them"
                          : "a slot cannot be made: " + error.message(),
                      "--proof locked-rows needs none")
        .with_sqlstate(error.sqlstate());
  }
  connection.none(fmt::format("SET statement_timeout = {}", target.limits().statement_timeout.count()));
  return DecodingSlot(std::move(connection), std::move(name));
}

void DecodingSlot::each_line(const std::string& xid, int length, const std::function<void(std::string_view)>& visit) {
  // The stream names transactions by the lower 32 bits.
  const std::string low = std::to_string(static_cast<std::uint32_t>(std::stoull(xid)));
  connection_.each_row(
      fmt::format("SELECT pg_catalog.left(data, {}) FROM pg_catalog.pg_logical_slot_peek_changes($1, NULL, NULL,"
                  " 'include-xids', '0', 'skip-empty-xacts', '1') WHERE xid = $2::pg_catalog.xid",
                  length),
      {name_, low}, [&](const auto& values) { visit(values.at(0).value_or("")); });
}

std::map<std::string, Decoded> DecodingSlot::read(const std::string& xid) {
  std::map<std::string, Decoded> tables;
  each_line(xid, longest_prefix, [&](std::string_view line) {
    if (const auto decoded = parse_decoded(line)) count(tables[decoded->table], decoded->op);
  });
  return tables;
}

void DecodingSlot::name_unplanned(const std::string& xid, const changeset::Relation& relation,
                                  const changeset::Reader& planned, Difference& difference) {
  std::vector<std::size_t> known;  // hashes: there may be millions
  const std::hash<std::string> hash;
  planned.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& of = planned.relations().at(change.relation);
    if (of.qualified() != relation.qualified()) return;
    for (const std::string& image : {change.before, change.after}) {
      if (!image.empty()) known.push_back(hash(row_id(of, image)));
    }
  });
  std::sort(known.begin(), known.end());
  each_line(xid, std::numeric_limits<int>::max(), [&](std::string_view line) {
    const auto decoded = parse_decoded(line);
    if (!decoded || decoded->table != relation.qualified()) return;
    std::optional<std::string> id = decoded_id(decoded->values, relation);
    if (id && !std::binary_search(known.begin(), known.end(), hash(*id))) difference.add(std::move(*id));
  });
}

}  // namespace apply
