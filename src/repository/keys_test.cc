#include "repository/keys.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/thrown_test.h"
#include "sys/file.h"

namespace repository {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view hex_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view base64_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

base::Error refused(std::string_view text) {
  return base::thrown_by([&] { KeyRing::parse(text, "the file k"); });
}

TEST(KeyRingTest, ReadsHexadecimalAndBase64) {
  const KeyRing hex = KeyRing::parse(std::string(hex_key) + "\n", "k");
  const KeyRing padded = KeyRing::parse(base64_key, "k");
  const KeyRing bare = KeyRing::parse(base64_key.substr(0, 43), "k");
  EXPECT_EQ(hex.writing().id(), padded.writing().id());
  EXPECT_EQ(hex.writing().id(), bare.writing().id());
  EXPECT_EQ(hex.writing().bytes()[31], 0x1f);
  EXPECT_EQ(hex.writing().id(), "be7d1b607868aef4") << "docs/formats/sealed.md specifies it";
}

TEST(KeyRingTest, FirstKeyWritesAndAllAreFound) {
  const std::string first = new_key_line();
  const std::string text = "# new\n\n  " + first + "\r\n\t" + std::string(hex_key) + " # until June\n";
  const KeyRing ring = KeyRing::parse(text, "k");
  ASSERT_EQ(ring.keys().size(), 2U);
  EXPECT_THAT(first, HasSubstr("# key " + ring.writing().id()));
  EXPECT_EQ(ring.find(KeyRing::parse(hex_key, "k").writing().id()), &ring.keys()[1]);
  EXPECT_EQ(ring.find("0000000000000000"), nullptr);
}

TEST(KeyRingTest, MakesAnotherKeyEveryTime) {
  EXPECT_NE(new_key_line(), new_key_line());
}

TEST(KeyRingTest, RefusesWhatIsNoKeyWithoutShowingIt) {
  const std::string line(hex_key);
  for (const std::string& text :
       {line.substr(1), line + "0", "x" + line.substr(1), line + " " + line, std::string(base64_key.substr(1)),
        std::string(base64_key) + "=", line.substr(0, 44)}) {
    const base::Error error = refused("# keys\n" + text);
    EXPECT_EQ(error.code(), base::Code::contract) << text;
    EXPECT_THAT(error.message(), HasSubstr("line 2 of the file k is no key")) << text;
    EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr(line.substr(10, 10)))) << text;
  }
  EXPECT_THAT(refused(std::string(64, '0')).message(), HasSubstr("placeholder"));
  EXPECT_THAT(refused("# nothing\n\n").message(), HasSubstr("there is no key in the file k"));
  EXPECT_THAT(refused("").message(), HasSubstr("there is no key"));
}

TEST(KeyRingTest, RefusesAKeyThatIsThereTwice) {
  EXPECT_THAT(refused(std::string(hex_key) + "\n" + std::string(base64_key)).message(),
              HasSubstr("line 2 of the file k is a key that is there already (be7d1b607868aef4)"));
}

TEST(KeyRingTest, ReadsAPrivateFileAndNoOther) {
  const sys::TemporaryDirectory directory;
  const auto path = directory.path() / "keys";
  sys::write_file(path, hex_key, 0600);
  EXPECT_EQ(KeyRing::read_file(path).origin(), "the file " + path.string());
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const base::Error error = base::thrown_by([&] { KeyRing::read_file(path); });
    EXPECT_EQ(error.code(), base::Code::refused);
    EXPECT_THAT(error.hint(), HasSubstr("chmod 600 " + path.string()));
  }
  const base::Error none = base::thrown_by([&] { KeyRing::read_file(directory.path() / "none"); });
  EXPECT_EQ(none.code(), base::Code::contract);
  EXPECT_THAT(none.hint(), HasSubstr("pgrehearse keys new"));
  EXPECT_THAT(base::thrown_by([&] { KeyRing::read_file(directory.path()); }).message(), HasSubstr("no regular file"));
}

TEST(KeyRingTest, LetsAGroupReadWhatSomebodyElseOwns) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const sys::TemporaryDirectory directory;
  const auto path = directory.path() / "keys";
  sys::write_file(path, hex_key, 0640);
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_EQ(KeyRing::read_file(path).keys().size(), 1U);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(base::thrown_by([&] { KeyRing::read_file(path); }).hint(), HasSubstr("chmod 640"));
}

TEST(KeyRingTest, TakesAKeyFromTheEnvironmentByNameAlone) {
  setenv("PGREHEARSE_TEST_KEY", std::string(base64_key).c_str(), 1);
  EXPECT_EQ(KeyRing::from_reference("env:PGREHEARSE_TEST_KEY").origin(), "the variable PGREHEARSE_TEST_KEY");
  unsetenv("PGREHEARSE_TEST_KEY");
  EXPECT_THAT(base::thrown_by([] { KeyRing::from_reference("env:PGREHEARSE_TEST_KEY"); }).message(),
              HasSubstr("is not set"));
  for (const std::string_view reference : {hex_key, std::string_view("env:"), std::string_view("")}) {
    const base::Error error = base::thrown_by([&] { KeyRing::from_reference(reference); });
    EXPECT_EQ(error.code(), base::Code::contract);
    EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr("0a0b0c")));
  }
}

}  // namespace
}  // namespace repository
