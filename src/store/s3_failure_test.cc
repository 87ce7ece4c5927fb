// Every refusal of an S3-compatible service as an error that says what to do, and shows no secret.
#include "store/s3_failure.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "store/s3_test.h"
#include "sys/clock.h"

namespace store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

using S3ErrorTest = S3StoreTest;

TEST_F(S3ErrorTest, says_both_clocks_where_they_are_too_far_apart) {
  const auto error = error_of([&] { keys(*open({.retry = quick(), .clock = [] { return sys::now() - 2h; }})); });
  const std::string hour = base::to_rfc3339(sys::now() - 2h).substr(0, 13);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("clocks are too far apart"), HasSubstr("here it is " + hour),
                                     HasSubstr(" " + base::to_rfc3339(sys::now()).substr(0, 13))));
  EXPECT_THAT(error.hint(), HasSubstr("set the clock"));
}

TEST_F(S3ErrorTest, says_which_half_of_the_key_is_wrong_and_never_what_it_is) {
  AwsCredentials credentials = TestRadosgw::get().credentials();
  credentials.secret = "wrong/secret+abc";
  auto error = error_of([&] { keys(*open(credentials, {.retry = quick()})); });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("secret key of the test"), Not(HasSubstr("wrong/secret")),
                                     Not(HasSubstr(credentials.key_id))));
  credentials.key_id = "AKNOBODYKNOWSTHIS";
  error = error_of([&] { keys(*open(credentials, {.retry = quick()})); });
  EXPECT_THAT(error.message() + error.hint(), AllOf(HasSubstr("does not know the access key of the test"),
                                                    HasSubstr("AWS_ACCESS_KEY_ID"), Not(HasSubstr("AKNOBODY"))));
}

TEST_F(S3ErrorTest, says_that_there_is_no_such_bucket_whatever_is_asked) {
  S3Address address = place_.address();
  address.root = "/nobody-made-this/";
  address.bucket = "nobody-made-this";
  S3Store store(address, TestRadosgw::get().credentials(), {.retry = quick()});
  const auto says = HasSubstr("there is no bucket nobody-made-this");
  EXPECT_THAT(error_of([&] { keys(store); }).message(), says);
  EXPECT_THAT(error_of([&] { store.stat("a"); }).message(), says);
  EXPECT_THAT(error_of([&] { store.open("a", 0); }).message(), says);
  EXPECT_THAT(error_of([&] { store.remove("a"); }).message(), says);
  EXPECT_THAT(error_of([&] { store.unfinished(""); }).message(), says);
  EXPECT_THAT(error_of([&] { write_object(store, "a", "x"); }).message(), says);
  EXPECT_THAT(error_of([&] { write_object(store, "a", varied(9 * mebibyte)); }).message(), says);
}

TEST_F(S3ErrorTest, says_which_region_the_bucket_is_in) {
  impostor_.rule(R"("path": "list-type", "do": "answer", "status": 400, "body":
                    "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>")");
  auto error = error_of([&] { keys(*open()); });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("belongs to region eu-west-3"), HasSubstr("in us-east-1")));
  EXPECT_THAT(error.hint(), HasSubstr("region = \"eu-west-3\""));
  impostor_.rule(R"("method": "HEAD", "do": "answer", "status": 301, "headers": {"x-amz-bucket-region": "eu-west-3"})");
  impostor_.rule(R"("method": "GET", "do": "answer", "status": 301, "headers": {"x-amz-bucket-region": "eu-west-3"},
                    "body": "<Error><Code>PermanentRedirect</Code></Error>")");
  EXPECT_THAT(error_of([&] { open()->stat("a"); }).message(), HasSubstr("belongs to region eu-west-3"));
  impostor_.rule(R"("do": "answer", "status": 400, "headers": {"x-amz-bucket-region": "us-east-1"},
                    "body": "<Error><Code>InvalidRequest</Code></Error>")");
  EXPECT_THAT(error_of([&] { keys(*open()); }).message(),
              AllOf(HasSubstr("InvalidRequest"), Not(HasSubstr("belongs"))));
}

