#include "pg/pipeline.h"

#include <fmt/core.h>
#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "pg/exchange.h"
#include "sys/signals.h"

namespace pg {

namespace {

using Clock = std::chrono::steady_clock;

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

// Pipeline mode from the first statement to the answer that ends it.
class Pipeline::Flight {
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

  void send(const Statement& statement) {
    std::vector<const char*> values;
    values.reserve(statement.parameters.size());
    for (const OptionalText& parameter : statement.parameters) {
      values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    const char* sql = statement.sql.c_str();
    const char* name = statement.name.c_str();
    const int count = static_cast<int>(values.size());
    if (statement.name.empty()) {
      check(PQsendQueryParams(connection_, sql, count, nullptr, values.data(), nullptr, nullptr, 0));
    } else if (statement.sql.empty()) {
      check(PQsendQueryPrepared(connection_, name, count, values.data(), nullptr, nullptr, 0));
    } else {
      check(PQsendPrepare(connection_, name, sql, 0, nullptr));
    }
  }
  void end() {
    check(PQpipelineSync(connection_));
    ended_ = true;
    send_queued(connection_);
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
    const auto deadline = Clock::now() + cancel_patience;
    while (!over_ && Clock::now() < deadline) {
      while (!over_ && PQflush(connection_) == 0 && PQisBusy(connection_) == 0) {
        seen(ResultHandle(PQgetResult(connection_)));
      }
      if (over_) return;
      cancel(connection_);  // again and again: a server that has not begun yet takes no notice
      transfer(connection_, 100);
    }
  }

  PGconn* connection_;
  bool ended_ = false;
  bool over_ = false;
};

Pipeline::Pipeline(Connection& connection, const KeptStatements* kept) : connection_(connection), kept_(kept) {}
Pipeline::~Pipeline() = default;

void Pipeline::add(std::string sql, std::vector<OptionalText> parameters, Visit visit) {
  if (kept_ && kept_->contains(sql)) {
    enter({.name = kept_->at(sql), .parameters = std::move(parameters), .visit = std::move(visit)});
  } else {
    enter({.sql = std::move(sql), .parameters = std::move(parameters), .visit = std::move(visit)});
  }
}

void Pipeline::keep(KeptStatements& kept, const std::string& sql, std::vector<OptionalText> parameters) {
  static std::atomic<unsigned> number = 0;  // the connection may keep what others asked for
  const auto [entry, made] = kept.try_emplace(sql);
  if (made) {
    entry->second = fmt::format("pgrehearse_{}", ++number);
    enter({.name = entry->second, .sql = sql});
  }
  enter({.name = entry->second, .parameters = std::move(parameters)});
}

void Pipeline::enter(Statement statement) {
  bytes_ += statement.sql.size();
  for (const OptionalText& parameter : statement.parameters) bytes_ += parameter ? parameter->size() : 0;
  statements_.push_back(std::move(statement));
}

void Pipeline::start() {
  sent_ = std::exchange(statements_, {});
  bytes_ = 0;
  if (sent_.empty()) return;
  auto flight = std::make_unique<Flight>(connection_.raw());
  for (const Statement& statement : sent_) flight->send(statement);
  flight->end();
  flight_ = std::move(flight);
}

void Pipeline::run() {
  if (!flight_) start();
  if (!flight_) return;
  const std::unique_ptr<Flight> flight = std::move(flight_);
  PGconn* connection = connection_.raw();
  std::optional<base::Error> failure;
  std::size_t answered = 0;
  while (!flight->over()) {
    const ResultHandle result = flight->next();
    switch (PQresultStatus(result.get())) {  // PGRES_FATAL_ERROR where there is none
      case PGRES_TUPLES_OK:
        if (const Visit& visit = sent_.at(answered).visit; visit) visit_rows(result.get(), visit);
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
