#include "demo/demo.h"

#include <fmt/core.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "demo/apply_acts.h"
#include "demo/contract_acts.h"
#include "demo/disaster_act.h"
#include "demo/history.h"
#include "demo/narrator.h"
#include "rehearse/rehearse.h"
#include "scratch/home.h"
#include "scratch/image.h"
#include "scratch/instance.h"
#include "scratch/workplace.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace demo {

namespace {

constexpr const char* database = "honeychat";
constexpr const char* application = "app";

// A production server of our own: an instance like any scratch, reached like any server.
class Production {
 public:
  Production() : instance_(scratch::Instance::create(any_server(), {})) {
    pg::Connection admin = instance_.connect("postgres");
    admin.none(fmt::format("CREATE ROLE {} LOGIN REPLICATION", application));
    admin.none(fmt::format("CREATE DATABASE {} OWNER {}", database, application));
    live(kSchema);
    live(kHealthyLife);
  }

  // Something that happens to production itself.
  void live(std::string_view sql) { instance_.connect(database, application).script(std::string(sql)); }

  std::string text(const std::string& query) {
    return instance_.connect(database, application).one_value(query).value_or("");
  }
  std::int64_t count(const std::string& table) { return std::stoll(text("SELECT count(*) FROM " + table)); }

  std::string conninfo() const {
    const pg::Parameters parameters = instance_.parameters(database, application);
    return fmt::format("host={} port={} dbname={} user={}", parameters.at("host"), parameters.at("port"), database,
                       application);
  }

 private:
  scratch::Instance instance_;
};

class Story {
 public:
  Story() : directory_(scratch::Workplace::create(scratch::building_folder)) {
    sys::write_file(directory_.path() / "pgrehearse.toml", kContract, 0600);
  }

  // The copies that the rehearsals cloned are of no use to anybody else.
  ~Story() {
    try {
      if (!image_.empty()) scratch::purge(image_);
    } catch (const base::Error&) {  // in use, or gone: not worth a word after the story
    }
  }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  int tell() {
    opening();
    each_habit_alone();
    all_together();
    clean_up_by_attribute();
    as_expected_ &= bring_under_the_contract(stage());
    as_expected_ &= apply_and_undo(stage(), image_);
    as_expected_ &= survive_a_disaster(stage(), [&] { production_.reset(); });
    closing();
    return as_expected_ ? 0 : 1;
  }

 private:
  Stage stage() { return {narrator_, production_->conninfo(), directory_.path()}; }

  void opening() {
    narrator_.title("The night of 2026-05-11, replayed");
    narrator_.say(fmt::format(
        "A production server of its own is up: {} users, {} subscriptions, {} chat sessions and {} messages. Telegram "
        "users carry "
        "their own positive ids; people who sign up on the web get negative ones from web_user_id_seq.",
        base::with_commas(production_->count("users")), base::with_commas(production_->count("subscriptions")),
        base::with_commas(production_->count("chat_sessions")), base::with_commas(production_->count("web_messages"))));
    narrator_.show("The contract: whose ids are whose (pgrehearse.toml)", kContract);
  }

  void each_habit_alone() {
    narrator_.act("Habit one: test users by hand");
    narrator_.say("QA needs two users and makes up their ids. Nobody else uses such numbers. Today.");
    rehearse("test_users.sql", kTestUsers, rehearse::Verdict::breaks);
    narrator_.say("At the time nobody rehearsed it. It ran, and nothing happened.");
    production_->live(kTestUsers);
    as_expected_ &= forecast_on_day_one(stage(), image_);

    narrator_.act("Habit two: a sign-up that heals itself");
    narrator_.say(
        "Ten people sign up. The first of them is to get -1195, which QA has taken; the minter sees the unique "
        "violation and sets "
        "its sequence to GREATEST(-MIN(id), …), which is what QA's other row says: 91,111,101.");
    rehearse("sign_ups.sql", kSignUps, rehearse::Verdict::breaks);
    narrator_.say("Those ten people, and all after them, now live among the test ids. They subscribe, and they chat.");
    production_->live(kSignUps);
    production_->live(kTheirLife);

    narrator_.act("Habit three: an upsert on the id");
    narrator_.say("A test user “must exist” before a test begins. One of the ten has that id already.");
    rehearse("upsert.sql", kUpsert, rehearse::Verdict::breaks);
    production_->live(kUpsert);
  }

  void all_together() {
    narrator_.act("The three together: the nightly clean-up");
    narrator_.say(
        "It has run for weeks, and it always deleted test users and nobody else. Tonight it is rehearsed first.");
    rehearse("cleanup.sql", kRangeDelete, rehearse::Verdict::breaks, true);
    narrator_.say(
        fmt::format("Ten people, with their subscriptions, sessions and messages. Production still has {} users.",
                    base::with_commas(production_->count("users"))));
  }

  void clean_up_by_attribute() {
    narrator_.act("The contract's clean-up: by what a row is, not by its number");
    rehearse("cleanup_by_attribute.sql", kContractDelete, rehearse::Verdict::keeps, true);
  }

  void closing() {
    narrator_.done(as_expected_ ? "Rehearsed, refused, applied, undone, restored: every act ended as it has to"
                                : "An act did not end as it has to");
    narrator_.say(
        fmt::format("Replayed in {}. On your own database:  pgrehearse plan --from postgresql://… cleanup.sql",
                    base::humanise(stopwatch_.elapsed())));
  }

  void rehearse(const std::string& name, std::string_view sql, rehearse::Verdict expected, bool in_full = false) {
    const std::filesystem::path script = directory_.path() / name;
    sys::write_file(script, sql, 0600);
    narrator_.show("$ pgrehearse plan " + name, sql);
    rehearse::Rehearsal rehearsal = rehearse::rehearse({.source = production_->conninfo(),
                                                        .contract = directory_.path() / "pgrehearse.toml",
                                                        .scripts = {script.string()}});
    rehearse::Plan& plan = rehearsal.plan;
    as_expected_ &= plan.verdict() == expected;
    image_ = plan.image;
    plan.source = whose;
    plan.contract_file = "pgrehearse.toml";
    // The script lies in a directory that is gone in a minute: its name is all that a reader can use.
    for (rehearse::StatementEffect& statement : plan.statements) statement.file = name;
    for (rehearse::ScriptFile& file : plan.scripts) file.name = name;
    narrator_.verdict(plan, in_full);
  }

  sys::Stopwatch stopwatch_;
  Narrator narrator_;
  std::optional<Production> production_{std::in_place};  // until it is destroyed
  scratch::Workplace directory_;
  std::string image_;  // the copy that the rehearsals cloned; goes at the end
  bool as_expected_ = true;
};

}  // namespace

int run() {
  scratch::reap();
  return Story().tell();
}

}  // namespace demo
