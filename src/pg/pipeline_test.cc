#include "pg/pipeline.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <thread>

#include "base/error.h"
#include "pg/test_server.h"
#include "sys/signals.h"

namespace pg {
namespace {

class PipelineTest : public testing::Test {
 protected:
  static TestServer& server() {
    static TestServer running;
    return running;
  }
  Pipeline::Visit into(std::string& text) {
    return [&text](const auto& values) {
      for (const auto& value : values) text += std::string(value.value_or("NULL")) + ",";
      text += ";";
    };
  }
  // What run() says, by SQLSTATE; "" where it says nothing.
  std::string state_of_run(Pipeline& pipeline) {
    try {
      pipeline.run();
      return "";
    } catch (const base::Error& error) {
      return error.sqlstate();
    }
  }

  Connection connection_ = server().connect();
};

TEST_F(PipelineTest, RunsInOrderAndVisitsTheRowsOfEach) {
  Pipeline pipeline(connection_);
  std::string first;
  std::string second;
  pipeline.add("CREATE TEMP TABLE t AS SELECT generate_series(1, 3) AS n");
  pipeline.add("SELECT n, NULL FROM t WHERE n > $1::int ORDER BY n", {"1"}, into(first));
  pipeline.add("DELETE FROM t WHERE n = 2");
  pipeline.add("SELECT sum(n), $1::text FROM t", {std::nullopt}, into(second));
  EXPECT_EQ(first, "");
  EXPECT_GT(pipeline.bytes(), 0U);
  pipeline.run();
  EXPECT_EQ(first, "2,NULL,;3,NULL,;");
  EXPECT_EQ(second, "4,NULL,;");
  EXPECT_EQ(pipeline.bytes(), 0U);
  pipeline.run();  // nothing waits
  EXPECT_EQ(second, "4,NULL,;");
  EXPECT_EQ(connection_.one_value("SELECT count(*) FROM t"), "2");
}

TEST_F(PipelineTest, NothingRunsAfterWhatFails) {
  connection_.script("CREATE TEMP TABLE t (n int)");
  connection_.script("BEGIN");
  Pipeline pipeline(connection_);
  std::string before;
  std::string after;
  pipeline.add("SELECT 1", {}, into(before));
  pipeline.add("SELECT 1 / 0");
  pipeline.add("SELECT 2", {}, into(after));
  EXPECT_EQ(state_of_run(pipeline), "22012");
  EXPECT_EQ(before, "1,;");
  EXPECT_EQ(after, "");
  EXPECT_TRUE(connection_.in_transaction());
  connection_.script("ROLLBACK");
  pipeline.add("SELECT 3", {}, into(after));
  EXPECT_EQ(state_of_run(pipeline), "");
  EXPECT_EQ(after, "3,;");
}

TEST_F(PipelineTest, AVisitorThatThrowsLeavesAConnectionThatWorks) {
  Pipeline pipeline(connection_);
  pipeline.add("SELECT generate_series(1, 10)", {},
               [](const auto&) { throw base::Error(base::Code::refused, "enough"); });
  pipeline.add("SELECT generate_series(1, 100000)");
  EXPECT_THROW(pipeline.run(), base::Error);
  EXPECT_EQ(connection_.one_value("SELECT 5"), "5");
}

// More than fits into the sockets' buffers, in both directions.
TEST_F(PipelineTest, MuchMayBeOnTheWay) {
  Pipeline pipeline(connection_);
  const std::string large(2u << 20, 'x');
  std::size_t got = 0;
  for (int i = 0; i < 8; ++i) {
    pipeline.add("SELECT $1::text || 'y'", {large}, [&](const auto& values) { got += values.at(0)->size(); });
  }
  pipeline.run();
  EXPECT_EQ(got, 8 * (large.size() + 1));
}

TEST_F(PipelineTest, IsCancelledByCtrlCAndUsableAgain) {
  server();
  // In a process of its own: a signal once received stays received.
  EXPECT_EXIT(
      {
        sys::install_signal_handlers();
        Connection connection = server().connect();
        Pipeline pipeline(connection);
        pipeline.add("SELECT 1");
        pipeline.add("SELECT pg_sleep(60)");
        pipeline.add("SELECT 2");
        std::thread interrupter([] {
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          ::kill(::getpid(), SIGINT);
        });
        bool thrown = false;
        try {
          pipeline.run();
        } catch (const base::Error& error) {
          thrown = error.code() == base::Code::interrupted;
        }
        interrupter.join();
        const sys::InterruptShield shield;
        const bool usable = connection.one_value("SELECT 1") == "1";
        std::_Exit(thrown && usable ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(PipelineTest, TheServerWorksBetweenStartAndRun) {
  connection_.script("CREATE TABLE started (n int)");
  Connection other = server().connect();
  other.script("BEGIN; LOCK TABLE started");
  Pipeline pipeline(connection_);
  std::string text;
  pipeline.add("SELECT count(*) FROM started", {}, into(text));
  pipeline.start();
  while (other.one_value("SELECT count(*) FROM pg_locks WHERE NOT granted") != "1") std::this_thread::yield();
  EXPECT_EQ(text, "");
  other.script("INSERT INTO started VALUES (7); COMMIT");
  pipeline.run();
  EXPECT_EQ(text, "1,;");
  other.script("DROP TABLE started");
}

TEST_F(PipelineTest, WhatWasStartedMayBeLeft) {
  {
    Pipeline pipeline(connection_);
    pipeline.add("SELECT pg_sleep(60)");
    pipeline.start();
  }
  EXPECT_EQ(connection_.one_value("SELECT 5"), "5");
}

TEST_F(PipelineTest, WhatIsKeptIsAskedByItsName) {
  KeptStatements kept;
  const std::string question = "SELECT $1::int + 1";
  {
    Pipeline pipeline(connection_);
    pipeline.keep(kept, question, {"1"});
    pipeline.keep(kept, question, {"2"});  // is kept already
    pipeline.keep(kept, "SELECT 'x'");
    pipeline.run();
  }
  EXPECT_EQ(connection_.one_value("SELECT count(*) FROM pg_prepared_statements"), "2");
  std::string text;
  Pipeline pipeline(connection_, &kept);
  pipeline.add(question, {"41"}, into(text));
  pipeline.add("SELECT 'y'", {}, into(text));
  pipeline.run();
  EXPECT_EQ(text, "42,;y,;");
  KeptStatements of_another;
  pipeline.keep(of_another, question, {"1"});
  pipeline.run();
  EXPECT_EQ(connection_.one_value("SELECT count(*) FROM pg_prepared_statements"), "3");
  connection_.script("DEALLOCATE ALL");
  pipeline.add(question, {"41"}, into(text));
  EXPECT_EQ(state_of_run(pipeline), "26000");
}

TEST_F(PipelineTest, ALostConnectionIsSaid) {
  Pipeline pipeline(connection_);
  pipeline.add("SELECT 1");
  pipeline.add("SELECT pg_terminate_backend(pg_backend_pid())");
  pipeline.add("SELECT 2");
  EXPECT_THROW(pipeline.run(), base::Error);
  EXPECT_THROW(connection_.none("SELECT 1"), base::Error);
  pipeline.add("SELECT 3");
  EXPECT_THROW(pipeline.run(), base::Error);
}

}  // namespace
}  // namespace pg
