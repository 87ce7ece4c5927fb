#include "apply/ending.h"

#include <gtest/gtest.h>

#include <fstream>

#include "apply/database_test.h"
#include "apply/inquiry.h"
#include "base/error.h"

namespace apply {
namespace {

class EndingTest : public testing::Test {
 protected:
  static pg::TestServer& server() {
    static pg::TestServer running(pg::TestServer::Settings{{"max_prepared_transactions", "8"}});
    return running;
  }

  void SetUp() override {
    auto session = server().connect();
    session.script("SET lock_timeout = '5s'");
    session.script(
        "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    std::ofstream(directory_.path() / "a.plan") << "plan";
  }
  void TearDown() override { EXPECT_EQ(prepared(), "0"); }

  Target target() { return Target::open(server().parameters(), "", {}); }
  RecordStore::Open record_for(Target& target) {
    return store_.create(draft_record(target), directory_.path() / "a.plan", 0);
  }
  static void write(Target& target, int id = 1, int u = 1) {
    target.session().script("BEGIN; INSERT INTO t VALUES (" + std::to_string(id) + ", " + std::to_string(u) + ")");
  }
  static Fate announced_commit(Target& target, RecordStore::Open& record, Act act) {
    announce(target, record, act);
    target.session().none(ensure_synchronous);
    return commit(target, record, act);
  }
  static void announced_prepare(Target& target, RecordStore::Open& record) {
    announce(target, record, Act::apply, Phases::two);
    prepare(target, record, Act::apply);
  }
  static std::string rows() { return *server().connect().one_value("SELECT count(*) FROM t"); }
  static std::string prepared() { return *server().connect().one_value("SELECT count(*) FROM pg_prepared_xacts"); }
  static void end_session_of(Target& target) {
    server().connect().none("SELECT pg_terminate_backend($1, 5000)", {std::to_string(target.session().backend_pid())});
  }

  // The record as a process leaves it that dies at its transaction's end.
  void leave(Target& target, RecordStore::Open& record, const std::vector<std::string>& ending, bool decided,
             const std::string& gid) {
    Transaction transaction = transaction_at_work(target);
    const auto row =
        target.session().one_row("SELECT pg_current_xact_id()::text, left(pg_walfile_name(pg_current_wal_lsn()), 8)");
    transaction.xid = *row[0];
    transaction.timeline = *row[1];
    transaction.gid = gid;
    transaction.decided = decided;
    record.update([&](Record& next) {
      next.state = State::deciding;
      next.transaction = transaction;
    });
    for (const std::string& statement : ending) target.session().script(statement);
  }

  sys::TemporaryDirectory directory_;
  RecordStore store_{directory_.path() / "state"};
};

TEST_F(EndingTest, ACommitThatIsAnsweredIsApplied) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  write(target);
  EXPECT_EQ(announced_commit(target, record, Act::apply), Fate::committed);
  EXPECT_EQ(record.record().state, State::applied);
  EXPECT_TRUE(record.record().ended);
  EXPECT_EQ(rows(), "1");
}

TEST_F(EndingTest, ACommitThatTheServerRefusesIsAnErrorAndRefused) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  target.session().script("BEGIN; INSERT INTO t VALUES (1, 1), (2, 1)");
  try {
    announced_commit(target, record, Act::apply);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.sqlstate(), "23505");
  }
  EXPECT_EQ(record.record().state, State::refused);
  EXPECT_EQ(rows(), "0");
}

TEST_F(EndingTest, ASessionThatDiesAtTheDecisionIsAskedAbout) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  write(target);
  end_session_of(target);
  EXPECT_THROW(announced_commit(target, record, Act::apply), base::Error);
  EXPECT_EQ(rows(), "0");
  EXPECT_NE(record.record().state, State::applied);
}

TEST_F(EndingTest, TwoPhasesKeepOrDrop) {
  for (const bool keep : {false, true}) {
    Target target = this->target();
    RecordStore::Open record = record_for(target);
    write(target);
    announced_prepare(target, record);
    EXPECT_EQ(prepared(), "1");
    EXPECT_EQ(record.record().state, State::deciding);
    EXPECT_EQ(finish(target, record, Act::apply, keep), keep ? Fate::committed : Fate::rolled_back);
    EXPECT_EQ(record.record().state, keep ? State::applied : State::refused);
    EXPECT_EQ(rows(), keep ? "1" : "0");
  }
}

TEST_F(EndingTest, TheSecondPhaseSurvivesLostSessions) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  write(target);
  announced_prepare(target, record);
  end_session_of(target);
  server().connect().none("SELECT pg_terminate_backend($1, 5000)", {std::to_string(target.witness().backend_pid())});
  EXPECT_EQ(finish(target, record, Act::apply, true), Fate::committed);
  EXPECT_EQ(rows(), "1");
}

