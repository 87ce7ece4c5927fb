#include "scratch/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "sys/file.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigurationTest : public testing::Test {
 protected:
  fs::path data() const { return directory_.path(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(data() / name) << text; }
  std::string configured(const Cluster& cluster, const std::map<std::string, std::string>& extra = {}) const {
    configure(data(), "/s", cluster, extra);
    return sys::read_file(data() / "postgresql.conf");
  }

 private:
  sys::TemporaryDirectory directory_;
};

TEST_F(ConfigurationTest, TheScratchOverrulesItsSourceAndIsOverruledByExtras) {
  const auto text = configured({"postgres", {{"fsync", "on"}, {"TimeZone", "UTC"}}}, {{"wal_level", "minimal"}});
  EXPECT_THAT(text, HasSubstr("fsync = 'off'\n"));
  EXPECT_THAT(text, HasSubstr("TimeZone = 'UTC'\n"));
  EXPECT_THAT(text, HasSubstr("wal_level = 'minimal'\n"));
  EXPECT_THAT(text, HasSubstr("unix_socket_directories = '/s'\n"));
}

TEST_F(ConfigurationTest, NothingOfTheSourcesOwnConfigurationIsLeft) {
  for (const auto* name : {"postgresql.conf", "postgresql.auto.conf", "pg_ident.conf", "pg_hba.conf"})
    write(name, "archive_command = 'rm -rf /'\n");
  for (const auto* name : {"standby.signal", "recovery.signal", "postmaster.pid"}) write(name, "");
  fs::create_directories(data() / "pg_replslot" / "standby1");
  write("backup_label", "kept");
  EXPECT_THAT(configured({"postgres", {}}), Not(HasSubstr("rm -rf")));
  EXPECT_EQ(sys::read_file(data() / "postgresql.auto.conf"), "");
  EXPECT_EQ(sys::read_file(data() / "pg_ident.conf"), "");
  EXPECT_EQ(sys::read_file(data() / "pg_hba.conf"), "local all all trust\nlocal replication all trust\n");
  for (const auto* name : {"standby.signal", "recovery.signal", "postmaster.pid"})
    EXPECT_FALSE(fs::exists(data() / name)) << name;
  EXPECT_TRUE(fs::is_empty(data() / "pg_replslot"));
  EXPECT_EQ(sys::read_file(data() / "backup_label"), "kept");
}

TEST_F(ConfigurationTest, AForeignLinkIsReplacedAndNeverFollowed) {
  const sys::TemporaryDirectory elsewhere;
  std::ofstream(elsewhere.path() / "precious") << "kept";
  fs::create_directory_symlink(elsewhere.path(), data() / "pg_replslot");
  fs::create_symlink(elsewhere.path() / "precious", data() / "postgresql.conf");
  configured({"postgres", {}});
  EXPECT_EQ(sys::read_file(elsewhere.path() / "precious"), "kept");
}

TEST_F(ConfigurationTest, QuotesWhateverAValueHolds) {
  EXPECT_THAT(configured({"postgres", {{"app.text", "it's a \\ and\na line"}}}),
              HasSubstr("app.text = 'it''s a \\\\ and\\na line'\n"));
}

TEST_F(ConfigurationTest, ClusterIsReadAsItWasWritten) {
  write_cluster(data(), {"Ö \"quoted\"", {{"a.b", "c\nd"}}});
  const auto read = read_cluster(data());
  EXPECT_EQ(read.superuser, "Ö \"quoted\"");
  EXPECT_EQ(read.settings.at("a.b"), "c\nd");
  write("pgrehearse.json", "{\"superuser\": 3");
  EXPECT_THROW(read_cluster(data()), base::Error);
}

TEST(RefusedSettings, AreReadOffTheLog) {
  EXPECT_THAT(refused_settings("LOG:  unrecognized configuration parameter \"no_such\" in file \"x\" line 3\n"
                               "LOG:  invalid value for parameter \"lc_monetary\": \"de_DE\"\n"
                               "LOG:  invalid value for parameter \"lc_monetary\": \"de_DE\"\n"),
              ElementsAre("no_such", "lc_monetary"));
  EXPECT_THAT(refused_settings("FATAL:  could not create shared memory segment"), IsEmpty());
}

}  // namespace
}  // namespace scratch
