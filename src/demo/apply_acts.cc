#include "demo/apply_acts.h"

#include <fmt/core.h>

#include "apply/apply.h"
#include "apply/outcome_report.h"
#include "apply/record.h"
#include "apply/undo.h"
#include "apply/undo_report.h"
#include "base/text.h"
#include "demo/history.h"
#include "rehearse/plan_file.h"
#include "rehearse/rehearse.h"
#include "sys/file.h"

namespace demo {

namespace {

class Hand {
 public:
  Hand(const Stage& stage, std::string& image) : stage_(stage), image_(image) {}

  void live(std::string_view sql) { connect().script(std::string(sql)); }
  std::string text(const std::string& query) { return connect().one_value(query).value_or(""); }

  // Plans `sql` and keeps the plan for apply().
  void plan(const std::string& name, std::string_view sql) {
    const std::filesystem::path script = stage_.directory / name;
    plan_ = script;
    plan_.replace_extension(".plan");
    sys::write_file(script, sql, 0600);
    rehearse::Rehearsal rehearsal = rehearse::rehearse(
        {.source = stage_.conninfo, .contract = stage_.directory / "pgrehearse.toml", .scripts = {script.string()}});
    image_ = rehearsal.plan.image;
    rehearse::write_plan(plan_, rehearsal.plan, rehearsal.scripts, rehearsal.net);
  }

  apply::Outcome apply(const std::string& command) {
    apply::Outcome outcome;
    apply::apply({.plan = plan_,
                  .target = pg::parse_conninfo(stage_.conninfo),
                  .execute = true,
                  .state = stage_.directory / "state"},
                 outcome);
    outcome.target = whose;
    stage_.narrator.show("$ pgrehearse " + command, "");
    stage_.narrator.report(apply::to_document(outcome));
    return outcome;
  }

  bool undo(const std::string& id) {
    apply::RecordStore store(stage_.directory / "state");
    apply::RecordStore::Open record = store.open(id);
    apply::Target target = apply::Target::open(pg::parse_conninfo(stage_.conninfo), record.record().role, {});
    const apply::UndoOptions options{.execute = true};
    const apply::Undone undone = apply::undo(target, record, options);
    stage_.narrator.show(fmt::format("$ pgrehearse undo {} --execute", id), "");
    stage_.narrator.report(apply::to_document(undone, record.record(), options, {}));
    return undone.undone;
  }

 private:
  pg::Connection connect() const { return pg::Connection::open(pg::parse_conninfo(stage_.conninfo)); }

  const Stage& stage_;
  std::string& image_;
  std::filesystem::path plan_;  // the latest one
};

// Everything in the four tables, in one number.
constexpr const char* fingerprint =
    "SELECT md5(string_agg(r, '' ORDER BY r)) FROM (SELECT u::text FROM users u UNION ALL SELECT s::text FROM "
    "subscriptions s UNION ALL SELECT c::text FROM chat_sessions c UNION ALL SELECT m::text FROM web_messages m) AS "
    "everything(r)";

bool refused(Hand& hand, const Stage& stage) {
  stage.narrator.act("Production gets exactly what was read, or nothing");
  stage.narrator.say(
      "QA has two test users again, where they belong. The clean-up by attribute is rehearsed, and its report is read. "
      "Before it is applied, somebody changes one of the two behind its back: the row that would go is not the one "
      "that "
      "was read about.");
  hand.live(kTestUsersOfToday);
  hand.plan("cleanup_by_attribute.sql", kContractDelete);
  hand.live(kBehindItsBack);
  const apply::Outcome outcome = hand.apply("apply cleanup_by_attribute.plan --execute");
  return !outcome.applied && outcome.refused() &&
         hand.text("SELECT count(*) FROM users WHERE auth_source = 'test'") == "2";
}

bool applied(Hand& hand, const Stage& stage) {
  stage.narrator.say("Rehearsed and read once more, the row as it is now, it is applied.");
  hand.plan("cleanup_by_attribute.sql", kContractDelete);
  const apply::Outcome outcome = hand.apply("apply cleanup_by_attribute.plan --execute");
  return outcome.applied && hand.text("SELECT count(*) FROM users WHERE auth_source = 'test'") == "0";
}

bool regretted(Hand& hand, const Stage& stage) {
  stage.narrator.act("An apply that one regrets");
  stage.narrator.say(
      "Everybody who signed up on the web is to be told from the rest. The contract has nothing against it, the plan "
      "says "
      "what it does, and it is applied. It was the wrong column.");
  const std::string before = hand.text(fingerprint);
  hand.plan("rename.sql", kRegrettedUpdate);
  const apply::Outcome outcome = hand.apply("apply rename.plan --execute");
  if (!outcome.applied || hand.text(fingerprint) == before) return false;
  const bool undone = hand.undo(outcome.id);
  const bool whole = hand.text(fingerprint) == before;
  stage.narrator.say(whole ? "Every row of every table is what it was before."
                           : "Something is not what it was before.");
  return undone && whole;
}

}  // namespace

bool apply_and_undo(const Stage& stage, std::string& image) {
  Hand hand(stage, image);
  const bool first = refused(hand, stage);
  const bool second = applied(hand, stage);
  return regretted(hand, stage) && first && second;
}

}  // namespace demo