TEST_F(EndingTest, AnUndoEndsInItsOwnStates) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  record.update([](Record& next) {
    next.state = State::applied;
    next.undo_leaves = 2;
  });
  target.session().script("BEGIN; INSERT INTO t VALUES (1, 1), (2, 1)");
  EXPECT_THROW(announced_commit(target, record, Act::undo), base::Error);
  EXPECT_EQ(record.record().state, State::applied);
  EXPECT_EQ(record.record().rows_not_undone, 0);
  EXPECT_EQ(record.to_undo(), record.changes());
  record.update([](Record& next) { next.undo_leaves = 2; });
  write(target);
  EXPECT_EQ(announced_commit(target, record, Act::undo), Fate::committed);
  EXPECT_EQ(record.record().state, State::undone_in_part);
  EXPECT_EQ(record.record().rows_not_undone, 2);
  EXPECT_EQ(record.to_undo().filename(), "left-1");
  record.update([](Record& next) { next.undo_leaves = 0; });
  write(target, 2, 2);
  EXPECT_EQ(announced_commit(target, record, Act::undo), Fate::committed);
  EXPECT_EQ(record.record().state, State::undone);
}

TEST_F(EndingTest, LeftoversAreResolvedByAsking) {
  struct Case {
    std::vector<std::string> ending;
    bool decided;
    const char* gid;
    State expected;
  };
  for (const Case& left : {Case{{"COMMIT"}, true, "", State::applied}, Case{{"ROLLBACK"}, true, "", State::refused},
                           Case{{"PREPARE TRANSACTION 'pgrehearse-x'"}, false, "pgrehearse-x", State::refused},
                           Case{{"PREPARE TRANSACTION 'pgrehearse-y'"}, true, "pgrehearse-y", State::applied},
                           Case{{"PREPARE TRANSACTION 'pgrehearse-z'", "COMMIT PREPARED 'pgrehearse-z'"},
                                true,
                                "pgrehearse-z",
                                State::applied}}) {
    SetUp();
    std::string id;
    {
      Target dead = target();
      RecordStore::Open record = record_for(dead);
      id = record.record().id;
      write(dead);
      leave(dead, record, left.ending, left.decided, left.gid);
    }
    Target target = this->target();
    EXPECT_EQ(resolve_leftovers(store_, target).size(), 1U) << left.ending.front();
    EXPECT_EQ(store_.open(id).record().state, left.expected) << left.ending.front();
    EXPECT_EQ(rows(), left.expected == State::applied ? "1" : "0") << left.ending.front();
    EXPECT_EQ(prepared(), "0");
    EXPECT_TRUE(resolve_leftovers(store_, target).empty());
  }
}

TEST_F(EndingTest, ABackendThatIsStillAtWorkForTheDeadIsEnded) {
  Target dead = target();
  std::string id;
  {
    RecordStore::Open record = record_for(dead);
    id = record.record().id;
    write(dead);
    leave(dead, record, {}, true, "");
  }
  Target target = this->target();
  resolve_leftovers(store_, target);
  EXPECT_EQ(store_.open(id).record().state, State::refused);
  EXPECT_EQ(rows(), "0");
  EXPECT_THROW(dead.session().one_value("SELECT 1"), base::Error);
}

TEST_F(EndingTest, ARecordThatIsOwnedOrOfAnotherServerIsLeftAlone) {
  Target target = this->target();
  RecordStore::Open owned = record_for(target);
  EXPECT_TRUE(resolve_leftovers(store_, target).empty());
  EXPECT_EQ(owned.record().state, State::running);
  {
    RecordStore::Open foreign = record_for(target);
    write(target);
    leave(target, foreign, {"COMMIT"}, true, "");
    foreign.update([](Record& next) { next.system_identifier = "1"; });
    EXPECT_EQ(resolve(target, foreign).fate, Fate::unknown);
    EXPECT_EQ(foreign.record().state, State::deciding);
  }
  EXPECT_TRUE(resolve_leftovers(store_, target).empty());
}

TEST_F(EndingTest, AnIdOfAnotherTimelineIsNotBelieved) {
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  write(target);
  leave(target, record, {"COMMIT"}, true, "");
  record.update([](Record& next) { next.transaction.timeline = "00000009"; });
  const Resolution found = resolve(target, record);
  EXPECT_EQ(found.fate, Fate::unknown);
  EXPECT_NE(found.why.find("promoted or restored"), std::string::npos);
  EXPECT_EQ(record.record().state, State::deciding);
}

TEST_F(EndingTest, PreparedTransactionsWithoutARecordHereAreNamedAndLeft) {
  auto session = server().connect();
  session.script("BEGIN; INSERT INTO t VALUES (5, 5); PREPARE TRANSACTION 'pgrehearse-elsewhere'");
  Target target = this->target();
  const auto said = resolve_leftovers(store_, target);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("pgrehearse-elsewhere"), std::string::npos);
  EXPECT_EQ(prepared(), "1");
  session.script("ROLLBACK PREPARED 'pgrehearse-elsewhere'");
}

TEST_F(EndingTest, AnAsynchronousRoleStillCommitsToDisk) {
  server().connect().script("ALTER ROLE postgres SET synchronous_commit = off");
  Target target = this->target();
  RecordStore::Open record = record_for(target);
  write(target);
  EXPECT_EQ(announced_commit(target, record, Act::apply), Fate::committed);
  EXPECT_EQ(*target.witness().one_value("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()"), "t");
  server().connect().script("ALTER ROLE postgres RESET synchronous_commit");
}

}  // namespace
}  // namespace apply
