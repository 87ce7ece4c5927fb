#include "pg/connection.h"

#include <libpq-fe.h>

#include <utility>

#include "base/error.h"
#include "pg/connect.h"
#include "pg/exchange.h"

namespace pg {
namespace {

[[noreturn]] void wrong_shape(std::string_view expected, const std::string& sql) {
  throw base::Error(base::Code::internal, "a query did not give " + std::string(expected) + ": " + sql);
}

OptionalText value_of(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::nullopt;
  return std::string(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
}

Row row_of(const PGresult* result, int row) {
  const int columns = PQnfields(result);
  Row values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) values.push_back(value_of(result, row, column));
  return values;
}

std::string error_field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

void describe_failure(const PGconn* connection, const PGresult* result, Connection::Outcome& outcome) {
  outcome.ok = false;
  outcome.sqlstate = error_field(result, PG_DIAG_SQLSTATE);
  outcome.message = error_field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (outcome.message.empty()) outcome.message = server_error(connection, result).message();
  outcome.detail.clear();
  for (const int code : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_CONTEXT}) {
    const std::string text = error_field(result, code);
    if (text.empty()) continue;
    if (!outcome.detail.empty()) outcome.detail += '\n';
    outcome.detail += text;
  }
  const std::string position = error_field(result, PG_DIAG_STATEMENT_POSITION);
  outcome.position = position.empty() ? 0 : std::stoi(position);
}

}  // namespace

struct Connection::State {
  ConnectionHandle handle;
  Parameters parameters;
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection Connection::open(const Parameters& parameters, const std::map<std::string, std::string>& options) {
  auto state = std::make_unique<State>();
  state->parameters = parameters;
  state->handle = connect(parameters, options);
  return Connection(std::move(state));
}

namespace {

// The only result of a request that gives one; null where it gave none that has rows or a command tag.
ResultHandle only_result(PGconn* connection, const std::string& sql, const std::vector<OptionalText>& parameters) {
  Exchange exchange(connection, sql, parameters);
  ResultHandle result = exchange.next_good();
  switch (PQresultStatus(result.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      break;
    default:
      wrong_shape("rows", sql);
  }
  while (exchange.next()) {
  }
  return result;
}

ResultHandle result_with_rows(PGconn* connection, const std::string& sql, const std::vector<OptionalText>& parameters) {
  ResultHandle result = only_result(connection, sql, parameters);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) wrong_shape("rows", sql);
  return result;
}

}  // namespace

void Connection::none(const std::string& sql, const std::vector<OptionalText>& parameters) {
  only_result(raw(), sql, parameters);
}

OptionalText Connection::one_value(const std::string& sql, const std::vector<OptionalText>& parameters) {
  const ResultHandle result = result_with_rows(raw(), sql, parameters);
  if (PQntuples(result.get()) != 1 || PQnfields(result.get()) != 1) wrong_shape("exactly one value", sql);
  return value_of(result.get(), 0, 0);
}

Row Connection::one_row(const std::string& sql, const std::vector<OptionalText>& parameters) {
  const ResultHandle result = result_with_rows(raw(), sql, parameters);
  if (PQntuples(result.get()) != 1) wrong_shape("exactly one row", sql);
  return row_of(result.get(), 0);
}

std::optional<Row> Connection::maybe_row(const std::string& sql, const std::vector<OptionalText>& parameters) {
  const ResultHandle result = result_with_rows(raw(), sql, parameters);
  if (PQntuples(result.get()) > 1) wrong_shape("at most one row", sql);
  if (PQntuples(result.get()) == 0) return std::nullopt;
  return row_of(result.get(), 0);
}

std::vector<Row> Connection::rows(const std::string& sql, const std::vector<OptionalText>& parameters) {
  const ResultHandle result = result_with_rows(raw(), sql, parameters);
  const int count = PQntuples(result.get());
  std::vector<Row> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) all.push_back(row_of(result.get(), row));
  return all;
}

