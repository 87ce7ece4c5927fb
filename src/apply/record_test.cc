#include "apply/record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "apply/record_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace apply {
namespace {

namespace fs = std::filesystem;

Record sample() {
  Record record;
  record.started = base::parse_rfc3339("2026-11-25T15:12:03.250Z");
  record.person = "ada@build-7";
  record.role = "app";
  record.target = {{"host", "db"}, {"dbname", "shop"}, {"password", "hunter2"}, {"sslpassword", "hunter3"}};
  record.database = "shop";
  record.database_oid = "16384";
  record.system_identifier = "7712152184256655202";
  record.plan_file = "/srv/Clean Up (2).plan";
  record.proof = "locked-rows";
  record.outcome = "said \"no\" \xff";
  record.deleted = 4;
  record.transaction = {
      .xid = "745", .gid = "g", .decided = true, .backend = 7, .backend_start = "1.5", .timeline = "00000001"};
  return record;
}

class RecordTest : public testing::Test {
 protected:
  fs::path plan(const std::string& contents = "the plan") {
    const fs::path path = directory_.path() / "a.plan";
    std::ofstream(path) << contents;
    return path;
  }
  RecordStore store() { return RecordStore(directory_.path() / "state"); }
  fs::path place(const RecordStore::Open& open) { return open.plan().parent_path(); }

