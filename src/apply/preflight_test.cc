#include "apply/preflight.h"

#include <gtest/gtest.h>

#include "apply/transaction_words.h"

namespace apply {
namespace {

OneTransaction joined(const std::vector<std::string>& scripts, std::vector<Reason>& reasons) {
  rehearse::Plan plan;
  for (std::size_t i = 0; i < scripts.size(); ++i) plan.scripts.push_back({.name = std::to_string(i) + ".sql"});
  return as_one_transaction(plan, scripts, reasons);
}

std::string begins_with(const std::vector<std::string>& scripts) {
  std::vector<Reason> reasons;
  const std::string begin = joined(scripts, reasons).begin;
  return reasons.empty() ? begin : reasons.front().rule;
}

TEST(OneTransaction, BeginsAsTheScriptsDoHoweverTheySpellIt) {
  EXPECT_EQ(begins_with({"SELECT 1;"}), "BEGIN");
  EXPECT_EQ(
      begins_with({"begin; SELECT 1; COMMIT;", "BEGIN WORK; SELECT 2; END;", "start  transaction; SELECT 3; COMMIT;"}),
      "BEGIN");
  EXPECT_EQ(begins_with({"BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE; SELECT 1; COMMIT;",
                         "start transaction read write isolation level repeatable read; SELECT 2; COMMIT;"}),
            "BEGIN read write ISOLATION LEVEL repeatable read");
  EXPECT_EQ(begins_with({"SELECT 1; BEGIN; SELECT 2; COMMIT;"}), "BEGIN");
}

TEST(OneTransaction, SettingsMayStandBeforeIt) {
  std::vector<Reason> reasons;
  const std::vector<std::string> scripts = {
      "SET statement_timeout = 5000; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;"};
  const OneTransaction whole = joined(scripts, reasons);
  EXPECT_TRUE(reasons.empty());
  EXPECT_EQ(whole.begin, "BEGIN ISOLATION LEVEL serializable");
  ASSERT_EQ(whole.statements.size(), 2U);
  EXPECT_EQ(whole.statements[0].text, "SET statement_timeout = 5000");
  EXPECT_EQ(begins_with({"BEGIN; SET TRANSACTION READ ONLY; SELECT 1; COMMIT;"}), "BEGIN read only");
}

TEST(OneTransaction, TellsWhetherItWasSeveral) {
  const auto was_several = [](const std::vector<std::string>& scripts) {
    std::vector<Reason> reasons;
    return joined(scripts, reasons).joined;
  };
  for (const char* script : {"SELECT 1;", "BEGIN; SELECT 1; SELECT 2; COMMIT;",
                             "SET work_mem = '1MB'; BEGIN; SELECT 1; SELECT 2; END; RESET work_mem;"}) {
    EXPECT_FALSE(was_several({script})) << script;
  }
  for (const char* script : {"SELECT 1; SELECT 2;", "BEGIN; SELECT 1; COMMIT; SELECT 2;",
                             "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", "SELECT 1; BEGIN; SELECT 2; END;"}) {
    EXPECT_TRUE(was_several({script})) << script;
  }
  EXPECT_TRUE(was_several({"SELECT 1;", "SELECT 2;"}));
}

TEST(OneTransaction, OthersAreRefusedNotDropped) {
  for (const char* script : {"SELECT 1; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2; COMMIT;",
                             "BEGIN; SELECT 1; COMMIT; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2; COMMIT;",
                             "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;",
                             "BEGIN; SELECT 1; SET TRANSACTION READ ONLY; COMMIT;",
                             "BEGIN; SET TRANSACTION SNAPSHOT '1-2-3'; SELECT 1; COMMIT;"}) {
    EXPECT_EQ(begins_with({script}), "not-one-transaction") << script;
  }
}

TEST(OneTransaction, HasNothingInItThatNoRollbackTakesBack) {
  const auto rule = [](const std::string& script) {
    std::vector<Reason> reasons;
    joined({script}, reasons);
    return reasons.empty() ? "" : reasons.front().rule;
  };
  for (const char* script :
       {"COPY t TO PROGRAM 'cat';", "copy (SELECT a FROM t) to program 'cat';", "COPY t FROM PROGRAM 'cat';",
        "COPY t (a, b) TO '/srv/t.csv' WITH (FORMAT csv);", "DO $$ BEGIN COPY t TO PROGRAM 'cat'; END $$;",
        "DO 'BEGIN COPY t FROM PROGRAM $x$cat$x$; END';",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app';",
        "DELETE FROM t WHERE id IN (SELECT 1 WHERE pg_catalog.PG_CANCEL_BACKEND (7));",
        "SELECT lo_export(7, '/srv/picture');", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;",
        "DO $$ BEGIN PERFORM dblink_exec('there', 'DELETE FROM t'); END $$;"}) {
    EXPECT_EQ(rule(script), "acts-outside") << script;
  }
  for (const char* script : {"COPY t TO STDOUT;", "COPY t FROM STDIN;\n\\.\n", "COPY program FROM '/srv/t.csv';",
                             "SELECT 'COPY t TO PROGRAM ''x''';", "DO $$ BEGIN PERFORM 1; END $$;",
                             "UPDATE copy SET a = 'x' || 'to program';",
                             "UPDATE t SET a = 'pg_terminate_backend(1)', pg_cancel_backend = 1;"}) {
    EXPECT_EQ(rule(script), "") << script;
  }
}

TEST(OneTransaction, AltersNothingUnseen) {
  EXPECT_EQ(begins_with({"REINDEX TABLE t;"}), "changes-catalog");
  EXPECT_EQ(begins_with({"cluster t using t_pkey;"}), "changes-catalog");
  EXPECT_EQ(begins_with({"COMMENT ON TABLE t IS 'x';"}), "changes-catalog");
  EXPECT_EQ(begins_with({"SECURITY LABEL ON TABLE t IS 'x';"}), "changes-catalog");
  EXPECT_EQ(begins_with({"ALTER TABLE ONLY public.t REPLICA IDENTITY FULL;"}), "changes-catalog");
  EXPECT_EQ(begins_with({"ANALYZE t; ALTER TABLE t DISABLE TRIGGER comment;"}), "BEGIN");
}

TEST(LockedAwayBy, IsWhatALockInItsStrongestModeNames) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(locked_away_by("LOCK users"), (Names{"users"}));
  EXPECT_EQ(locked_away_by("lock table only public.\"Users\", b * IN access EXCLUSIVE mode NOWAIT"),
            (Names{"public.\"Users\"", "b"}));
  EXPECT_EQ(locked_away_by("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"), Names{});
  EXPECT_EQ(locked_away_by("LOCK TABLE users IN EXCLUSIVE MODE"), Names{});
  EXPECT_EQ(locked_away_by("DELETE FROM lock"), Names{});
}

TEST(WhyNotPrepared, IsTemporaryTablesAndNotifications) {
  EXPECT_NE(why_not_prepared("CREATE TEMP TABLE t (a int)"), "");
  EXPECT_NE(why_not_prepared("NOTIFY done"), "");
  EXPECT_NE(why_not_prepared("unlisten *"), "");
  EXPECT_NE(why_not_prepared("SELECT pg_notify('done', '')"), "");
  EXPECT_EQ(why_not_prepared("DECLARE c CURSOR WITH HOLD FOR SELECT 1"), "");  // it is closed before
  EXPECT_EQ(why_not_prepared("UPDATE users SET notify = true, temporary_ = 'temp'"), "");
}

}  // namespace
}  // namespace apply
