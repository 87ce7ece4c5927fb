#include "pg/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <memory>
#include <thread>

#include "base/thrown_test.h"
#include "pg/test_server.h"
#include "sys/signals.h"

namespace pg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConnectionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<TestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  static std::unique_ptr<TestServer> server_;
  Connection connection_ = server_->connect();
};
std::unique_ptr<TestServer> ConnectionTest::server_;

TEST_F(ConnectionTest, StatesTheShapeThatItExpects) {
  EXPECT_EQ(connection_.one_value("select 1 + $1::int", {"2"}), "3");
  EXPECT_EQ(connection_.one_value("select $1::text", {std::nullopt}), std::nullopt);
  EXPECT_THAT(connection_.one_row("select 1, null, 'x'"), ElementsAre("1", std::nullopt, "x"));
  EXPECT_EQ(connection_.maybe_row("select 1 where false"), std::nullopt);
  EXPECT_EQ(connection_.rows("select generate_series(1, 3)").size(), 3U);
  connection_.none("select 1");
  connection_.none("");
}

TEST_F(ConnectionTest, CallsAnotherShapeABug) {
  for (const auto* sql : {"select 1, 2", "select 1 where false", "set work_mem = '1MB'"}) {
    EXPECT_EQ(base::thrown_by([&] { connection_.one_value(sql); }).code(), base::Code::internal) << sql;
  }
  EXPECT_EQ(base::thrown_by([&] { connection_.one_row("values (1), (2)"); }).code(), base::Code::internal);
  EXPECT_EQ(base::thrown_by([&] { connection_.none("copy (select 1) to stdout"); }).code(), base::Code::internal);
  EXPECT_EQ(connection_.one_value("select 1"), "1") << "and can be used afterwards";
}

TEST_F(ConnectionTest, CarriesSqlstateAndHintOfTheServersErrors) {
  const base::Error error = base::thrown_by([&] { connection_.none("select * from nowhere"); });
  EXPECT_EQ(error.code(), base::Code::server);
  EXPECT_EQ(error.sqlstate(), "42P01");
  EXPECT_THAT(error.message(), HasSubstr("nowhere"));
  EXPECT_THAT(base::thrown_by([&] { connection_.none("select lowr('x')"); }).hint(), HasSubstr("explicit type casts"));
}

