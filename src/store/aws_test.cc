// Credentials, addresses and signatures: what needs no server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "store/aws_credentials.h"
#include "store/aws_signature.h"
#include "store/open.h"
#include "store/s3_address.h"
#include "sys/file.h"

namespace store {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// The examples of "Authenticating Requests: Using the Authorization Header", with the key pair that they use.
class Signature : public testing::Test {
 protected:
  static std::string sign_example(ToSign request, const std::string& body = "") {
    const AwsCredentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", ""};
    request.headers["host"] = "examplebucket.s3.amazonaws.com";
    request.headers["x-amz-content-sha256"] = base::sha256_hex(body);
    sign(request, credentials, "us-east-1", base::parse_rfc3339("2013-05-24T00:00:00Z"));
    return request.headers.at("authorization");
  }
};

TEST_F(Signature, of_a_read_is_the_manuals) {
  EXPECT_THAT(sign_example({"GET", "/test.txt", "", {{"range", "bytes=0-9"}}}),
              EndsWith("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature="
                       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_F(Signature, of_a_write_is_the_manuals) {
  const ToSign request{"PUT",
                       "/" + uri_encode("test$file.text", Slashes::keep),
                       "",
                       {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}};
  EXPECT_THAT(sign_example(request, "Welcome to Amazon S3."),
              EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_F(Signature, of_a_list_is_the_manuals) {
  EXPECT_THAT(sign_example({"GET", "/", query_string({{"prefix", "J"}, {"max-keys", "2"}}), {}}),
              EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  EXPECT_THAT(sign_example({"GET", "/", query_string({{"lifecycle", ""}}), {}}),
              EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_F(Signature, covers_the_sessions_token) {
  ToSign request{"GET", "/", "", {{"host", "h"}, {"x-amz-content-sha256", "x"}}};
  sign(request, {"id", "secret", "token", ""}, "r", {});
  EXPECT_EQ(request.headers.at("x-amz-security-token"), "token");
  EXPECT_THAT(request.headers.at("authorization"), HasSubstr("x-amz-security-token"));
}

TEST(UriEncoding, goes_back_and_forth) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(uri_decode(uri_encode(every, Slashes::encode), Plus::blank), every);
  EXPECT_EQ(uri_encode("a b/c+ä~", Slashes::keep), "a%20b/c%2B%C3%A4~");
  EXPECT_EQ(uri_decode("a+b%2", Plus::blank), "a b%2");
  EXPECT_EQ(uri_decode("a+b%zz%41", Plus::itself), "a+b%zzA");
}

// Nothing in the environment but what a test sets.
class AwsEnvironment : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
                             "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
                             "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"}) {
      ::unsetenv(name);
    }
    home_ = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
    ::setenv("HOME", directory_.path().c_str(), 1);
    std::filesystem::create_directory(directory_.path() / ".aws");
  }
  void TearDown() override {
    SetUp();
    ::setenv("HOME", home_.c_str(), 1);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / ".aws" / name) << text;
  }
  static std::string message_of(const std::function<void()>& body) {
    try {
      body();
    } catch (const base::Error& error) {
      return error.message() + " | " + error.hint();
    }
    return "no error";
  }

  sys::TemporaryDirectory directory_;
  std::string home_;
};

TEST_F(AwsEnvironment, comes_before_the_files) {
  write("credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = filesecret\n");
  ::setenv("AWS_ACCESS_KEY_ID", "env", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
  ::setenv("AWS_SESSION_TOKEN", "token", 1);
  const AwsCredentials found = find_credentials();
  EXPECT_EQ(found.key_id, "env");
  EXPECT_EQ(found.secret, "envsecret");
  EXPECT_EQ(found.session_token, "token");
  EXPECT_EQ(found.origin, "the environment");
}

TEST_F(AwsEnvironment, names_the_half_that_is_missing) {
  ::setenv("AWS_ACCESS_KEY_ID", "env", 1);
  EXPECT_THAT(message_of([] { find_credentials(); }), HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
}

TEST_F(AwsEnvironment, names_a_profile_of_either_file) {
  write("credentials",
        "# comment\n[default]\r\naws_access_key_id=one\r\naws_secret_access_key = a=b/c+d\r\n\n"
        "[ backup ]\naws_access_key_id = two\naws_secret_access_key = two-secret\naws_session_token = t\n");
  write("config",
        "[default]\nregion = eu-north-1\n[profile third]\ns3 =\n  region = nested\naws_access_key_id = three\n"
        "aws_secret_access_key = three-secret\nregion = eu-south-1\n");
  EXPECT_EQ(find_credentials().secret, "a=b/c+d");
  EXPECT_EQ(find_region(), "eu-north-1");
  ::setenv("AWS_PROFILE", "backup", 1);
  EXPECT_EQ(find_credentials().session_token, "t");
  EXPECT_THAT(find_credentials().origin, HasSubstr("profile backup of "));
  EXPECT_FALSE(find_region());
  ::setenv("AWS_PROFILE", "third", 1);
  EXPECT_EQ(find_credentials().key_id, "three");
  EXPECT_EQ(find_region(), "eu-south-1");
  ::setenv("AWS_REGION", "us-west-2", 1);
  EXPECT_EQ(find_region(), "us-west-2");
  ::setenv("AWS_PROFILE", "none", 1);
  EXPECT_THAT(message_of([] { find_credentials(); }), AllOf(HasSubstr("profile none"), HasSubstr(".aws/credentials")));
}

TEST_F(AwsEnvironment, makes_addresses_of_either_style) {
  const S3Address aws = S3Address::parse({.url = "s3://bucket/some/prefix/", .region = "eu-west-1"});
  EXPECT_EQ(aws.host, "bucket.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(aws.root, "/");
  EXPECT_EQ(aws.whole_key("k"), "some/prefix/k");
  EXPECT_EQ(aws.description(), "s3://bucket/some/prefix at https://s3.eu-west-1.amazonaws.com");
  const S3Address path =
      S3Address::parse({.url = "s3://bucket", .endpoint = "https://s3.example.com:9000/", .path_style = true});
  EXPECT_EQ(path.host, "s3.example.com:9000");
  EXPECT_EQ(path.root, "/bucket/");
  EXPECT_EQ(path.region, "us-east-1");
  EXPECT_EQ(S3Address::parse({.url = "s3://bucket", .endpoint = "http://10.0.0.1:80"}).host, "10.0.0.1");
  EXPECT_EQ(S3Address::parse({.url = "s3://buc.ket", .endpoint = "s3.example.com"}).root, "/buc.ket/");
  EXPECT_EQ(S3Address::parse({.url = "s3://bucket", .endpoint = "http://[::1]:7480"}).host, "[::1]:7480");
  ::setenv("AWS_ENDPOINT_URL", "http://localhost:1234", 1);
  EXPECT_EQ(S3Address::parse({.url = "s3://bucket"}).host, "bucket.localhost:1234");
}

TEST_F(AwsEnvironment, refuses_addresses_that_make_no_sense_and_shows_no_password) {
  const std::string secret =
      message_of([] { S3Address::parse({.url = "s3://bucket", .endpoint = "https://u:pw123@host"}); });
  EXPECT_THAT(secret, AllOf(HasSubstr("name or password"), Not(HasSubstr("pw123"))));
  for (const StoreAddress& wrong : std::vector<StoreAddress>{{.url = "s3://"},
                                                             {.url = "s3://b/x"},
                                                             {.url = "s3://bucket//x"},
                                                             {.url = "s3://bucket/../x"},
                                                             {.url = "s3://bucket", .endpoint = "ftp://host"},
                                                             {.url = "s3://bucket", .endpoint = "http://host/path"},
                                                             {.url = "s3://bucket", .region = "a b"},
                                                             {.url = "ftp://host/x"},
                                                             {.url = "file://host/x"},
                                                             {.url = "file://"},
                                                             {.url = ""}}) {
    EXPECT_THROW(open_store(wrong), base::Error) << wrong.url;
  }
}

TEST_F(AwsEnvironment, does_not_matter_to_directories) {
  EXPECT_EQ(open_store({.url = "file:///var/backups/a%20b/"})->description(), "/var/backups/a b");
  EXPECT_EQ(open_store({.url = "/var/backups/a%20b"})->description(), "/var/backups/a%20b");
  EXPECT_THAT(message_of([] { open_store({.url = "s3://bucket"}); }), HasSubstr("no access key for the bucket"));
}

}  // namespace
}  // namespace store
