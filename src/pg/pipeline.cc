#include "pg/pipeline.h"

#include <libpq-fe.h>

#include <chrono>
#include <utility>

#include "base/error.h"
#include "pg/exchange.h"
#include "sys/signals.h"

namespace pg {

namespace {

using Clock = std::chrono::steady_clock;

// Pipeline mode from the first statement to the answer that ends it.
class Flight {
 public:
  explicit Flight(PGconn* connection) : connection_(connection) {
    if (PQenterPipelineMode(connection_) != 1) throw server_error(connection_, nullptr);
  }
  // Answers that nobody read, because somebody threw, are dropped.
  ~Flight() {
    try {
      if (!over_) drop_rest();
    } catch (const base::Error&) {
      // The connection is in no state to be used again, and says so itself when somebody tries.
    }
    PQexitPipelineMode(connection_);
  }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  void send(const std::string& sql, const std::vector<OptionalText>& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const OptionalText& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
    check(PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                            nullptr, 0));
  }
  void end() {
    check(PQpipelineSync(connection_));
    ended_ = true;
  }

  // The next result; null after the last one of each statement. over() once the server has answered everything.
  ResultHandle next() {
    send_queued(connection_);
    while (PQisBusy(connection_) != 0 && PQstatus(connection_) == CONNECTION_OK) transfer(connection_, -1);
    return seen(ResultHandle(PQgetResult(connection_)));
  }
  bool over() const { return over_; }

 private:
  void check(int sent) {
    if (sent != 0) return;
    over_ = PQstatus(connection_) == CONNECTION_BAD;
    throw server_error(connection_, nullptr);
  }

  ResultHandle seen(ResultHandle result) {
    over_ = result ? PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC : PQstatus(connection_) == CONNECTION_BAD;
    return result;
  }

  void drop_rest() {
    const sys::InterruptShield shield;
    if (!ended_ && PQpipelineSync(connection_) == 0) return;
    cancel(connection_);
    const auto deadline = Clock::now() + cancel_patience;
    while (!over_ && Clock::now() < deadline) {
      while (!over_ && PQflush(connection_) == 0 && PQisBusy(connection_) == 0) {
        seen(ResultHandle(PQgetResult(connection_)));
      }
      if (!over_) transfer(connection_, 100);
    }
  }

  PGconn* connection_;
  bool ended_ = false;
  bool over_ = false;
};

void visit_rows(const PGresult* result, const Pipeline::Visit& visit) {
  std::vector<std::optional<std::string_view>> values;
  for (int row = 0; row < PQntuples(result); ++row) {
    values.clear();
    for (int column = 0; column < PQnfields(result); ++column) {
      values.emplace_back();
      if (PQgetisnull(result, row, column) != 0) continue;
      values.back() =
          std::string_view(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
    }
    visit(values);
  }
}

}  // namespace

void Pipeline::add(std::string sql, std::vector<OptionalText> parameters, Visit visit) {
  bytes_ += sql.size();
  for (const OptionalText& parameter : parameters) bytes_ += parameter ? parameter->size() : 0;
  statements_.push_back({std::move(sql), std::move(parameters), std::move(visit)});
}

void Pipeline::run() {
  const std::vector<Statement> statements = std::exchange(statements_, {});
  bytes_ = 0;
  if (statements.empty()) return;
  PGconn* connection = connection_.raw();
  Flight flight(connection);
  for (const Statement& statement : statements) flight.send(statement.sql, statement.parameters);
  flight.end();
  std::optional<base::Error> failure;
  std::size_t answered = 0;
  while (!flight.over()) {
    const ResultHandle result = flight.next();
    switch (PQresultStatus(result.get())) {  // PGRES_FATAL_ERROR where there is none
      case PGRES_TUPLES_OK:
        if (const Visit& visit = statements.at(answered).visit; visit) visit_rows(result.get(), visit);
        break;
      case PGRES_FATAL_ERROR:
      case PGRES_BAD_RESPONSE:
        if (result && !failure) failure = server_error(connection, result.get());
        break;
      default:
        break;
    }
    if (!result) ++answered;
  }
  if (!failure && PQstatus(connection) == CONNECTION_BAD) failure = server_error(connection, nullptr);
  if (failure) throw *failure;
}

}  // namespace pg
