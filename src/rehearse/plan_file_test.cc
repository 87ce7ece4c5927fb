#include "rehearse/plan_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/file.h"
#include "rehearse/json.h"
#include "rehearse/sample_plan.h"
#include "sys/directory.h"
#include "sys/file.h"

namespace rehearse {
namespace {

class PlanFiles : public testing::Test {
 protected:
  PlanFiles() {
    changeset::Writer net(directory_.path() / "net");
    const std::uint32_t users = net.add(changeset::Relation{.oid = 1, .schema = "public", .name = "users"});
    net.add({.relation = users,
             .statement = 1,
             .op = changeset::Op::erase,
             .before = std::string("\x02"
                                   "7",
                                   2)});
    net.close();
    script_.file = sample_plan().scripts[0];
    script_.text = "DELETE FROM users;\n";
    write_plan(path_, sample_plan(), {script_}, directory_.path() / "net");
    bytes_ = sys::read_file(path_);
  }

  void overwrite(const std::string& bytes) { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }

  sys::TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "cleanup.plan";
  Script script_;
  std::string bytes_;
};

TEST_F(PlanFiles, GiveBackReportScriptsAndChangeset) {
  const PlanFile file(path_);
  Plan expected = sample_plan();
  expected.file = path_.string();
  EXPECT_EQ(to_json(file.plan()), to_json(expected));
  EXPECT_EQ(file.scripts(), std::vector<std::string>{script_.text});
  file.extract_changeset(directory_.path() / "copy");
  EXPECT_EQ(sys::read_file(directory_.path() / "copy"), sys::read_file(directory_.path() / "net"));
}

TEST_F(PlanFiles, AreForTheirOwnerAlone) {
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(PlanFiles, AreRefusedWhereverTheyAreCut) {
  for (std::size_t length = 0; length < bytes_.size(); length += 1 + length / 64) {
    overwrite(bytes_.substr(0, length));
    EXPECT_THROW(PlanFile{path_}, base::Error) << "cut to " << length << " bytes";
  }
}

TEST_F(PlanFiles, AreRefusedWhereOneBitDiffers) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 300; ++trial) {
    std::string altered = bytes_;
    altered[random() % altered.size()] ^= static_cast<char>(1 << random() % 8);
    overwrite(altered);
    EXPECT_THROW(PlanFile{path_}, base::Error);
  }
}

// Somebody who knows the format seals what they altered: lengths are still not believed.
TEST_F(PlanFiles, DoNotBelieveLengthsEvenUnderARightHash) {
  std::string altered = bytes_.substr(0, bytes_.size() - 64);
  const std::size_t length_at = 8 + 1 + std::string("report").size();
  altered[length_at + 6] = '\x7f';
  overwrite(altered + base::sha256_hex(altered));
  EXPECT_THROW(PlanFile{path_}, base::Error);
}

TEST_F(PlanFiles, AreReadAsTheyWereCheckedWhateverTakesTheirName) {
  const PlanFile file(path_);
  script_.text = "DELETE FROM users WHERE true;\n";
  write_plan(path_, sample_plan(), {script_}, directory_.path() / "net");
  EXPECT_EQ(file.scripts(), std::vector<std::string>{"DELETE FROM users;\n"});
  EXPECT_EQ(file.sha256(), base::sha256_hex(bytes_));
}

TEST_F(PlanFiles, AreReadFromTheirCopyWhoeverWritesIntoThem) {
  const std::filesystem::path copy = directory_.path() / "own";
  const PlanFile file(path_, copy);
  overwrite(std::string(bytes_.size(), 'x'));
  EXPECT_EQ(file.scripts(), std::vector<std::string>{script_.text});
  file.extract_changeset(directory_.path() / "copy");
  EXPECT_EQ(sys::read_file(directory_.path() / "copy"), sys::read_file(directory_.path() / "net"));
  EXPECT_EQ(sys::read_file(copy), bytes_);
  EXPECT_EQ(file.plan().file, path_.string());
}

TEST_F(PlanFiles, WriteAProgramWithoutItsSecrets) {
  Script command{.file = {.name = "psql postgres://app:****@db", .command = true},
                 .text = "psql postgres://app:hush@db"};
  write_plan(path_, sample_plan(), {command}, directory_.path() / "net");
  EXPECT_EQ(sys::read_file(path_).find("hush"), std::string::npos);
}

}  // namespace
}  // namespace rehearse
