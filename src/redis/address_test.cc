#include "redis/address.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/thrown_test.h"

namespace redis {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AddressTest, ReadsEveryPartOfAUrl) {
  const Address address = parse_address("redis://back%2Fup:s%40fe%3A@db.example.com:6380/7");
  EXPECT_EQ(address.user, "back/up");
  EXPECT_EQ(address.password, "s@fe:");
  EXPECT_EQ(address.host, "db.example.com");
  EXPECT_EQ(address.port, 6380);
  EXPECT_EQ(address.database, 7);
  EXPECT_EQ(address.description(), "redis at db.example.com:6380");
}

TEST(AddressTest, LeavesOutWhatMayBeLeftOut) {
  const Address address = parse_address("redis://localhost");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_EQ(parse_address("redis://localhost/").database, 0);
  EXPECT_EQ(parse_address("redis://:pw@localhost").password, "pw");
  EXPECT_EQ(parse_address("redis://[2001:db8::1]:7000").description(), "redis at [2001:db8::1]:7000");
}

TEST(AddressTest, ReadsSockets) {
  const Address address = parse_address("unix://:pw@/run/redis%20a.sock?db=3");
  EXPECT_EQ(address.socket, "/run/redis a.sock");
  EXPECT_EQ(address.password, "pw");
  EXPECT_EQ(address.database, 3);
}

TEST(AddressTest, TakesAMissingPasswordFromTheEnvironment) {
  setenv("REDISCLI_AUTH", "from outside", 1);
  EXPECT_EQ(parse_address("redis://localhost").password, "from outside");
  EXPECT_EQ(parse_address("redis://:own@localhost").password, "own");
  unsetenv("REDISCLI_AUTH");
}

TEST(AddressTest, RefusesWhatIsNoneWithoutRepeatingIt) {
  for (const char* url :
       {"", "localhost:6379", "http://u:secret@h", "redis://", "redis://u:secret@", "redis://h:secret", "redis://h:0",
        "redis://h:70000", "redis://h/secret", "redis://u:se%cret@h", "redis://[::1", "unix://secret",
        "redis://h?secret=1", "redis://[::1]secret"}) {
    const base::Error error = base::thrown_by([&] { parse_address(url); });
    EXPECT_EQ(error.code(), base::Code::usage) << url;
    EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(error.hint(), HasSubstr("redis://")) << url;
  }
}

TEST(AddressTest, SaysThatThereIsNoTls) {
  EXPECT_THAT(base::thrown_by([] { parse_address("rediss://u:secret@h"); }).message(), HasSubstr("TLS"));
}

}  // namespace
}  // namespace redis