void Connection::each_row(const std::string& sql, const std::vector<OptionalText>& parameters,
                          const std::function<void(const std::vector<std::optional<std::string_view>>&)>& visit) {
  Exchange exchange(raw(), sql, parameters);
  exchange.single_rows();
  std::vector<std::optional<std::string_view>> values;
  for (;;) {
    const ResultHandle result = exchange.next_good();
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK) break;
    if (status != PGRES_SINGLE_TUPLE) wrong_shape("rows", sql);
    values.clear();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      values.emplace_back();
      if (PQgetisnull(result.get(), 0, column) != 0) continue;
      values.back() = std::string_view(PQgetvalue(result.get(), 0, column),
                                       static_cast<std::size_t>(PQgetlength(result.get(), 0, column)));
    }
    visit(values);
  }
  while (exchange.next()) {
  }
}

void Connection::script(const std::string& sql) {
  Exchange exchange(raw(), sql);
  while (const ResultHandle result = exchange.next()) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR) throw server_error(raw(), result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) wrong_shape("no COPY", sql);
  }
}

void Connection::copy_out(const std::string& sql, const std::function<void(std::string_view)>& sink) {
  Exchange exchange(raw(), sql);
  if (PQresultStatus(exchange.next_good().get()) != PGRES_COPY_OUT) wrong_shape("COPY data", sql);
  while (const auto chunk = exchange.copy_chunk()) sink(chunk->bytes());
  exchange.next_good();
  while (exchange.next()) {
  }
}

void Connection::copy_in(const std::string& sql, const std::function<std::string_view()>& source) {
  Exchange exchange(raw(), sql);
  if (PQresultStatus(exchange.next_good().get()) != PGRES_COPY_IN) wrong_shape("a request for COPY data", sql);
  for (std::string_view bytes = source(); !bytes.empty() && exchange.put_copy(bytes); bytes = source()) {
  }
  exchange.end_copy();
  exchange.next_good();
  while (exchange.next()) {
  }
}

Connection::Outcome Connection::run_statement(std::string_view sql, std::optional<std::string_view> copy_data) {
  Outcome outcome;
  if (sql.find('\0') != std::string_view::npos) {
    outcome.sqlstate = "22021";
    outcome.message = "invalid byte sequence for encoding \"UTF8\": 0x00";
    return outcome;
  }
  if (PQstatus(raw()) == CONNECTION_BAD) {
    outcome.message = "the connection was lost";
    outcome.connection_lost = true;
    return outcome;
  }
  outcome.ok = true;
  Exchange exchange(raw(), std::string(sql));
  exchange.single_rows();
  while (const ResultHandle result = exchange.next()) {
    switch (PQresultStatus(result.get())) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        outcome.tag = PQcmdStatus(result.get());
        break;
      case PGRES_COPY_IN:
        if (copy_data) exchange.put_copy(*copy_data);
        exchange.end_copy(copy_data ? nullptr : "the script has no data for this COPY");
        copy_data.reset();
        break;
      case PGRES_COPY_OUT:
        while (exchange.copy_chunk()) {
        }
        break;
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE:
        // What follows the first failure is that the connection was lost over it.
        if (outcome.ok) describe_failure(raw(), result.get(), outcome);
        break;
      default:  // a row, dropped; or an empty query
        break;
    }
    if (PQstatus(raw()) == CONNECTION_BAD) break;
  }
  outcome.connection_lost = PQstatus(raw()) == CONNECTION_BAD;
  return outcome;
}

bool Connection::in_transaction() const {
  const PGTransactionStatusType status = PQtransactionStatus(raw());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

int Connection::server_version() const {
  return PQserverVersion(raw());
}
int Connection::server_major() const {
  return server_version() / 10000;
}
const Parameters& Connection::parameters() const {
  return state_->parameters;
}
int Connection::backend_pid() const {
  return PQbackendPID(raw());
}
pg_conn* Connection::raw() const {
  return state_->handle.get();
}

std::string Connection::quote_literal(std::string_view text) const {
  const std::unique_ptr<char, FreeMemory> quoted(PQescapeLiteral(raw(), text.data(), text.size()));
  if (!quoted) throw server_error(raw(), nullptr);
  return quoted.get();
}

}  // namespace pg
