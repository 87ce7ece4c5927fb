#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "pg/connection.h"

namespace pg {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Conninfo, OfParametersIsReadBackAsThem) {
  const Parameters parameters = {{"host", "/tmp/a b"}, {"dbname", "it's a \\ \"name\" ="}, {"user", ""}};
  EXPECT_EQ(parse_conninfo(to_conninfo(parameters)).at("dbname"), parameters.at("dbname"));
  EXPECT_EQ(parse_conninfo(to_conninfo(parameters)).at("host"), parameters.at("host"));
}

TEST(Conninfo, ReadsUrisStringsAndNames) {
  EXPECT_EQ(parse_conninfo("postgresql://app:s%40cret@db.example.com:6432/shop?sslmode=require"),
            (Parameters{{"user", "app"},
                        {"password", "s@cret"},
                        {"host", "db.example.com"},
                        {"port", "6432"},
                        {"dbname", "shop"},
                        {"sslmode", "require"}}));
  EXPECT_EQ(parse_conninfo("host=a,b dbname='my shop'"), (Parameters{{"host", "a,b"}, {"dbname", "my shop"}}));
  EXPECT_EQ(parse_conninfo("shop"), (Parameters{{"dbname", "shop"}}));
  EXPECT_EQ(parse_conninfo(""), Parameters{});
}

TEST(Conninfo, RefusesWhatLibpqDoesWithoutShowingSecrets) {
  for (const std::string text : {"password=s3cr et host=a", "postgres://u:s3cr%zz@h/d", "postgres://u:s3cr@[h/d",
                                 "passwrod=s3cr@x", "postgres://u:s3cr@h/d?s3cr"}) {
    try {
      parse_conninfo(text);
      ADD_FAILURE() << text;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::usage);
      EXPECT_THAT(error.message(), Not(HasSubstr("s3cr"))) << text;
      EXPECT_THAT(error.message(), Not(HasSubstr("et"))) << text;
    }
  }
  try {
    parse_conninfo("hots=db");
    ADD_FAILURE();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("hots"));
  }
}

TEST(Conninfo, IsShownWithoutItsSecret) {
  EXPECT_EQ(describe(parse_conninfo("postgres://app:pw@db.example.com:6432/shop")), "app@db.example.com:6432/shop");
  EXPECT_EQ(describe({{"host", "h"}, {"port", "1"}, {"user", "u"}, {"dbname", "d"}, {"password", "pw"}}), "u@h:1/d");
  EXPECT_THAT(describe({{"user", "u"}, {"host", "/run"}}), HasSubstr("u@/run"));
  EXPECT_EQ(describe({{"service", "shop"}}), "service shop");
}

}  // namespace
}  // namespace pg