TEST_F(S3ErrorTest, says_that_it_is_full) {
  impostor_.rule(
      R"("method": "PUT", "do": "answer", "status": 403, "body": "<Error><Code>QuotaExceeded</Code></Error>")");
  EXPECT_THAT(error_of([&] { write_object(*open(), "a", "x"); }).message(), HasSubstr("no space or quota is left"));
}

TEST_F(S3ErrorTest, says_that_it_is_talking_to_something_else) {
  impostor_.rule(R"("do": "answer", "times": 9, "status": 200, "body": "<html>It works!</html>")");
  EXPECT_THAT(error_of([&] { keys(*open()); }).hint(), HasSubstr("S3-compatible"));
  EXPECT_THAT(error_of([&] { open()->unfinished(""); }).hint(), HasSubstr("S3-compatible"));
}

TEST_F(S3ErrorTest, shows_nothing_of_an_answer_that_could_steer_a_terminal) {
  impostor_.rule(
      R"("do": "answer", "status": 418, "body": "<Error><Code>Odd</Code><Message>a&#27;[2Jb\nc</Message></Error>")");
  const auto error = error_of([&] { keys(*open()); });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("Odd"), Not(HasSubstr("\x1b")), Not(HasSubstr("\n"))));
}

TEST_F(S3ErrorTest, says_when_nobody_can_be_reached) {
  const AwsCredentials credentials = TestRadosgw::get().credentials();
  const auto at = [&](const std::string& endpoint) {
    return S3Store(S3Address::parse({.url = "s3://bucket", .endpoint = endpoint, .region = "r", .path_style = true}),
                   credentials, {.retry = quick()});
  };
  auto error = error_of([&] { at("http://127.0.0.1:1").stat("a"); });
  EXPECT_THAT(error.message(), HasSubstr("cannot connect to http://127.0.0.1:1"));
  error = error_of([&] { at("http://nobody.invalid").stat("a"); });
  EXPECT_THAT(error.message(), HasSubstr("cannot find http://nobody.invalid"));
  error = error_of([&] { at("https://127.0.0.1:" + TestRadosgw::get().port()).stat("a"); });
  EXPECT_THAT(error.message(), HasSubstr("no secure connection"));
}

// A certificate for 127.0.0.1 that nobody signed.
class S3TlsTest : public testing::Test {
 protected:
  sys::TemporaryDirectory directory_;
  std::string certificate_ = directory_.path() / "certificate.pem";
  std::string key_ = directory_.path() / "key.pem";
  S3Place place_;

  void SetUp() override {
    sys::run_or_throw({{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                        "-keyout", key_, "-out", certificate_}});
  }
  void TearDown() override { ::unsetenv("AWS_CA_BUNDLE"); }
};

TEST_F(S3TlsTest, speaks_to_servers_whose_certificate_an_authority_vouches_for) {
  const TestImpostor impostor({certificate_, key_});
  const auto open = [&] {
    return S3Store(S3Address::parse({.url = "s3://" + TestRadosgw::get().bucket() + "/tls",
                                     .endpoint = impostor.endpoint("https"),
                                     .region = "us-east-1"}),
                   TestRadosgw::get().credentials(), {.retry = quick()});
  };
  const auto error = error_of([&] { open().stat("a"); });
  EXPECT_THAT(error.message(), HasSubstr("no secure connection"));
  EXPECT_THAT(error.hint(), HasSubstr("AWS_CA_BUNDLE"));
  ::setenv("AWS_CA_BUNDLE", certificate_.c_str(), 1);
  auto store = open();
  write_object(store, "a", "over TLS");
  EXPECT_EQ(read_object(store, "a"), "over TLS");
}

}  // namespace
}  // namespace store