  static mode_t mode(const fs::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  template <typename Body>
  static base::Error error_of(Body body) {
    try {
      body();
    } catch (const base::Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {base::Code::internal, ""};
  }

  sys::TemporaryDirectory directory_;
};

TEST_F(RecordTest, IsReadBackAsItWasWrittenButForSecrets) {
  Record record = sample();
  record.id = "x";
  record.ended = base::parse_rfc3339("2026-11-25T15:12:04.000Z");
  const std::string text = record_to_text(record);
  EXPECT_EQ(text.find("hunter"), std::string::npos);
  const Record back = record_from_text(text);
  EXPECT_EQ(record_to_text(back), text);
  EXPECT_EQ(back.target, (pg::Parameters{{"host", "db"}, {"dbname", "shop"}}));
  EXPECT_EQ(back.transaction.backend_start, "1.5");
  EXPECT_TRUE(back.transaction.decided);
  EXPECT_EQ(back.ended, record.ended);
  EXPECT_FALSE(back.undone);
}

TEST_F(RecordTest, HoldsACopyOfThePlanAndItsHashInFilesThatOnlyTheOwnerReads) {
  RecordStore store = this->store();
  const RecordStore::Open open = store.create(sample(), plan(), 1000);
  EXPECT_EQ(sys::read_file(open.plan()), "the plan");
  EXPECT_EQ(open.record().plan_hash, base::sha256_hex("the plan"));
  EXPECT_EQ(open.record().id.substr(0, 27), "20261125-151203-clean-up-2-");
  EXPECT_EQ(mode(place(open)), 0700U);
  EXPECT_EQ(mode(place(open).parent_path()), 0700U);
  for (const auto& entry : fs::directory_iterator(place(open))) EXPECT_EQ(mode(entry.path()), 0600U) << entry.path();
  EXPECT_GE(fs::file_size(open.changes()), 1000U);
}

TEST_F(RecordTest, IsFoundByAUniqueBeginning) {
  RecordStore store = this->store();
  const std::string first = store.create(sample(), plan(), 0).record().id;
  const std::string second = store.create(sample(), plan(), 0).record().id;
  EXPECT_EQ(store.open(first).record().id, first);
  EXPECT_EQ(error_of([&] { store.open("20261125"); }).code(), base::Code::usage);
  EXPECT_EQ(error_of([&] { store.open("2025"); }).code(), base::Code::usage);
  EXPECT_EQ(error_of([&] { store.open(""); }).code(), base::Code::usage);
  EXPECT_EQ(error_of([&] { store.open("../applies/" + second); }).code(), base::Code::usage);
  for (std::size_t length = 28; length <= first.size(); ++length) {
    if (!second.starts_with(first.substr(0, length))) {
      EXPECT_EQ(store.find(first.substr(0, length)), first);
    }
  }
}

TEST_F(RecordTest, HasOneOwnerAtATime) {
  RecordStore store = this->store();
  std::string id;
  {
    const RecordStore::Open open = store.create(sample(), plan(), 0);
    id = open.record().id;
    EXPECT_TRUE(store.busy(id));
    EXPECT_EQ(error_of([&] { store.open(id); }).code(), base::Code::refused);
  }
  EXPECT_FALSE(store.busy(id));
  EXPECT_EQ(store.open(id).record().state, State::running);
}

TEST_F(RecordTest, KeepsWhatWasChangedAndOnlyTheRecordOfWhatWasRefused) {
  RecordStore store = this->store();
  std::string id;
  {
    RecordStore::Open open = store.create(sample(), plan(), 10);
    id = open.record().id;
    open.update([](Record& record) { record.state = State::applied; });
    EXPECT_TRUE(fs::exists(open.plan()));
  }
  RecordStore::Open open = store.open(id);
  EXPECT_EQ(open.record().state, State::applied);
  open.update([](Record& record) { record.state = State::refused; });
  EXPECT_FALSE(fs::exists(open.plan()));
  EXPECT_FALSE(fs::exists(open.changes()));
}

TEST_F(RecordTest, ListsNewestFirstAndSaysWhatIsDamaged) {
  RecordStore store = this->store();
  Record later = sample();
  later.started += std::chrono::hours(1);
  const std::string second = store.create(later, plan(), 0).record().id;
  const std::string first = store.create(sample(), plan(), 0).record().id;
  const std::string broken = store.create(sample(), plan(), 0).record().id;
  const std::string moved = store.create(sample(), plan(), 0).record().id;
  std::ofstream(store.directory() / broken / "record.json", std::ios::app) << "x";
  fs::copy_file(store.directory() / first / "record.json", store.directory() / moved / "record.json",
                fs::copy_options::overwrite_existing);
  std::vector<std::string> problems;
  const std::vector<Record> records = store.list(problems);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].id, second);
  EXPECT_EQ(records[1].id, first);
  EXPECT_EQ(problems.size(), 2U);
  EXPECT_EQ(error_of([&] { store.open(broken); }).code(), base::Code::storage);
  EXPECT_EQ(error_of([&] { store.open(moved); }).code(), base::Code::storage);
}

TEST_F(RecordTest, RemovesCreationsThatDiedAndNothingElse) {
  RecordStore store = this->store();
  const std::string kept = store.create(sample(), plan(), 0).record().id;
  sys::make_private_directory(store.directory() / "20200101-000000-dead-0000");
  const RecordStore::Open open = store.create(sample(), plan(), 0);
  EXPECT_FALSE(fs::exists(store.directory() / "20200101-000000-dead-0000"));
  EXPECT_TRUE(fs::exists(store.directory() / kept));
}

TEST_F(RecordTest, OfAPlanInForceLetsNoOtherOfItIn) {
  RecordStore store = this->store();
  const auto again = [&](Record record) { store.create(std::move(record), plan(), 0, RecordStore::Again::refused); };
  const auto refused = [&](const Record& record) { return error_of([&] { again(record); }); };
  Record record = sample();
  record.database_oid = "16384";
  RecordStore::Open first = store.create(record, plan(), 0, RecordStore::Again::refused);
  EXPECT_EQ(refused(record).code(), base::Code::refused);  // it is at work
  first.update([](Record& next) { next.state = State::applied; });
  const base::Error error = refused(record);
  EXPECT_NE(error.message().find(first.record().id), std::string::npos);
  EXPECT_NE(error.hint().find("--again"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(store.directory()), fs::directory_iterator()), 2);  // and the lock
  Record elsewhere = record;
  elsewhere.database_oid = "16385";
  EXPECT_NO_THROW(again(elsewhere));
  EXPECT_NO_THROW(store.create(record, plan("another plan"), 0, RecordStore::Again::refused));
  first.update([](Record& next) { next.state = State::undone_in_part; });
  EXPECT_EQ(refused(record).code(), base::Code::refused);
  first.update([](Record& next) { next.state = State::undone; });
  EXPECT_NO_THROW(again(record));
}

TEST_F(RecordTest, ThatDoesNotFitIsRefusedAndLeavesNothing) {
  RecordStore store = this->store();
  const base::Error error = error_of([&] { store.create(sample(), plan(), std::uint64_t{1} << 60); });
  EXPECT_EQ(error.code(), base::Code::storage);
  EXPECT_NE(error.message().find("does not fit"), std::string::npos);
  std::vector<std::string> problems;
  EXPECT_TRUE(store.list(problems).empty());
  EXPECT_EQ(error_of([&] { store.create(sample(), directory_.path() / "none", 0); }).code(), base::Code::storage);
}

// Whatever happens to its bytes, a record is what was written or an error.
TEST_F(RecordTest, IsNeverBelievedWhereAByteDiffers) {
  Record record = sample();
  record.id = "x";
  const std::string text = record_to_text(record);
  std::mt19937 random(7);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string broken = text;
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
      const std::size_t at = random() % broken.size();
      switch (random() % 3) {
        case 0:
          broken[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          broken.resize(at);
          break;
        default:
          broken.insert(at, broken.substr(random() % broken.size(), random() % 40));
      }
      if (broken.empty()) break;
    }
    try {
      EXPECT_EQ(record_to_text(record_from_text(broken)), text) << broken;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::input);
    }
  }
}

}  // namespace
}  // namespace apply
