#include "redis/client.h"

#include <gmock/gmock.h>

#include "base/thrown_test.h"
#include "redis/impostor_test.h"
#include "redis/test_server.h"

namespace redis {
namespace {

using base::thrown_by;
using testing::HasSubstr;
using testing::Not;

TEST(ClientTest, AsksAndPipelines) {
  const TestServer server;
  Client client = server.connect();
  const std::string bytes("a\0\r\n\xff", 5);
  EXPECT_EQ(client.ask({"SET", bytes, bytes}).text, "OK");
  EXPECT_EQ(client.ask({"GET", bytes}).text, bytes);
  EXPECT_EQ(client.ask({"GET", "none"}).type, Reply::Type::nil);
  for (int i = 0; i < 10'000; ++i) client.send({"INCR", "counter"});
  for (int i = 1; i <= 10'000; ++i) ASSERT_EQ(client.receive().integer, i);
  EXPECT_EQ(client.ask({"KEYS", "*"}).elements.size(), 2U);
  EXPECT_THAT(client.info("server", "redis_version"), testing::MatchesRegex("[0-9]+[.].*"));
  EXPECT_EQ(client.info("server", "no such line"), "");
}

TEST(ClientTest, SelectsTheAddressesDatabase) {
  const TestServer server;
  Address address = server.address();
  address.database = 3;
  Client::connect(address).ask({"SET", "k", "v"});
  EXPECT_EQ(server.connect().info("keyspace", "db3").substr(0, 7), "keys=1,");
  address.database = 99;
  EXPECT_THAT(thrown_by([&] { Client::connect(address); }).hint(), HasSubstr("fewer databases"));
}

TEST(ClientTest, AuthenticatesAndNeverShowsThePassword) {
  const TestServer server({"--requirepass", "s3cret"});
  server.connect_with("", "s3cret").ask({"ACL", "SETUSER", "reader", "on", ">readers", "~*", "+ping"});
  EXPECT_EQ(server.connect_with("default", "s3cret").ask({"PING"}).text, "PONG");
  EXPECT_EQ(server.connect_with("reader", "readers").ask({"PING"}).text, "PONG");

  EXPECT_THAT(thrown_by([&] { server.connect(); }).hint(), HasSubstr("wants a password"));
  for (const auto& [user, password] : {std::pair("", "wr0ng"), std::pair("nobody", "wr0ng"), std::pair("reader", "")}) {
    const base::Error error = thrown_by([&] { server.connect_with(user, password); });
    EXPECT_THAT(error.message(), HasSubstr("WRONGPASS"));
    EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr("wr0ng")));
  }
  const base::Error error = thrown_by([&] { server.connect_with("reader", "readers").ask({"GET", "k"}); });
  EXPECT_THAT(error.message(), HasSubstr("NOPERM"));
  EXPECT_THAT(error.hint(), HasSubstr("+psync"));
}

TEST(ClientTest, SaysThatNoPasswordIsWanted) {
  const TestServer server;
  EXPECT_THAT(thrown_by([&] { server.connect_with("", "needless"); }).hint(), HasSubstr("wants no password"));
}

TEST(ClientTest, MasksThePasswordThatAServerRepeats) {
  const Impostor server(
      Impostor::Answers{{"AUTH", {"-ERR unknown command `AUTH`, with args beginning with: `s3cret`\r\n"}}});
  Address address = server.address();
  address.password = "s3cret";
  EXPECT_THAT(thrown_by([&] { Client::connect(address); }).message(), HasSubstr("beginning with: `****`"));
}

TEST(ClientTest, SaysWhereNobodyIs) {
  Address address;
  address.socket = "/nonexistent/redis.sock";
  EXPECT_THAT(thrown_by([&] { Client::connect(address); }).message(),
              HasSubstr("cannot connect to redis at /nonexistent/redis.sock: No such file"));
  const base::Error refused = thrown_by([] { Client::connect(parse_address("redis://127.0.0.1:1")); });
  EXPECT_EQ(refused.code(), base::Code::server);
  EXPECT_THAT(refused.message(), HasSubstr("127.0.0.1:1: Connection refused"));
  EXPECT_THAT(thrown_by([] { Client::connect(parse_address("redis://no-such-host.invalid")); }).message(),
              HasSubstr("no-such-host.invalid"));
}

TEST(ClientTest, WaitsForNoAnswerForEver) {
  const Impostor server(Impostor::Answers{{"GET", {}}});
  Client client = Client::connect(server.address(), {.answer = std::chrono::seconds(1)});
  EXPECT_THAT(thrown_by([&] { client.ask({"GET", "k"}); }).message(), HasSubstr("no answer to GET for 1 second"));
}

TEST(ClientTest, SaysThatTheConnectionEnded) {
  const Impostor server(Impostor::Answers{{"GET", {"$100\r\nabc", "close"}}});
  Client client = Client::connect(server.address());
  EXPECT_THAT(thrown_by([&] { client.ask({"GET", "k"}); }).message(), HasSubstr("the connection ended during GET"));
}

TEST(ClientTest, RefusesWhatIsNoRedis) {
  const Impostor server(Impostor::Answers{{"PING", {"HTTP/1.1 400 Bad Request\r\n\r\n"}}});
  EXPECT_EQ(thrown_by([&] { Client::connect(server.address()); }).code(), base::Code::server);
}

TEST(ClientTest, LetsNoAnswerSteerATerminal) {
  const Impostor server(Impostor::Answers{{"GET", {"-ERR \x1b[2J gotcha\r\n"}}});
  Client client = Client::connect(server.address());
  EXPECT_THAT(thrown_by([&] { client.ask({"GET", "k"}); }).message(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace redis
