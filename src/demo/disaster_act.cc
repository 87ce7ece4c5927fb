#include "demo/disaster_act.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backup/backup.h"
#include "base/error.h"
#include "base/text.h"
#include "contract/contract.h"
#include "demo/history.h"
#include "repository/inventory.h"
#include "repository/status.h"
#include "restore/choice.h"
#include "restore/drill.h"
#include "restore/restore.h"
#include "scratch/instance.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace demo {

namespace {

constexpr const char* database = "honeychat";
constexpr const char* program = "pgrehearse demo";
constexpr const char* local_shown = "/var/backups/honeychat";
constexpr const char* offsite_shown = "/mnt/offsite/honeychat";

// Everything that people see of production, in one number.
constexpr const char* fingerprint =
    "SELECT md5(string_agg(r, '' ORDER BY r)) FROM (SELECT u::text FROM users u UNION ALL SELECT s::text FROM "
    "subscriptions s UNION ALL SELECT c::text FROM chat_sessions c UNION ALL SELECT m::text FROM web_messages m) AS "
    "everything(r)";

class Disaster {
 public:
  explicit Disaster(const Stage& stage)
      : stage_(stage),
        repository_(
            repository::open_repository(contract::load(write_contract()), stage.directory / "state" / "stores")) {}

  bool tell(const std::function<void()>& destroy) {
    stage_.narrator.act("The night production is gone");
    stage_.narrator.say(
        "The team of the incident had a dump that was 22 hours old, and a restore script that had rotted. Tiers say "
        "how "
        "much may be lost, and are held to it.");
    stage_.narrator.show("The contract goes on (pgrehearse.toml)", tiers(local_shown, offsite_shown));
    back_up();
    const std::string before = live().one_value(fingerprint).value_or("");
    live().script(std::string(kTheLastMinute));
    stage_.narrator.say(
        "Hedy, Katherine and Annie sign up. A moment later somebody removes the data directory of the wrong server.");
    destroy();
    stage_.narrator.show("# rm -rf /var/lib/postgresql/15/main", "");
    const bool told = tell_status(false);
    const bool restored = bring_back(before);
    const bool drilled = drill();
    return told && restored && drilled && tell_status(true);
  }

 private:
  static std::string tiers(const std::string& local, const std::string& offsite) {
    return fmt::format(fmt::runtime(kTiers), local, offsite);
  }

  std::filesystem::path write_contract() const {
    const auto place = [&](const char* name) { return (stage_.directory / "stores" / name).string(); };
    const std::filesystem::path file = stage_.directory / "tiers.toml";
    sys::write_file(file, std::string(kContract) + tiers(place("local"), place("offsite")), 0600);
    return file;
  }

  pg::Connection live() const { return pg::Connection::open(pg::parse_conninfo(stage_.conninfo)); }

  void back_up() {
    std::string told;
    for (const contract::Tier& tier : repository_.contract.backups.tiers) {
      auto outcome =
          backup::take({.contract = &repository_.contract, .tier = &tier, .url = stage_.conninfo, .program = program},
                       repository_.stores_of(tier));
      const auto* taken = std::get_if<backup::Taken>(&outcome);
      if (!taken) throw base::Error(base::Code::internal, "somebody else backs the demo up");
      told += backup::to_text(*taken);
    }
    stage_.narrator.show("$ pgrehearse backup --due    (every ten minutes, by cron)", told);
  }

  bool tell_status(bool expect_kept) const {
    auto inventories = repository::take_inventory(repository_);
    repository::read_rtos(repository_, inventories);
    repository::Status status = repository::judge(inventories, repository_.contract.backups, sys::now());
    const std::array<const char*, 2> shown = {local_shown, offsite_shown};
    for (std::size_t place = 0; place < shown.size(); ++place)
      status.stores.at(place).url = fmt::format("file://{}", shown.at(place));
    stage_.narrator.show("$ pgrehearse status", "");
    stage_.narrator.report(repository::to_document(status));
    return status.kept() == expect_kept && !status.loss.empty();
  }

  // Into a server that knows nothing yet.
  bool bring_back(const std::string& before) {
    stage_.narrator.say("A new server is started, empty. It gets the newest good recovery point.");
    server_.emplace(scratch::Instance::create(any_server(), {}));
    const restore::Shelves shelves(repository_);
    const restore::Choice choice = restore::find_choice(shelves, repository_.contract.backups, "latest", sys::now());
    restore::Restored restored = restore::restore_database(choice, nullptr, {.target = server_->parameters(database)});
    restored.into = "postgres@new-server/honeychat";
    stage_.narrator.show("$ pgrehearse restore latest --into postgresql://postgres@new-server/honeychat", "");
    stage_.narrator.report(restore::to_document(restored));
    const bool whole = server_->connect(database).one_value(fingerprint) == before;
    stage_.narrator.say(whole ? "Every row of every table is what it was when the backup was taken. The three who came "
                                "after it are what an RPO is: a promise about how many they may be."
                              : "Something is not what it was when the backup was taken.");
    return whole;
  }

  bool drill() const {
    stage_.narrator.say(
        "Status had one more thing to say: nobody ever tried. A drill is a restore that proves itself.");
    std::vector<repository::Evidence> drills;
    const restore::Shelves shelves(repository_);
    for (const contract::Tier& tier : repository_.contract.backups.tiers) {
      const auto choice = shelves.newest(tier.name, sys::now());
      if (!choice) return false;
      drills.push_back(restore::drill(*choice, {.contract = repository_.contract, .program = program}));
      if (!restore::keep_evidence(drills.back(), *choice).empty()) return false;
    }
    stage_.narrator.show("$ pgrehearse drill", "");
    stage_.narrator.report(restore::to_document({drills.front()}));
    // The others found the same: their verdict says it.
    for (std::size_t place = 1; place < drills.size(); ++place)
      stage_.narrator.banner_of(restore::to_document({drills[place]}));
    return std::all_of(drills.begin(), drills.end(), [](const auto& drill) { return drill.passed; });
  }

  const Stage& stage_;
  repository::Repository repository_;
  std::optional<scratch::Instance> server_;  // that production comes back on
};

}  // namespace

bool survive_a_disaster(const Stage& stage, const std::function<void()>& destroy) {
  return Disaster(stage).tell(destroy);
}

}  // namespace demo