TEST_F(ConnectionTest, VisitsRowsOneByOneAndSurvivesAVisitorThatThrows) {
  long long sum = 0;
  connection_.each_row("select i, null from generate_series(1, $1::int) i", {"1000"}, [&](const auto& values) {
    sum += std::stoll(std::string(*values[0]));
    EXPECT_FALSE(values[1]);
  });
  EXPECT_EQ(sum, 500500);
  EXPECT_THROW(connection_.each_row("select generate_series(1, 10000000)", {},
                                    [](const auto&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_EQ(connection_.one_value("select 1"), "1");
}

TEST_F(ConnectionTest, ReportsAnErrorInTheMiddleOfRows) {
  EXPECT_EQ(base::thrown_by([&] {
              connection_.each_row("select 1 / (3 - i) from generate_series(1, 5) i", {}, [](const auto&) {});
            }).sqlstate(),
            "22012");
}

TEST_F(ConnectionTest, CopiesOutAndIn) {
  connection_.script("create temp table t (a int, b text)");
  std::string data = "1\tone\n2\t\\N\n";
  bool given = false;
  connection_.copy_in("copy t from stdin", [&]() -> std::string_view {
    if (given) return "";
    given = true;
    return data;
  });
  std::string copied;
  connection_.copy_out("copy t to stdout", [&](std::string_view bytes) { copied += bytes; });
  EXPECT_EQ(copied, data);
}

TEST_F(ConnectionTest, LeavesACopyBehindWhenItsOwnerThrows) {
  connection_.script("create temp table t (a int)");
  EXPECT_THROW(connection_.copy_in("copy t from stdin", []() -> std::string_view { throw std::runtime_error("lost"); }),
               std::runtime_error);
  EXPECT_EQ(connection_.one_value("select count(*) from t"), "0");
  EXPECT_THROW(connection_.copy_out("copy (select generate_series(1, 10000000)) to stdout",
                                    [](std::string_view) { throw std::runtime_error("full"); }),
               std::runtime_error);
  EXPECT_EQ(connection_.one_value("select 1"), "1");
  EXPECT_EQ(base::thrown_by([&] {
              bool given = false;
              connection_.copy_in("copy t from stdin", [&]() -> std::string_view {
                return std::exchange(given, true) ? "" : "not a number\n";
              });
            }).sqlstate(),
            "22P02");
}

TEST_F(ConnectionTest, SetsOptionsAtSessionStartWhateverTheirSpelling) {
  const auto connection =
      Connection::open(server_->parameters(), {{"search_path", R"("a b", "c\d")"}, {"work_mem", "1MB"}});
  EXPECT_EQ(connection.server_major(), connection.server_version() / 10000);
  auto& session = const_cast<Connection&>(connection);
  EXPECT_EQ(session.one_value("show search_path"), R"("a b", "c\d")");
  session.script("reset all");
  EXPECT_EQ(session.one_value("show work_mem"), "1MB");
  EXPECT_EQ(session.one_value("show application_name"), "pgrehearse");
  EXPECT_EQ(session.one_value("show client_encoding"), "UTF8");
}

TEST_F(ConnectionTest, SaysWhyItCannotConnectAndWhatToDo) {
  Parameters elsewhere = server_->parameters();
  elsewhere["host"] = "/nonexistent";
  EXPECT_THAT(base::thrown_by([&] { Connection::open(elsewhere); }).hint(), HasSubstr("server is running"));
  const base::Error missing = base::thrown_by([&] { server_->connect("no_such_database"); });
  EXPECT_EQ(missing.sqlstate(), "3D000");
  EXPECT_THAT(missing.hint(), HasSubstr("psql -l"));
  EXPECT_THAT(missing.message(), Not(HasSubstr("3D000")));
  EXPECT_THAT(missing.message(), Not(HasSubstr(".c:")));
  EXPECT_EQ(base::thrown_by([&] { server_->connect("postgres", "nobody_here"); }).sqlstate(), "28000");
}

TEST_F(ConnectionTest, NeverShowsAPassword) {
  Parameters parameters = server_->parameters("no_such_database");
  parameters["password"] = "hunter2";
  EXPECT_THAT(base::thrown_by([&] { Connection::open(parameters); }).message(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(describe(parameters), Not(HasSubstr("hunter2")));
}

TEST_F(ConnectionTest, GivesUpOnAServerThatDoesNotAnswer) {
  const sys::TemporaryDirectory directory;
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = (directory.path() / ".s.PGSQL.5432").string();
  ASSERT_LT(path.copy(address.sun_path, sizeof address.sun_path - 1), sizeof address.sun_path - 1);
  const sys::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);

  const base::Error error = base::thrown_by([&] {
    Connection::open({{"host", directory.path().string()}, {"port", "5432"}, {"user", "x"}, {"connect_timeout", "1"}});
  });
  EXPECT_EQ(error.code(), base::Code::server);
  EXPECT_THAT(error.message(), HasSubstr("no answer for 1 second"));
}

TEST_F(ConnectionTest, RunsStatementsAsPsqlWould) {
  EXPECT_EQ(connection_.run_statement("create temp table t (a int)", {}).tag, "CREATE TABLE");
  EXPECT_EQ(connection_.run_statement("insert into t select generate_series(1, 10)", {}).tag, "INSERT 0 10");
  EXPECT_EQ(connection_.run_statement("select * from t", {}).tag, "SELECT 10");
  EXPECT_EQ(connection_.run_statement("copy t from stdin", "11\n12\n").tag, "COPY 2");
  EXPECT_EQ(connection_.run_statement("copy t to stdout", {}).tag, "COPY 12");
  EXPECT_TRUE(connection_.run_statement("-- nothing", {}).ok);
  EXPECT_TRUE(connection_.run_statement("vacuum", {}).ok);
}

TEST_F(ConnectionTest, ReportsAFailedStatementWithItsPlace) {
  const auto outcome = connection_.run_statement("select é, nope from pg_class", {});
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.sqlstate, "42703");
  EXPECT_EQ(outcome.position, 8);
  const auto raised = connection_.run_statement(
      "do $$ begin raise exception 'no' using detail = 'because', hint = 'do not'; end $$", {});
  EXPECT_EQ(raised.message, "no");
  EXPECT_THAT(raised.detail, HasSubstr("because\ndo not\nPL/pgSQL function"));
}

TEST_F(ConnectionTest, FailsACopyThatHasNoData) {
  connection_.run_statement("create temp table t (a int)", {});
  const auto outcome = connection_.run_statement("copy t from stdin", {});
  EXPECT_FALSE(outcome.ok);
  EXPECT_THAT(outcome.message, HasSubstr("no data"));
  EXPECT_FALSE(connection_.run_statement("copy t from stdin", "x\n").ok);
  EXPECT_TRUE(connection_.run_statement("copy t from stdin", "").ok);
  EXPECT_FALSE(connection_.run_statement(std::string_view("select 1\0, 2", 12), {}).ok);
}

TEST_F(ConnectionTest, FeedsALargeCopyWithoutDuplicatingIt) {
  connection_.run_statement("create temp table t (a text)", {});
  std::string data;
  const std::string line = std::string(1023, 'x') + "\n";
  data.reserve(128 * 1024 * line.size());
  for (int i = 0; i < 128 * 1024; ++i) data += line;
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(connection_.run_statement("copy t from stdin", data).tag, "COPY 131072");
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 * 1024) << "KiB more for 128 MiB of data";
}

TEST_F(ConnectionTest, KnowsItsTransaction) {
  EXPECT_FALSE(connection_.in_transaction());
  connection_.run_statement("begin", {});
  EXPECT_TRUE(connection_.in_transaction());
  connection_.run_statement("broken", {});
  EXPECT_TRUE(connection_.in_transaction());
  connection_.run_statement("rollback", {});
  EXPECT_FALSE(connection_.in_transaction());
}

TEST_F(ConnectionTest, SaysThatTheConnectionWasLost) {
  const auto outcome = connection_.run_statement("select pg_terminate_backend(pg_backend_pid())", {});
  EXPECT_FALSE(outcome.ok);
  EXPECT_TRUE(outcome.connection_lost);
  EXPECT_EQ(outcome.sqlstate, "57P01");
  EXPECT_TRUE(connection_.run_statement("select 1", {}).connection_lost);
  EXPECT_EQ(base::thrown_by([&] { connection_.one_value("select 1"); }).code(), base::Code::server);
}

TEST_F(ConnectionTest, SurvivesTheLossOfItsServerInTheMiddleOfACopy) {
  auto other = server_->connect();
  const std::string pid = std::to_string(connection_.backend_pid());
  connection_.script("create temp table t (a text)");
  const base::Error error = base::thrown_by([&] {
    connection_.copy_in("copy t from stdin", [&]() -> std::string_view {
      other.none("select pg_terminate_backend($1::int, 1000)", {pid});
      return "x\n";
    });
  });
  EXPECT_EQ(error.code(), base::Code::server);
}

TEST_F(ConnectionTest, QuotesIdentifiersAsTheServerDoes) {
  for (const Row& row :
       connection_.rows("select w, format('%I', w), catcode from (select word, catcode::text from"
                        " pg_get_keywords() union all select * from (values ('plain', 'U'), ('Upper', 'U'),"
                        " ('with space', 'U'), ('q\"uote', 'U'), ('1st', 'U'), ('été', 'U'), ('a$b', 'U'),"
                        " ('_x9', 'U')) v) k (w, catcode)")) {
    const std::string quoted = quote_identifier(*row[0]);
    if (*row[2] != "U" || *row[1] != *row[0]) {
      EXPECT_EQ(quoted, row[1]);
    }
  }
  EXPECT_EQ(quote_identifier("users"), "users");
  EXPECT_EQ(quote_identifier(""), "\"\"");
  EXPECT_EQ(quote_qualified("public", "User"), "public.\"User\"");
  EXPECT_EQ(connection_.quote_literal("it's"), "'it''s'");
  EXPECT_EQ(connection_.one_value("select " + connection_.quote_literal(R"(a\'b)")), R"(a\'b)");
}

TEST_F(ConnectionTest, IsCancelledByCtrlCAndUsableAgain) {
  // In a process of its own: a signal once received stays received.
  EXPECT_EXIT(
      {
        sys::install_signal_handlers();
        auto connection = server_->connect();
        std::thread interrupter([] {
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          ::kill(::getpid(), SIGINT);
        });
        bool thrown = false;
        try {
          connection.none("select pg_sleep(60)");
        } catch (const base::Error& error) {
          thrown = error.code() == base::Code::interrupted;
        }
        interrupter.join();
        const sys::InterruptShield shield;
        const bool usable = connection.one_value("select 1") == "1";
        std::_Exit(thrown && usable ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pg
