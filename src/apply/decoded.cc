#include "apply/decoded.h"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

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

// A name as quote_identifier() prints it, taken off `rest`.
std::string take_name(std::string_view& rest, std::string_view line) {
  std::string name;
  if (!rest.starts_with('"')) {
    const std::size_t end = rest.find_first_of(".:, ");
    if (end == std::string_view::npos || end == 0) malformed(line);
    name = rest.substr(0, end);
    rest.remove_prefix(end);
    return name;
  }
  for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '"') {
      if (!rest.starts_with("\"\"")) {
        rest.remove_prefix(1);
        return name;
      }
      rest.remove_prefix(1);
    }
    name += rest.front();
  }
  malformed(line);
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
    return decoded;
  }
  malformed(line);
}

DecodingSlot DecodingSlot::create(const Target& target) {
  Limits limits = target.limits();
  limits.statement_timeout = patience * limits.lock_timeout;
  auto settings = session_settings(limits);
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

std::map<std::string, Decoded> DecodingSlot::read(const std::string& xid) {
  std::map<std::string, Decoded> tables;
  // The stream names transactions by the lower 32 bits.
  const std::string low = std::to_string(static_cast<std::uint32_t>(std::stoull(xid)));
  connection_.each_row(
      fmt::format("SELECT pg_catalog.left(data, {}) FROM pg_catalog.pg_logical_slot_get_changes($1, NULL, NULL,"
                  " 'include-xids', '0', 'skip-empty-xacts', '1') WHERE xid = $2::pg_catalog.xid",
                  longest_prefix),
      {name_, low}, [&](const auto& values) {
        if (const auto decoded = parse_decoded(values.at(0).value_or(""))) count(tables[decoded->table], decoded->op);
      });
  return tables;
}

}  // namespace apply
